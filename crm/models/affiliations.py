"""A person's roles in organisations, and what they may do for them (C1.1)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.days import PortalNow
from consent.models import Person


class AffiliationQuerySet(models.QuerySet["Affiliation"]):
    """Reads of affiliations."""

    def current(self) -> "AffiliationQuerySet":
        """Those in force by the database's clock: begun, and not ended."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=PortalNow()), since__lte=PortalNow())


class Affiliation(models.Model):
    """A person's role in an organisation, and what they may do for it; ended by a date, never deleted.

    Of a person's open affiliations one at most is primary: the organisation they are known by.
    """

    class Rights(models.TextChoices):
        """What the person may do for the organisation in the portal."""

        ADMIN = "admin", _("administrator")
        COORDINATOR = "coordinator", _("training coordinator")
        MEMBER = "member", _("member")

    class Power(models.TextChoices):
        """Their part in decisions on training."""

        DECIDES = "decides", _("decides")
        PROPOSES = "proposes", _("prepares and proposes")
        USES = "uses", _("takes part in training")

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="affiliations"
    )
    organisation = models.ForeignKey(
        "crm.Organisation",
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        related_name="affiliations",
    )
    title = models.CharField(_("job title"), max_length=120, blank=True)
    rights = models.CharField(
        _("rights"), max_length=12, choices=Rights.choices, default=Rights.MEMBER
    )
    decision_power = models.CharField(
        _("decision power"), max_length=8, choices=Power.choices, blank=True, db_default=""
    )
    is_primary = models.BooleanField(_("primary"), default=False, db_default=False)
    since = models.DateTimeField(_("since"), db_default=PortalNow())
    until = models.DateTimeField(_("until"), null=True, blank=True)

    objects = AffiliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("affiliation")
        verbose_name_plural = _("affiliations")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"],
                condition=Q(until__isnull=True),
                name="affiliation_one_open",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(until__isnull=True, is_primary=True),
                name="affiliation_one_primary",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                name="affiliation_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(rights__in=["admin", "coordinator", "member"]),
                name="affiliation_rights_known",
            ),
            models.CheckConstraint(
                condition=Q(decision_power__in=["", "decides", "proposes", "uses"]),
                name="affiliation_power_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"
