"""The one member of staff a customer may always ask, the rules that choose them, and their absences (C5.1–C5.3)."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import (
    BigIntegerField,
    BooleanField,
    DateField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    Value,
)
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from common.days import PortalNow
from consent.models import Person, Topic
from crm.models.affiliations import Affiliation
from crm.models.organisations import Organisation


class DateRange(Func):
    """A stretch of days."""

    function = "daterange"
    output_field = DateRangeField()


class Answering(Func):
    """`crm_answering(user, day)` in a query: the key of who answers for a member of staff on a day; null for nobody."""

    function = "crm_answering"
    output_field = BigIntegerField()

    def __init__(self, user: str | int | F, on: date) -> None:
        who = Value(user, BigIntegerField()) if isinstance(user, int) else user
        super().__init__(who, Value(on, DateField()))


class IsReachable(Func):
    """`crm_is_reachable(user)` in a query: whether a member of staff can answer customers at all."""

    function = "crm_is_reachable"
    output_field = BooleanField()


class ContactRule(models.Model):
    """Who may be named for whom: customers of an institution, interested in a topic; empty means any.

    The most telling rules come first (institution and topic, institution, topic, neither); among those who are left
    the one with the least customers for their `share` is named.
    """

    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    topic = models.ForeignKey(
        Topic,
        verbose_name=_("theme"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    user = models.ForeignKey(
        User, verbose_name=_("named contact"), on_delete=models.CASCADE, related_name="+"
    )
    share = models.PositiveSmallIntegerField(
        _("share of the load"), default=100, help_text=_("Per cent of full-time work.")
    )

    class Meta:
        verbose_name = _("rule for named contacts")
        verbose_name_plural = _("rules for named contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "topic", "user"],
                name="contact_rule_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(share__gte=1, share__lte=100), name="contact_rule_share_in_per_cent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution or '–'} · {self.topic or '–'} · {self.user}"


class NamedContactQuerySet(models.QuerySet["NamedContact"]):
    """Reads of named contacts."""

    def current(self) -> "NamedContactQuerySet":
        """Those in force."""
        return self.filter(until__isnull=True)

    def answering_for(self, person: "models.QuerySet[Person]") -> "NamedContactQuerySet":
        """The person's own one in force, then those of the organisations they belong to, the primary one first."""
        belongs = Affiliation.objects.current().filter(person__in=person)
        return (
            self.current()
            .filter(Q(person__in=person) | Q(organisation__in=belongs.values("organisation")))
            .annotate(
                is_primary=Exists(
                    belongs.filter(organisation=OuterRef("organisation"), is_primary=True)
                )
            )
            .order_by(F("person").asc(nulls_last=True), "-is_primary", "pk")
        )


class NamedContact(models.Model):
    """Who answers for a person or an organisation, from when to when; one at a time."""

    class Chosen(models.TextChoices):
        """How they came to be it."""

        RULE = "rule", _("by the rules")
        HAND = "hand", _("by hand")

    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="named_contacts"
    )
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="named_contacts",
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="customers")
    chosen = models.CharField(max_length=4, choices=Chosen.choices)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField(db_default=PortalNow())
    until = models.DateTimeField(null=True, blank=True)

    objects = NamedContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("named contact")
        verbose_name_plural = _("named contacts")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation__isnull=True)
                | Q(person__isnull=True, organisation__isnull=False),
                name="named_contact_of_one_customer",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(until__isnull=True), name="named_contact_of_a_person"
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(until__isnull=True),
                name="named_contact_of_an_organisation",
            ),
            models.CheckConstraint(
                condition=Q(chosen__in=["rule", "hand"]), name="named_contact_chosen_known"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="named_contact_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user"], condition=Q(until__isnull=True), name="named_contact_load"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.organisation} · {self.user}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Reads of absences."""

    def on(self, day: date) -> "AbsenceQuerySet":
        """Those that the day lies in."""
        return self.filter(since__lte=day, until__gte=day)

    def not_over(self, day: date) -> "AbsenceQuerySet":
        """Those of the day and coming ones, the soonest first."""
        return self.filter(until__gte=day).order_by("since", "pk")


class Absence(models.Model):
    """Days on which a member of staff is away (both included, Europe/Helsinki), and who answers instead."""

    user = models.ForeignKey(
        User, verbose_name=_("who is away"), on_delete=models.CASCADE, related_name="absences"
    )
    since = models.DateField(_("first day away"))
    until = models.DateField(_("last day away"))
    deputy = models.ForeignKey(
        User, verbose_name=_("deputy"), on_delete=models.CASCADE, related_name="+"
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")),
                name="absence_ends_after_it_begins",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(deputy=F("user")),
                name="absence_has_another_as_deputy",
                violation_error_message=_("Somebody else must be the deputy."),
            ),
            ExclusionConstraint(
                name="absence_one_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (
                        DateRange(F("since"), F("until"), RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("They are already away on some of these days."),
            ),
        ]
        indexes = [models.Index(fields=["user", "since"], name="absence_of_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.since:%Y-%m-%d}–{self.until:%Y-%m-%d}"
