"""Messages and their deliveries: rows written with the change they tell of, sent later by a job (D3.8)."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES, Institution
from common.days import PortalNow
from consent.models import Event, Person, Preference, Topic


def new_message_id() -> str:
    """An RFC 5322 Message-ID that no other delivery has."""
    return f"<{uuid.uuid4().hex}@{settings.MAIL_DOMAIN}>"


class Message(models.Model):
    """What is to be said: a template, its language and the plain values it shows."""

    template = models.CharField(max_length=80)
    purpose = models.CharField(max_length=40, default="service", db_default="service")
    channel = models.CharField(max_length=5, default="email", db_default="email")
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    controller = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    language = models.CharField(max_length=2, choices=LANGUAGES)
    context = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict, blank=True)
    attachments = models.JSONField(default=list, blank=True)
    not_after = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return f"{self.template} · {self.language}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Reads of deliveries."""

    def due(self, at: datetime) -> "DeliveryQuerySet":
        """What a worker may take now: waiting its turn, or taken by a worker whose lease has ended."""
        return self.filter(
            Q(state=Delivery.State.QUEUED, due_at__lte=at)
            | Q(state=Delivery.State.SENDING, lease_until__lte=at)
        ).order_by("due_at", "pk")


class Delivery(models.Model):
    """A message on its way to one person; one row, any number of attempts, one Message-ID for all of them."""

    class State(models.TextChoices):
        """Where the message is."""

        QUEUED = "queued", _("queued")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="deliveries")
    address = models.EmailField()
    internet_message_id = models.CharField(max_length=200, unique=True, default=new_message_id)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=PortalNow())
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    reply = models.CharField(max_length=500, blank=True)
    permitted_by = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision = models.CharField(max_length=20, blank=True, db_default="")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["message", "person"], name="delivery_once_per_person"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "failed"]),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="delivery_sending_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="delivery_sent_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="delivery_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.internet_message_id} · {self.get_state_display()}"


class SignUpQuerySet(models.QuerySet["SignUp"]):
    """Reads of sign-ups."""

    def alive(self) -> "SignUpQuerySet":
        """Those whose links work, by the database's clock."""
        return self.filter(created_at__gt=PortalNow() - SignUp.LIFETIME)


class SignUp(models.Model):
    """Somebody has asked for the newsletter with this address; permission begins when the mailed link is confirmed.

    The row goes with its links after LIFETIME; what was confirmed is in the ledger.
    """

    LIFETIME = timedelta(days=7)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_ups")
    address = models.EmailField()
    language = models.CharField(max_length=2, choices=LANGUAGES)
    topics = models.ManyToManyField(Topic, blank=True, help_text="None: every topic.")
    frequency = models.CharField(max_length=7, choices=Preference.Frequency.choices)
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    disowned_at = models.DateTimeField(null=True, blank=True)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = [
            models.CheckConstraint(
                condition=Q(frequency__in=["at_once", "weekly", "monthly"]),
                name="sign_up_frequency_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} · {self.created_at:%Y-%m-%d}"
