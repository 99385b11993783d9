"""Runs of a course and their sessions (A2.1–A2.5)."""

from datetime import date, timedelta
from decimal import Decimal

from django.conf import global_settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES, Institution, User
from accounts.roles import Permission
from common.days import PortalNow
from common.money import Price
from courses.models.catalogue import Course, Trainer, Venue
from crm.models import Affiliation, Organisation


def teaching_languages() -> list[tuple[str, object]]:
    """The site's own languages, then the others that Django can name in the reader's; ISO 639-1 codes."""
    own = [code for code, _name in LANGUAGES]
    named = {code: _(name) for code, name in global_settings.LANGUAGES if len(code) == 2}
    return [(code, named[code]) for code in [*own, *sorted(named.keys() - set(own))]]


class RunQuerySet(models.QuerySet["Run"]):
    """Reads of runs."""

    def locked(self) -> "RunQuerySet":
        """Runs locked until the end of the transaction; first in the order of locks."""
        return self.select_for_update(of=("self",), no_key=True)

    def listed(self) -> "RunQuerySet":
        """Open runs that the catalogue shows, past ones too."""
        return self.filter(kind=Run.Kind.OPEN, state__in=[Run.State.PUBLISHED, Run.State.CANCELLED])

    def upcoming(self, on: date) -> "RunQuerySet":
        """Runs not cancelled that begin on the day or later, or have no date yet."""
        return self.filter(
            Q(starts_on__gte=on) | Q(starts_on__isnull=True, ends_on__isnull=True)
        ).filter(state=Run.State.PUBLISHED)

    def enrollable(self) -> "RunQuerySet":
        """Published runs with seats whose enrolment is open by the database's clock."""
        return self.filter(
            Q(enrolment_opens_at__isnull=True) | Q(enrolment_opens_at__lte=PortalNow()),
            Q(enrolment_closes_at__gt=PortalNow()),
            state=Run.State.PUBLISHED,
            capacity__isnull=False,
        )

    def with_is_enrollable(self) -> "RunQuerySet":
        """Runs with `is_enrollable`: whether one can enrol or queue at this moment."""
        open_now = Run.objects.enrollable().filter(pk=OuterRef("pk"))
        return self.annotate(is_enrollable=Exists(open_now))  # type: ignore[no-redef]  # the model names it

    def under_minimum(self, on: date) -> "RunQuerySet":
        """Published runs with `taken` enrolments, fewer than their smallest group, that begin within WARNED of the day.

        Where the portal takes no enrolments it cannot know.
        """
        taken = Count("enrolments", filter=Q(enrolments__status="confirmed"))
        return (
            self.filter(state=Run.State.PUBLISHED, capacity__isnull=False)
            .filter(starts_on__gte=on, starts_on__lte=on + Run.WARNED)
            .alias(so_far=taken)
            .filter(so_far__lt=F("minimum"))
            .annotate(taken=taken)  # type: ignore[no-redef]  # the model names it
        )

    def visible_to(self, user: User | AnonymousUser) -> "RunQuerySet":
        """Open runs for all; company runs for the organisation's people; everything for staff who see the offering."""
        shown = Q(
            kind=Run.Kind.OPEN,
            state__in=[Run.State.PUBLISHED, Run.State.CANCELLED],
            course__published_at__lte=PortalNow(),
            course__withdrawn_at__isnull=True,
        )
        if not isinstance(user, User):
            return self.filter(shown)
        own = Q(
            kind=Run.Kind.COMPANY,
            state__in=[Run.State.PUBLISHED, Run.State.CANCELLED],
            organisation__in=Affiliation.objects.current()
            .filter(person__user=user)
            .values("organisation"),
        )
        seen = Institution.objects.staffed_by(user, Permission.SEE_OFFERING)
        return self.filter(shown | own | Q(course__institution__in=seen))

    def with_seats_left(self) -> "RunQuerySet":
        """Runs with `seats_left`: seats nobody holds at this moment; null where the portal keeps no seats."""
        held = Count(
            "enrolments", filter=Q(enrolments__status__in=["confirmed", "offered"]), distinct=True
        )
        waiting = Count("enrolments", filter=Q(enrolments__status="waiting"), distinct=True)
        return self.annotate(seats_left=F("capacity") - held, waiting_count=waiting)  # type: ignore[no-redef]  # the model names them


