"""People as the GDPR's data subjects, their addresses, how often they want mail, and the topics."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES, User
from accounts.roles import Permission
from common.days import PortalNow
from common.folding import AddressWords, Folded, Words
from common.order import SurnameOrder
from consent.kinds import Action
from consent.names import Domain, LocalPart, NameKey


def at_rest() -> "models.QuerySet[Person, dict[str, int]]":
    """Keys of those whose processing is restricted (GDPR Art. 18): stored, and nothing else. No other place says who."""
    return (
        models.QuerySet(Person).filter(chains__chain__states__action=Action.RESTRICTED).values("pk")
    )


def unrestricted(person: str = "person") -> Q:
    """Rows about everybody else, and about nobody; `person` is the way there, such as `encounter__person`."""
    return ~Q(**{f"{person}__in": at_rest()})


def visible_to(user: User, person: str = "person") -> Q:
    """Rows about those whom the member of staff may see: restricted ones are for who handles them."""
    return Q() if user.may(Permission.SEE_RESTRICTED) else unrestricted(person)


class PersonQuerySet(models.QuerySet["Person"]):
    """Reads of people."""

    def known_by(self, email: str) -> "PersonQuerySet":
        """The person an address belongs to, in whatever case it is written."""
        written = Address.objects.alias(written=Lower("email"))
        # its one owner is looked up first: a join is as slow as the people are many where statistics are old
        owner = written.filter(written=email.strip().lower()).values("person")[:1]
        return self.filter(pk=owner)

    def restricted(self) -> "PersonQuerySet":
        """Those whose processing is restricted (GDPR Art. 18): stored, and nothing else."""
        return self.filter(pk__in=at_rest())

    def unrestricted(self) -> "PersonQuerySet":
        """Everybody else."""
        return self.filter(unrestricted("pk"))

    def visible_to(self, user: User) -> "PersonQuerySet":
        """Those whom this member of staff may see."""
        return self.filter(visible_to(user, "pk"))


class StandingPeople(models.Manager["Person"]):
    """Everybody but those who turned out to be somebody else: their rows wait for an undoing, and no list shows them."""

    def get_queryset(self) -> "models.QuerySet[Person]":
        """`Person._base_manager` has them all."""
        return super().get_queryset().filter(~Exists(Alias.objects.filter(person=OuterRef("pk"))))


PersonManager = StandingPeople.from_queryset(PersonQuerySet)


class Person(models.Model):
    """Somebody whose address we hold (GDPR Art. 4(1)); enrolments, messages and permissions hang on this row."""

    class Kind(models.TextChoices):
        """A human being, or an organisation's general address such as info@."""

        NATURAL = "natural", _("natural person")
        ORGANISATION = "organisation", _("organisation’s general address")

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.NATURAL)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fi")
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["natural", "organisation"]), name="person_kind_known"
            ),
        ]
        indexes = [
            models.Index(SurnameOrder("name"), "id", name="person_in_order"),
            models.Index(NameKey("name"), name="person_name_key"),
            GinIndex(Words("name"), name="person_words", fastupdate=False),
            GinIndex(
                OpClass(Folded("name"), name="gin_trgm_ops"), name="person_nearly", fastupdate=False
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)

    @property
    def email(self) -> str:
        """The primary address, or an empty string after erasure; use prefetch_related("addresses") in lists."""
        return next((known.email for known in self.addresses.all() if known.is_primary), "")

    @property
    def standing(self) -> "Person":
        """Themself, or whoever they turned out to be."""
        alias = getattr(self, "alias", None)
        return self if alias is None else alias.kept


class Address(models.Model):
    """An e-mail address of a person; it belongs to one person only, and one of them is primary.

    Nothing is sent to a closed one (`people.close_address`) but what its owner needs to prove it anew. `reopened_at`
    is when they last did (`people.open_address`).
    """

    class Closed(models.TextChoices):
        """Why nothing is sent there any more."""

        HARD_BOUNCE = "hard_bounce", _("mail does not arrive")
        COMPLAINT = "complaint", _("reported as spam")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="addresses")
    email = models.EmailField(_("e-mail address"))
    is_primary = models.BooleanField(_("primary"), default=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(
        max_length=11, choices=Closed.choices, blank=True, db_default=""
    )
    reopened_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="address_belongs_to_one_person"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(is_primary=True), name="person_one_primary_address"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_because="")
                | Q(closed_at__isnull=False, closed_because__in=["hard_bounce", "complaint"]),
                name="address_closed_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(LocalPart("email"), name="address_local_part"),
            models.Index(Domain("email"), name="address_domain"),
            GinIndex(AddressWords("email"), name="address_words", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.email


class Alias(models.Model):
    """A person who turned out to be another one: whatever still names them means the one who was kept.

    Of one kept person there may be several; a kept one is nobody's alias, for the aliases of whoever is merged
    move along.
    """

    person = models.OneToOneField(
        Person, primary_key=True, on_delete=models.CASCADE, related_name="alias"
    )
    kept = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="aliases")
    at = models.DateTimeField(db_default=PortalNow(), editable=False)

    class Meta:
        verbose_name = _("alias of a person")
        verbose_name_plural = _("aliases of people")
        constraints = [
            models.CheckConstraint(condition=~Q(person=models.F("kept")), name="alias_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.kept_id}"


class Topic(models.Model):
    """What messages and courses are about: the one list of themes."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_fi: str
    name_sv: str | None
    name_en: str | None

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Preference(models.Model):
    """How often a person wants what they permit; it gives no permission."""

    class Frequency(models.TextChoices):
        """How often."""

        AT_ONCE = "at_once", _("at once")
        WEEKLY = "weekly", _("once a week")
        MONTHLY = "monthly", _("once a month")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="preferences")
    purpose = models.CharField(max_length=40)
    frequency = models.CharField(
        _("how often"), max_length=7, choices=Frequency.choices, default=Frequency.AT_ONCE
    )
    paused_until = models.DateField(
        _("paused until"), null=True, blank=True, help_text=_("Mail comes again from this day on.")
    )

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [
            models.UniqueConstraint(fields=["person", "purpose"], name="preference_once"),
            models.CheckConstraint(
                condition=Q(frequency__in=["at_once", "weekly", "monthly"]),
                name="preference_frequency_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.purpose}"
