"""A person's card in the customer register: title, phones, languages; and what moves customers (C1.1, C3)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES, User
from common.days import PortalNow
from consent.models import Person
from crm.models.affiliations import Affiliation
from crm.models.imports import Basis
from crm.models.organisations import Organisation

__all__ = ["Affiliation", "ContactPerson", "ContactPhone", "Situation"]


GROUNDS = [
    (each.value, each.label) for each in (Basis.INTEREST, Basis.CONTRACT)
]  # no consent without its proof


class ContactPerson(models.Model):
    """The person's card in the customer register; one to one with the person, whose name and addresses are there.

    `from_others_at`: when staff wrote down what others told of the person, on the ground `basis`; none when they told us
    themself, or an import brought them, whose rows say it. `informed_at`: when somebody whose data came from others was told
    so (GDPR Art. 14). `version` counts edits.
    """

    person = models.OneToOneField(
        Person, primary_key=True, on_delete=models.CASCADE, related_name="contact_card"
    )
    title = models.CharField(_("job title"), max_length=120, blank=True)
    languages = ArrayField(
        models.CharField(max_length=2, choices=LANGUAGES),
        verbose_name=_("languages"),
        default=list,
        blank=True,
    )
    source = models.CharField(_("source"), max_length=120, blank=True)
    basis = models.CharField(
        _("legal basis"), max_length=8, choices=GROUNDS, blank=True, db_default=""
    )
    from_others_at = models.DateTimeField(null=True, blank=True, editable=False)
    informed_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)

    class Meta:
        verbose_name = _("contact person")
        verbose_name_plural = _("contact persons")
        constraints = [
            models.CheckConstraint(
                condition=Q(basis__in=["", "interest", "contract"]), name="contact_basis_known"
            ),
            models.CheckConstraint(
                condition=Q(from_others_at__isnull=True) | ~Q(basis=""),
                name="contact_from_others_with_a_basis",
            ),
        ]
        indexes = [models.Index(fields=["created_at", "person"], name="contact_by_age")]

    def __str__(self) -> str:
        return str(self.person)


class ContactPhone(models.Model):
    """A phone number in E.164, such as +358401234567; one of a person's is primary."""

    class Kind(models.TextChoices):
        """Which phone it is."""

        MOBILE = "mobile", _("mobile")
        WORK = "work", _("work")
        OTHER = "other", _("other")

    contact = models.ForeignKey(ContactPerson, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(_("phone"), max_length=16)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices, default=Kind.MOBILE)
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta:
        verbose_name = _("phone")
        verbose_name_plural = _("phones")
        constraints = [
            models.UniqueConstraint(fields=["contact", "number"], name="phone_once_for_a_contact"),
            models.UniqueConstraint(
                fields=["contact"], condition=Q(is_primary=True), name="phone_one_primary"
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^\+[1-9][0-9]{4,14}$"), name="phone_in_e164"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["mobile", "work", "other"]), name="phone_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["number"], name="phone_number"),
            models.Index(
                fields=["number"], opclasses=["varchar_pattern_ops"], name="phone_number_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SituationQuerySet(models.QuerySet["Situation"]):
    """Reads of situations."""

    def current(self) -> "SituationQuerySet":
        """Those that hold today by the database's clock."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=PortalNow()))


class Situation(models.Model):
    """What a customer is in, moved by, or needs, as we know it; of a person, an organisation, or the person there."""

    class Kind(models.TextChoices):
        """What it tells."""

        SITUATION = "situation", _("situation")
        MOTIVE = "motive", _("motive")
        NEED = "need", _("need")

    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="situations"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="situations"
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    text = models.CharField(_("in words"), max_length=500)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=120, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)

    objects = SituationQuerySet.as_manager()

    class Meta:
        verbose_name = _("situation")
        verbose_name_plural = _("situations")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(organisation__isnull=False),
                name="situation_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["situation", "motive", "need"]), name="situation_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="situation_ends_after_it_begins",
                violation_error_message=_("It cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.text
