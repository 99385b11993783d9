"""Messages and their deliveries: rows written with the change they tell of, sent later by a job (D3.8)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES, Institution, User
from common.days import PortalNow
from consent.models import Event, Person, Topic
from consent.models.people import visible_to
from consent.purposes import Kind
from consent.rules import BY_NAME
from mailing.kinds import Stop
from mailing.templates import templates

MOMENT = Coalesce("sent_at", "transmit_at", "due_at")  # when a delivery went, or was last to go


def new_message_id() -> str:
    """An RFC 5322 Message-ID that no other delivery has."""
    return f"<{uuid.uuid4().hex}@{settings.MAIL_DOMAIN}>"


class Message(models.Model):
    """What is to be said, and why it may be: a template, its plain values, and the question the ledger is asked.

    To one person, or a campaign to many: its audience was frozen into deliveries when it was made, and `audience_size`
    is their number. It is finished when no delivery is under way. An empty language is each reader's own.
    """

    template = models.CharField(max_length=80)
    kind = models.CharField(max_length=9, default=Kind.SERVICE)
    purpose = models.CharField(max_length=40, default="service")
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    controller = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    language = models.CharField(max_length=2, choices=LANGUAGES, blank=True)
    context = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict, blank=True)
    attachments = models.JSONField(default=list, blank=True)
    not_after = models.DateTimeField(null=True, blank=True)
    audience_size = models.PositiveIntegerField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["service", "marketing", "legal"]), name="message_kind_known"
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="message_has_purpose"),
            models.CheckConstraint(
                condition=Q(audience_size__isnull=True) | Q(not_after__isnull=False),
                name="message_campaign_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} · {self.language}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Reads of deliveries."""

    def visible_to(self, user: User) -> "DeliveryQuerySet":
        """Those to people whom this member of staff may see."""
        return self.filter(visible_to(user))

    def told(self) -> "DeliveryQuerySet":
        """For lists, newest first: with the message, the person, and `moved_at`, the moment of the last step."""
        steps = Transition.objects.filter(delivery=OuterRef("pk")).order_by("-pk")
        return (
            self.select_related("message__topic", "message__controller", "person")
            .annotate(moved_at=Subquery(steps.values("at")[:1]))
            .order_by("-pk")
        )


class Delivery(models.Model):
    """A message on its way to one person; one row, any number of attempts, one Message-ID for all of them.

    The database fixes its identity and lets it take only the ways that `mailing.deliveries` describes. `decision` is
    the rule that allowed or stopped it, `permitted_by` the event of the ledger the rule rests on.
    """

    class State(models.TextChoices):
        """Where the message is."""

        QUEUED = "queued", _("queued")
        CLAIMED = "claimed", _("taken by a worker")
        TRANSMITTING = "transmitting", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        SUPPRESSED = "suppressed", _("not allowed to go")
        IN_DOUBT = "in_doubt", _("in doubt")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="deliveries")
    address = models.EmailField(blank=True)
    internet_message_id = models.CharField(max_length=200, unique=True, default=new_message_id)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    is_bulk = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(db_default=PortalNow())
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    transmit_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    permitted_by = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision = models.CharField(max_length=20, blank=True, db_default="")
    reply = models.CharField(max_length=500, blank=True, db_default="")
    resolved_by = models.CharField(max_length=60, blank=True, db_default="")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["message", "person"], name="delivery_once_per_person"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "queued",
                        "claimed",
                        "transmitting",
                        "sent",
                        "failed",
                        "suppressed",
                        "in_doubt",
                    ]
                ),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["claimed", "transmitting"],
                    lease_token__isnull=False,
                    lease_until__isnull=False,
                )
                | (
                    ~Q(state__in=["claimed", "transmitting"])
                    & Q(lease_token__isnull=True, lease_until__isnull=True)
                ),
                name="delivery_lease_in_hand_only",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="delivery_sent_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["transmitting", "sent", "in_doubt"])
                | Q(transmit_at__isnull=False),
                name="delivery_transmitted_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["transmitting", "suppressed"]) | ~Q(decision=""),
                name="delivery_decided_by_a_rule",
            ),
        ]
        indexes = [
            models.Index(
                fields=["is_bulk", "due_at", "id"], condition=Q(state="queued"), name="delivery_due"
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["claimed", "transmitting"]),
                name="delivery_lease",
            ),
            models.Index(
                fields=["transmit_at"], condition=Q(state="in_doubt"), name="delivery_in_doubt"
            ),
            models.Index(fields=["transmit_at"], name="delivery_transmitted"),
            models.Index("person", MOMENT.desc(), F("id").desc(), name="delivery_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.internet_message_id} · {self.get_state_display()}"

    @property
    def language(self) -> str:
        """What the mail is written in: the message's language, or the reader's own."""
        return self.message.language or self.person.language

    @property
    def about(self) -> str:
        """What its message is for, in the reader's language."""
        name = self.message.template
        return str(templates[name].purpose) if name in templates else name

    @property
    def why(self) -> str:
        """What let it go or stopped it, in the reader's language; empty before the gate."""
        if self.decision in Stop.values:
            return str(Stop(self.decision).label)
        return str(BY_NAME[self.decision].why) if self.decision else ""


class Transition(models.Model):
    """A step of a delivery, written by the database alone; `code` is the server's, `by` who ended a doubt."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.DO_NOTHING, db_constraint=False, related_name="transitions"
    )
    at = models.DateTimeField()
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    code = models.CharField(max_length=12, blank=True)
    by = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("step of a delivery")
        verbose_name_plural = _("steps of deliveries")

    def __str__(self) -> str:
        return f"{self.delivery_id} · {self.from_state} → {self.to_state}"


class Sending(models.Model):
    """The one row that lets this installation send (`mailing.switch`); without it nothing leaves."""

    installation = models.TextField()
    written_in = models.BigIntegerField()
    is_on = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sending")
        verbose_name_plural = _("sending")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sending_one_row")]

    def __str__(self) -> str:
        return "on" if self.is_on else "off"
