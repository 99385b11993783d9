"""Customer companies and bodies (C1.7)."""

from collections.abc import Iterable

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, validate_business_id
from common.days import PortalNow
from common.folding import Folded, Words
from common.order import FinnishOrder
from consent.models import Person
from consent.names import NameKey
from crm.models.affiliations import Affiliation

validate_industry = RegexValidator(
    r"^\d{2,5}$", _("Write the industry as a code of two to five digits (TOL 2008).")
)


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


class StandingOrganisations(models.Manager["Organisation"]):
    """All but those that turned out to be others: their rows wait for an undoing, and no list shows them."""

    def get_queryset(self) -> "models.QuerySet[Organisation]":
        """`Organisation._base_manager` has them all."""
        former = OrganisationAlias.objects.filter(organisation=OuterRef("pk"))
        return super().get_queryset().filter(~Exists(former))


OrganisationManager = StandingOrganisations.from_queryset(OrganisationQuerySet)


class Organisation(models.Model):
    """A customer company or body, shared by all institutions; `owner` is the one that brought it in.

    `industry` is a code of Statistics Finland's TOL 2008, `size` the class of Recommendation 2003/361/EC by staff.
    `version` counts edits, so that a form that was opened before somebody else's edit is told so.
    """

    class Size(models.TextChoices):
        """By the number of people working there."""

        MICRO = "micro", _("under 10 people")
        SMALL = "small", _("10–49 people")
        MEDIUM = "medium", _("50–249 people")
        LARGE = "large", _("250 people or more")

    name = models.CharField(_("name"), max_length=200)
    business_id = models.CharField(
        _("business ID"), max_length=9, blank=True, validators=[validate_business_id]
    )
    industry = models.CharField(
        _("industry (TOL 2008)"),
        max_length=5,
        blank=True,
        db_default="",
        validators=[validate_industry],
    )
    size = models.CharField(
        _("size"), max_length=6, choices=Size.choices, blank=True, db_default=""
    )
    website = models.URLField(_("web site"), max_length=500, blank=True, db_default="")
    einvoice_address = models.CharField(
        _("e-invoicing address"), max_length=40, blank=True, db_default=""
    )
    einvoice_operator = models.CharField(
        _("e-invoicing operator"), max_length=20, blank=True, db_default=""
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent organisation"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="subsidiaries",
    )
    owner = models.ForeignKey(
        Institution,
        verbose_name=_("owner institution"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    source = models.CharField(_("source"), max_length=120, blank=True, db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)

    objects = OrganisationManager()

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
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="organisation_not_its_own_parent",
                violation_error_message=_("An organisation cannot be its own parent."),
            ),
            models.CheckConstraint(
                condition=Q(industry="") | Q(industry__regex=r"^\d{2,5}$"),
                name="organisation_industry_is_a_code",
            ),
            models.CheckConstraint(
                condition=Q(size__in=["", "micro", "small", "medium", "large"]),
                name="organisation_size_known",
            ),
        ]
        indexes = [
            models.Index(FinnishOrder("name"), "id", name="organisation_in_order"),
            models.Index(fields=["created_at", "id"], name="organisation_by_age"),
            GinIndex(OpClass(NameKey("name"), name="gin_trgm_ops"), name="organisation_resembles"),
            GinIndex(Words("name"), name="organisation_words", fastupdate=False),
            GinIndex(
                OpClass(Folded("name"), name="gin_trgm_ops"),
                name="organisation_nearly",
                fastupdate=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> "Organisation":
        """Itself, or whichever it turned out to be."""
        alias = getattr(self, "alias", None)
        return self if alias is None else alias.kept


class OrganisationAliasQuerySet(models.QuerySet["OrganisationAlias"]):
    """Reads of what turned out to be others."""

    def formerly(self, business_ids: Iterable[str]) -> "OrganisationAliasQuerySet":
        """Those through which one of these business IDs leads to another organisation; the latest last."""
        wanted = set(business_ids) - {""}
        return self.filter(business_id__in=wanted).order_by("at", "pk")


class OrganisationAlias(models.Model):
    """An organisation that turned out to be another one; no list shows it (`consent.Alias` is the same of people).

    `business_id` is the one of the two that was not kept: it still means the kept one, unless another has it by now.
    """

    organisation = models.OneToOneField(
        Organisation, primary_key=True, on_delete=models.CASCADE, related_name="alias"
    )
    kept = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="aliases")
    business_id = models.CharField(_("former business ID"), max_length=9, blank=True, db_default="")
    at = models.DateTimeField(db_default=PortalNow(), editable=False)

    objects = OrganisationAliasQuerySet.as_manager()

    class Meta:
        verbose_name = _("alias of an organisation")
        verbose_name_plural = _("aliases of organisations")
        constraints = [
            models.CheckConstraint(
                condition=~Q(organisation=F("kept")), name="organisation_alias_of_another"
            ),
        ]
        indexes = [
            models.Index(
                fields=["business_id"], condition=~Q(business_id=""), name="organisation_formerly"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} → {self.kept_id}"


class OrganisationName(models.Model):
    """Another name the organisation goes by, or went by."""

    class Kind(models.TextChoices):
        """Why it has this name too."""

        TRADE = "trade", _("auxiliary name")
        FORMER = "former", _("former name")
        SHORT = "short", _("short name")
        LANGUAGE = "language", _("name in another language")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.TRADE)

    class Meta:
        verbose_name = _("other name")
        verbose_name_plural = _("other names")
        constraints = [
            models.UniqueConstraint("organisation", Lower("name"), name="organisation_name_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["trade", "former", "short", "language"]),
                name="organisation_name_kind_known",
            ),
        ]
        indexes = [
            GinIndex(
                OpClass(NameKey("name"), name="gin_trgm_ops"), name="organisation_name_resembles"
            ),
            GinIndex(Words("name"), name="organisation_name_words", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationDomain(models.Model):
    """A domain at which the organisation's people have their mail; a group's companies may share one."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(_("domain"), max_length=253)

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "domain"], name="organisation_domain_once"
            ),
            models.CheckConstraint(
                condition=Q(domain=Lower("domain")), name="organisation_domain_in_lower_case"
            ),
        ]
        indexes = [
            models.Index(fields=["domain"], name="organisation_domain"),
            models.Index(
                fields=["domain"],
                opclasses=["varchar_pattern_ops"],
                name="organisation_domain_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class OrganisationAddress(models.Model):
    """Where the organisation is, or wants its post or invoices."""

    class Kind(models.TextChoices):
        """What the address is for."""

        VISITING = "visiting", _("visiting address")
        POSTAL = "postal", _("postal address")
        BILLING = "billing", _("invoicing address")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="addresses"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, default="FI")

    class Meta:
        verbose_name = _("organisation’s address")
        verbose_name_plural = _("organisation’s addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind"], name="organisation_address_of_a_kind_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["visiting", "postal", "billing"]),
                name="organisation_address_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="organisation_address_country_code"
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.street, f"{self.postcode} {self.city}".strip()]))