class Run(models.Model):
    """One implementation of a course: dates, place, price and seats (schema.org CourseInstance, XCRI presentation)."""

    WARNED = timedelta(days=30)  # before a run begins, whether enough people come is worth asking

    class Kind(models.TextChoices):
        """For anyone, or for one organisation's people."""

        OPEN = "open", _("open")
        COMPANY = "company", _("company")

    class Delivery(models.TextChoices):
        """Where the teaching happens."""

        ON_SITE = "on_site", _("on site")
        ONLINE = "online", _("online")
        BLENDED = "blended", _("blended")

    class State(models.TextChoices):
        """Whether the run is shown and goes ahead."""

        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        CANCELLED = "cancelled", _("cancelled")
        WITHDRAWN = "withdrawn", _("withdrawn")

    course = models.ForeignKey(
        Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="runs"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.OPEN)
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="runs",
    )
    identifier = models.CharField(_("identifier in the feed"), max_length=255, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    delivery = models.CharField(
        _("way of teaching"), max_length=8, choices=Delivery.choices, default=Delivery.ON_SITE
    )
    language = models.CharField(
        _("teaching language"), max_length=8, choices=teaching_languages, default="fi"
    )
    venue = models.ForeignKey(
        Venue,
        verbose_name=_("venue"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="runs",
    )
    starts_on = models.DateField(_("starts"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    enrolment_opens_at = models.DateTimeField(_("enrolment opens"), null=True, blank=True)
    enrolment_closes_at = models.DateTimeField(_("enrolment closes"), null=True, blank=True)
    capacity = models.PositiveIntegerField(
        _("seats"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Empty when the portal takes no enrolments."),
    )
    minimum = models.PositiveIntegerField(_("smallest group"), default=0)
    price_net = models.DecimalField(
        _("price, net (€)"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    vat_rate = models.DecimalField(_("VAT (%)"), max_digits=4, decimal_places=1, default=Decimal(0))
    apply_url = models.URLField(_("where to apply"), max_length=500, blank=True)
    notes = models.JSONField(
        _("kept from the feed"),
        default=dict,
        blank=True,
        help_text=_("Texts shown as they are (start, duration, cost), and what has no field."),
    )
    feed_digest = models.CharField(
        max_length=32,
        blank=True,
        editable=False,
        help_text="Of the feed's entry as last imported; empty when no feed has the run now.",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    # annotations, there after the queryset's method of that name
    seats_left: int | None
    waiting_count: int
    is_enrollable: bool
    taken: int

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = [F("starts_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "identifier"],
                condition=~Q(identifier=""),
                name="run_once_per_feed",
            ),
            models.CheckConstraint(
                condition=Q(kind="open", organisation__isnull=True)
                | Q(kind="company", organisation__isnull=False),
                name="run_company_names_organisation",
                violation_error_message=_(
                    "A company run names its organisation; an open run names none."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="run_ends_after_it_starts",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=Q(enrolment_opens_at__isnull=True)
                | Q(enrolment_closes_at__isnull=True)
                | Q(enrolment_closes_at__gt=F("enrolment_opens_at")),
                name="run_enrolment_closes_after_it_opens",
                violation_error_message=_("Enrolment cannot close before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(enrolment_closes_at__isnull=False),
                name="run_with_seats_says_when_enrolment_closes",
                violation_error_message=_("Say when enrolment closes."),
            ),
            models.CheckConstraint(
                condition=Q(price_net__isnull=True) | Q(price_net__gte=0),
                name="run_price_not_negative",
                violation_error_message=_("The price cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(vat_rate__gte=0, vat_rate__lte=100),
                name="run_vat_rate_in_per_cent",
                violation_error_message=_("The VAT rate is between 0 and 100 per cent."),
            ),
            models.CheckConstraint(
                condition=Q(delivery__in=["on_site", "online", "blended"]),
                name="run_delivery_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "cancelled", "withdrawn"]),
                name="run_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["course", "starts_on"], name="run_of_course"),
            models.Index(
                fields=["starts_on"],
                condition=Q(kind="open", state="published"),
                name="run_listed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} · {self.starts_on or self.name or self.pk}"

    @property
    def price(self) -> Price | None:
        """Euros net with the VAT rate; None when the price is not known."""
        return None if self.price_net is None else Price(self.price_net, self.vat_rate)

    def clean(self) -> None:
        super().clean()
        if self.kind == self.Kind.OPEN:
            self.organisation = None


# the id of the venue a session needs: in a query what `Session.place` is in Python
BOOKED = Case(
    When(venue=None, run__delivery=Run.Delivery.ON_SITE, then=F("run__venue")), default=F("venue")
)


class SessionQuerySet(models.QuerySet["Session"]):
    """Reads of sessions."""

    def held(self) -> "SessionQuerySet":
        """Those that take place: the run is neither cancelled nor withdrawn."""
        return self.exclude(run__state__in=[Run.State.CANCELLED, Run.State.WITHDRAWN])

    def clashing(self) -> "SessionQuerySet":
        """Sessions whose trainer or venue is booked elsewhere at the same time, over all institutions (A2.5)."""
        other = (
            Session.objects.held()
            .alias(booked=BOOKED)
            .filter(starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
            .exclude(pk=OuterRef("pk"))
        )
        one_room = Venue.objects.filter(pk=OuterRef("booked"), is_shared=False)
        return (
            self.held()
            .alias(booked=BOOKED)
            .filter(
                Exists(other.filter(trainer=OuterRef("trainer")))
                | Q(Exists(one_room), Exists(other.filter(booked=OuterRef("booked"))))
            )
        )

    def clashing_with(self, session: "Session") -> "SessionQuerySet":
        """Other sessions at the same time that need the session's trainer or venue."""
        shared = Q(pk__in=[])
        if session.trainer_id:
            shared |= Q(trainer=session.trainer_id)
        if session.place and not session.place.is_shared:
            shared |= Q(booked=session.place.pk)
        return (
            self.held()
            .alias(booked=BOOKED)
            .filter(shared, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
            .exclude(pk=session.pk)
        )


class Session(models.Model):
    """One meeting of a run; moments are aware, shown in Europe/Helsinki."""

    run = models.ForeignKey(
        Run, verbose_name=_("run"), on_delete=models.CASCADE, related_name="sessions"
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    topic = models.CharField(_("topic"), max_length=300, blank=True)
    topic_fi: str | None
    topic_sv: str | None
    topic_en: str | None
    venue = models.ForeignKey(
        Venue,
        verbose_name=_("venue"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sessions",
    )
    trainer = models.ForeignKey(
        Trainer,
        verbose_name=_("trainer"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="sessions",
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="session_ends_after_it_starts",
                violation_error_message=_("A session ends after it begins."),
            ),
        ]
        indexes = [
            models.Index(fields=["trainer", "starts_at"], name="session_of_trainer"),
            models.Index(fields=["venue", "starts_at"], name="session_at_venue"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} · {localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @property
    def place(self) -> Venue | None:
        """The session's own venue, else that of a run on site; a blended run's session without a venue is online."""
        if self.venue_id or self.run.delivery != Run.Delivery.ON_SITE:
            return self.venue
        return self.run.venue

    @property
    def where(self) -> str:
        """The place by its name, or that there is none: online."""
        if self.place:
            return self.place.name
        is_on_site = self.run.delivery == Run.Delivery.ON_SITE
        return str((Run.Delivery.ON_SITE if is_on_site else Run.Delivery.ONLINE).label)
