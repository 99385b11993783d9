"""What happened between a customer and us (C2.1–C2.3)."""

from django.db import models
from django.db.models import Case, F, Q, TextField, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Permission
from common.days import PortalNow
from consent.models import Person
from consent.models.people import visible_to
from consent.uploads import private_files
from crm.models.organisations import Organisation


class EncounterQuerySet(models.QuerySet["Encounter"]):
    """Reads of encounters."""

    def readable_by(self, user: User) -> "EncounterQuerySet":
        """All of them, with `words`: the text for those who may read it, and without it for others."""
        mine = may_read(user)
        return self.defer("text").annotate(
            words=Case(When(mine, then=F("text")), default=Value(""), output_field=TextField()),
            is_closed=Case(When(mine, then=Value(value=False)), default=Value(value=True)),
        )

    def open_to(self, user: User) -> "EncounterQuerySet":
        """Those whose words the user may read."""
        return self.filter(may_read(user))


def may_read(user: User, encounter: str = "") -> Q:
    """Encounters whose words the user may read: the one rule for notes, their files and the tasks they gave rise to.

    Of whom they may see, all but the sensitive ones of others, without the permission for these. `encounter` is the way
    there from another model, such as `encounter__`.
    """
    seen = Q(**{f"{encounter}pk__isnull": False}) & visible_to(user, f"{encounter}person")
    if user.may(Permission.SEE_SENSITIVE_NOTES):
        return seen
    is_open = Q(**{f"{encounter}visibility": Encounter.Visibility.STAFF})
    return seen & (is_open | Q(**{f"{encounter}by": user}))


class Encounter(models.Model):
    """Anything that happened between a customer and us, on any channel; written by `timeline.record` only.

    `at` is when it happened, `recorded_at` when it was written down. `text` is what staff wrote; a sensitive one is
    shown to those who may see such notes alone. `version` counts edits; the audit keeps what was there before.
    """

    class Channel(models.TextChoices):
        """By what way; empty when the portal itself is the way."""

        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        VISIT = "visit", _("visit")
        MEETING = "meeting", _("meeting")
        FAIR = "fair", _("fair")
        SOCIAL = "social", _("social media")
        WEB = "web", _("web site")

    class Visibility(models.TextChoices):
        """Who of staff reads the text."""

        STAFF = "staff", _("all staff")
        SENSITIVE = "sensitive", _("those who may read sensitive notes")

    kind = models.CharField(max_length=60)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="encounters"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="encounters"
    )
    channel = models.CharField(
        _("channel"), max_length=7, choices=Channel.choices, blank=True, db_default=""
    )
    text = models.TextField(_("in words"), blank=True, db_default="")
    visibility = models.CharField(
        _("visible to"),
        max_length=9,
        choices=Visibility.choices,
        default=Visibility.STAFF,
        db_default="staff",
    )
    data = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=PortalNow())
    recorded_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    objects = EncounterQuerySet.as_manager()

    class Meta:
        verbose_name = _("encounter")
        verbose_name_plural = _("encounters")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(organisation__isnull=False),
                name="encounter_is_with_somebody",
            ),
            models.CheckConstraint(
                condition=Q(
                    channel__in=["", "phone", "email", "visit", "meeting", "fair", "social", "web"]
                ),
                name="encounter_channel_known",
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=["staff", "sensitive"]),
                name="encounter_visibility_known",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="encounter_timeline"),
            models.Index(fields=["organisation", "-at", "-id"], name="encounter_of_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.at:%Y-%m-%d}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Reads of attachments."""

    def readable_by(self, user: User) -> "AttachmentQuerySet":
        """Those of encounters whose words the user may read."""
        return self.filter(may_read(user, "encounter__"))


class Attachment(models.Model):
    """A file that belongs to an encounter; `kind` is what it is by its content (`crm.filetypes`), `digest` its SHA-256."""

    encounter = models.ForeignKey(Encounter, on_delete=models.CASCADE, related_name="attachments")
    file = models.FileField(upload_to="attachments/", storage=private_files, max_length=200)
    name = models.CharField(_("file name"), max_length=200)
    kind = models.CharField(max_length=60)
    size = models.PositiveIntegerField(help_text="Octets.")
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name
