"""Organisations, what people may do for them, and encounters with customers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_business_id
from common.days import PortalNow
from consent.models import Person


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Reads of organisations."""

    def of(self, person: Person) -> "OrganisationQuerySet":
        """Organisations the person belongs to today."""
        return self.filter(
            pk__in=Affiliation.objects.current().filter(person=person).values("organisation")
        )

    def managed_by(self, person: Person) -> "OrganisationQuerySet":
        """Organisations whose people and training the person may manage today."""
        return self.filter(
            pk__in=Affiliation.objects.current()
            .filter(
                person=person, rights__in=[Affiliation.Rights.ADMIN, Affiliation.Rights.COORDINATOR]
            )
            .values("organisation")
        )


class Organisation(models.Model):
    """A customer company or body."""

    name = models.CharField(_("name"), max_length=200)
    business_id = models.CharField(
        _("business ID"), max_length=9, blank=True, validators=[validate_business_id]
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["business_id"],
                condition=~Q(business_id=""),
                name="organisation_business_id_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AffiliationQuerySet(models.QuerySet["Affiliation"]):
    """Reads of affiliations."""

    def current(self) -> "AffiliationQuerySet":
        """Those in force by the database's clock: begun, and not ended."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=PortalNow()), since__lte=PortalNow())


class Affiliation(models.Model):
    """A person's role in an organisation, and what they may do for it."""

    class Rights(models.TextChoices):
        """What the person may do for the organisation in the portal."""

        ADMIN = "admin", _("administrator")
        COORDINATOR = "coordinator", _("training coordinator")
        MEMBER = "member", _("member")

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="affiliations"
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        related_name="affiliations",
    )
    title = models.CharField(_("job title"), max_length=120, blank=True)
    rights = models.CharField(
        _("rights"), max_length=12, choices=Rights.choices, default=Rights.MEMBER
    )
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
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                name="affiliation_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(rights__in=["admin", "coordinator", "member"]),
                name="affiliation_rights_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"


class Encounter(models.Model):
    """Anything that happened between a customer and us, on any channel; written by `timeline.record` only."""

    kind = models.CharField(max_length=60)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="encounters")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="encounters"
    )
    data = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=PortalNow())

    class Meta:
        verbose_name = _("encounter")
        verbose_name_plural = _("encounters")
        indexes = [models.Index(fields=["person", "-at", "-id"], name="encounter_timeline")]

    def __str__(self) -> str:
        return f"{self.kind} · {self.at:%Y-%m-%d}"
