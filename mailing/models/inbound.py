"""What comes in: every mail once, and what became of deliveries after the server had taken or refused them (D3.6)."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.days import PortalNow
from consent.models import Address, Person
from mailing.models.messages import Delivery


class InboundMailQuerySet(models.QuerySet["InboundMail"]):
    """Reads of inbound mail."""

    def spent(self) -> "InboundMailQuerySet":
        """What need not be kept longer, by the database's clock: all but known people's own words, after KEPT_FOR."""
        answers = Q(kind=InboundMail.Kind.REPLY)
        letters = Q(kind=InboundMail.Kind.UNKNOWN, person__isnull=False)
        return self.exclude(answers | letters).filter(
            received_at__lt=PortalNow() - InboundMail.KEPT_FOR
        )


class InboundMail(models.Model):
    """A mail that came in, whatever it was; one row however often it is handed over.

    `delivery` is the one it is about and `person` whose it is, as far as that is known. Text beyond TEXT_LENGTH is
    not kept; `size` (octets) and `digest` (SHA-256, hexadecimal) are those of the whole mail.
    """

    KEPT_FOR = timedelta(days=30)
    TEXT_LENGTH = 10_000  # characters

    class Kind(models.TextChoices):
        """What it is."""

        BOUNCE = "bounce", _("report on delivery")
        COMPLAINT = "complaint", _("complaint about spam")
        UNSUBSCRIBE = "unsubscribe", _("unsubscribed by a mail program")
        REPLY = "reply", _("reply")
        AUTO_REPLY = "auto_reply", _("automatic reply")
        UNKNOWN = "unknown", _("not known")

    received_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="inbound"
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="inbound"
    )
    sender = models.EmailField(blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, unique=True)

    objects = InboundMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("inbound mail")
        verbose_name_plural = _("inbound mail")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "bounce",
                        "complaint",
                        "unsubscribe",
                        "reply",
                        "auto_reply",
                        "unknown",
                    ]
                ),
                name="inbound_kind_known",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], name="inbound_received"),
            models.Index(fields=["person", "-received_at", "-id"], name="inbound_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} · {self.get_kind_display()}"


class BounceQuerySet(models.QuerySet["Bounce"]):
    """Reads of bounces."""

    def against(self, address: Address) -> "BounceQuerySet":
        """What speaks against the address, since its owner last proved it and within COUNTED_FOR."""
        found = self.filter(
            delivery__address__iexact=address.email, at__gt=PortalNow() - Bounce.COUNTED_FOR
        )
        return found.filter(at__gt=address.reopened_at) if address.reopened_at else found


class Bounce(models.Model):
    """A delivery did not arrive, or was reported as spam. The server may have taken it before: it stays as sent.

    Of each kind a delivery has one at most, so that the same report twice counts once. `status` is as in RFC 3463.
    """

    COUNTED_FOR = timedelta(days=365)

    class Kind(models.TextChoices):
        """What it says of the address."""

        GONE = "gone", _("there is no such mailbox")
        HARD = "hard", _("mail does not arrive")
        BLOCKED = "blocked", _("refused because of who sends, or what")
        SOFT = "soft", _("delayed")
        COMPLAINT = "complaint", _("reported as spam")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="bounces")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    status = models.CharField(max_length=11, blank=True, db_default="")
    at = models.DateTimeField(db_default=PortalNow(), editable=False)

    objects = BounceQuerySet.as_manager()

    class Meta:
        verbose_name = _("bounce")
        verbose_name_plural = _("bounces")
        constraints = [
            models.UniqueConstraint(fields=["delivery", "kind"], name="bounce_once_per_delivery"),
            models.CheckConstraint(
                condition=Q(kind__in=["gone", "hard", "blocked", "soft", "complaint"]),
                name="bounce_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(status__regex=r"^([245]\.[0-9]{1,3}\.[0-9]{1,3})?$"),
                name="bounce_status_well_formed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} · {self.get_kind_display()}"
