"""The ledger: appended to by `consent.ledger`, guarded and derived by the database's triggers (D3.1, D3.2).

An event names a chain, never a person; `ChainOwner` is the link that erasure deletes. Sequence, moment, hashes, the
chain's head and the state are written by triggers whatever the code says; UPDATE, DELETE and TRUNCATE are refused.
"""

import uuid

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES, Institution, User
from common.days import PortalNow
from consent import kinds
from consent.models.people import Person, Topic


class WordingQuerySet(models.QuerySet["Wording"]):
    """Reads of wordings."""

    def latest_of(self, purpose: str, language: str) -> "Wording":
        """What is shown today; raises Wording.DoesNotExist."""
        return self.filter(purpose=purpose, language=language).latest("version")


class Wording(models.Model):
    """The text a person is shown when asked, word for word; a new text is a new version."""

    purpose = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=2, choices=LANGUAGES)
    body = models.TextField()
    digest = models.GeneratedField(
        expression=Func(F("body"), function="consent_sha256"),
        output_field=models.CharField(max_length=64),
        db_persist=True,
        help_text="SHA-256 of the body, hexadecimal.",
    )

    objects = WordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "version", "language"], name="wording_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} {self.language}"


class ChainQuerySet(models.QuerySet["Chain"]):
    """Reads of chains."""

    def of(self, person: Person) -> "ChainQuerySet":
        """The person's chains in the order they are locked; one, or several after a merge."""
        return self.filter(owner__person=person).order_by("pk")

    def locked(self) -> "ChainQuerySet":
        """The heads locked: no event is appended, and no gate decides, until the transaction ends."""
        return self.select_for_update(of=("self",))


class Chain(models.Model):
    """One subject's events in order; the head row is what writers and the gate lock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.PositiveIntegerField(default=0, editable=False)
    hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = ChainQuerySet.as_manager()

    class Meta:
        verbose_name = _("chain")
        verbose_name_plural = _("chains")

    def __str__(self) -> str:
        return str(self.pk)


class ChainOwner(models.Model):
    """Whose chain it is: the only link between a person and the ledger."""

    chain = models.OneToOneField(Chain, on_delete=models.PROTECT, related_name="owner")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="chains")

    class Meta:
        verbose_name = _("owner of a chain")
        verbose_name_plural = _("owners of chains")

    def __str__(self) -> str:
        return f"{self.chain_id} · {self.person_id}"


class Scope(models.Model):
    """What an event is about. No topic: every topic. No controller: the joint list of the portal."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="%(class)ss")
    purpose = models.CharField(max_length=40)
    channel = models.CharField(max_length=5)
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    controller = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(max_length=12, choices=kinds.Action.choices)

    class Meta:
        abstract = True


class EventQuerySet(models.QuerySet["Event"]):
    """Reads of events."""

    def of(self, person: Person) -> "EventQuerySet":
        """All of the person's events, oldest first."""
        return self.filter(chain__owner__person=person).order_by("pk")

    def refusals(self) -> "EventQuerySet":
        """Consent taken back, and objections."""
        return self.filter(action__in=[kinds.Action.WITHDRAWN, kinds.Action.OBJECTED])


class Event(Scope):
    """Something a person said, or that gave a ground; never changed, never deleted."""

    seq = models.PositiveIntegerField(default=0, editable=False)
    basis = models.CharField(max_length=12, choices=kinds.Basis.choices, blank=True)
    wording = models.ForeignKey(
        Wording, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    method = models.CharField(max_length=9, choices=kinds.Method.choices)
    source = models.CharField(
        max_length=80, blank=True, help_text="Such as “enrolment 12”; nothing about the person."
    )
    by_kind = models.CharField(max_length=6, choices=kinds.Author.choices)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    evidence_digest = models.CharField(max_length=64, blank=True)
    prev_hash = models.CharField(max_length=64, blank=True, editable=False)
    hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of the ledger")
        verbose_name_plural = _("events of the ledger")
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="event_seq_once"),
            models.CheckConstraint(
                condition=Q(action="granted", basis="consent", wording__isnull=False)
                | Q(
                    action="soft_opt_in",
                    basis="customer",
                    wording__isnull=False,
                    controller__isnull=False,
                    source__gt="",
                )
                | Q(action="legal_person", basis="legal_person", source__gt="")
                | Q(action__in=["withdrawn", "objected", "restricted", "released"], basis=""),
                name="event_says_what_it_must",
            ),
            models.CheckConstraint(
                condition=Q(
                    action="objected", purpose="*", channel="*", topic=None, controller=None
                )
                | Q(
                    action__in=["restricted", "released"],
                    purpose="processing",
                    channel="*",
                    topic=None,
                    controller=None,
                )
                | (
                    Q(action__in=["granted", "withdrawn", "soft_opt_in", "legal_person"])
                    & Q(channel__in=["email", "sms", "phone", "post"])
                    & ~Q(purpose__in=["", "*", "processing"])
                ),
                name="event_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(by_kind="staff", by__isnull=False)
                | Q(by_kind="self", by__isnull=True, method__in=["form", "one_click", "reply"])
                | Q(by_kind="system", by__isnull=True, method__in=["import", "sale", "system"]),
                name="event_has_an_author",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.seq} {self.purpose} {self.action}"


class Evidence(models.Model):
    """What shows that the person did it: personal data, bound to its event by a digest, erasable."""

    event = models.OneToOneField(
        Event, primary_key=True, on_delete=models.PROTECT, related_name="evidence"
    )
    salt = models.CharField(max_length=32)
    address = models.EmailField(blank=True)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return str(self.pk)


class State(Scope):
    """The last word in each scope of a chain, derived by the database."""

    allowed = models.BooleanField()
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("state")
        verbose_name_plural = _("states")
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "purpose", "channel", "topic", "controller"],
                name="state_once_per_scope",
                nulls_distinct=False,
            ),
        ]
        indexes = [  # few, and asked for by every page that shows people
            models.Index(
                fields=["chain"], condition=Q(action="restricted"), name="state_restricted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.purpose} {self.action}"


class Checkpoint(models.Model):
    """The digest of all chains up to an event; the same line lies in a file outside the database."""

    at = models.DateTimeField(db_default=PortalNow())
    last_event = models.BigIntegerField()
    events = models.PositiveBigIntegerField()
    chains = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.digest}"


class Verification(models.Model):
    """An examination of the whole ledger; while the last one failed, no marketing leaves."""

    at = models.DateTimeField(db_default=PortalNow())
    events = models.PositiveBigIntegerField()
    is_intact = models.BooleanField()
    breaks = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.is_intact}"


class Suppression(models.Model):
    """The keyed digest of an address that no import brings back: its person was erased, or objects."""

    class Reason(models.TextChoices):
        """Why."""

        ERASED = "erased", _("erased")
        OBJECTED = "objected", _("objects to marketing")

    digest = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=8, choices=Reason.choices)
    at = models.DateTimeField(db_default=PortalNow())

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=["erased", "objected"]), name="suppression_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.reason}"
