"""Seats as rows, and the enrolments that hold them: overselling is a foreign key the database refuses (A5.1)."""

from datetime import date
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from common.days import PortalNow
from common.money import Price
from consent.models import Person
from courses.models.runs import Run

LIVE = ["confirmed", "offered", "waiting"]
HOLDING = ["confirmed", "offered"]


class SeatQuerySet(models.QuerySet["Seat"]):
    """Reads of seats."""

    def free(self, run: Run) -> "SeatQuerySet":
        """Seats of the run that nobody holds, lowest number first; true as long as the run is locked."""
        return self.filter(run=run, enrolment__isnull=True).order_by("no")


class Seat(models.Model):
    """One place on a run, numbered from 1."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="seats")
    no = models.PositiveIntegerField()

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.UniqueConstraint(fields=["run", "no"], name="seat_once_per_run"),
            # the target of the enrolment's (seat, run) foreign key, which keeps a seat within its run
            models.UniqueConstraint(fields=["id", "run"], name="seat_with_its_run"),
            models.CheckConstraint(condition=Q(no__gt=0), name="seat_numbers_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} · {self.no}"


def ends_before(on: date) -> Q:
    """Enrolments whose run's last day, or its only one, lies before the day."""
    return Q(run__ends_on__lt=on) | Q(run__ends_on__isnull=True, run__starts_on__lt=on)


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """Reads of enrolments."""

    def live(self) -> "EnrolmentQuerySet":
        """Those that hold a seat or a place in the queue."""
        return self.filter(status__in=LIVE)

    def of(self, user: User | AnonymousUser) -> "EnrolmentQuerySet":
        """The user's own."""
        return self.filter(person__user=user) if isinstance(user, User) else self.none()

    def queue(self, run: Run) -> "EnrolmentQuerySet":
        """Those waiting for a seat on the run, first come first."""
        return self.filter(run=run, status="waiting").order_by("queue_no")

    def lapsed(self) -> "EnrolmentQuerySet":
        """Offers whose time is up by the database's clock."""
        return self.filter(status="offered", offer_expires_at__lte=PortalNow())

    def open_offers(self) -> "EnrolmentQuerySet":
        """Offers that can be accepted now: in time, and of a run that goes ahead."""
        return self.filter(
            status="offered", offer_expires_at__gt=PortalNow(), run__state=Run.State.PUBLISHED
        )

    def unsettled(self) -> "EnrolmentQuerySet":
        """Those with a move due: an offer that has lapsed or outlives enrolment, or a seat free while they wait."""
        free = Seat.objects.filter(run=OuterRef("run"), enrolment__isnull=True)
        return self.filter(
            Q(status="offered", offer_expires_at__lte=PortalNow())
            | Q(status="offered", offer_expires_at__gt=F("run__enrolment_closes_at"))
            | Q(Exists(free), status="waiting", run__in=Run.objects.enrollable())
        )

    def over(self, on: date) -> "EnrolmentQuerySet":
        """Those that have ended, or whose run is over on the day; the latest first."""
        gone = self.filter(~Q(status__in=LIVE) | ends_before(on))
        return gone.with_run().order_by(F("run__starts_on").desc(nulls_first=True), "-pk")

    def with_run(self) -> "EnrolmentQuerySet":
        """With run, course and what a page or mail says of them."""
        return self.select_related(
            "run__course__institution__contact", "run__course__contact", "run__venue"
        )

    def upcoming(self, on: date) -> "EnrolmentQuerySet":
        """Those with a seat, an offer or a place in the queue, on a run not over on the day; soonest first."""
        starts = F("run__starts_on").asc(nulls_last=True)
        return self.live().exclude(ends_before(on)).with_run().order_by(starts, "pk")

    def ahead(self, on: date) -> "EnrolmentQuerySet":
        """The upcoming ones that are held: those with a seat or an offer first, then those in a queue."""
        starts = F("run__starts_on").asc(nulls_last=True)
        held = self.upcoming(on).exclude(run__state=Run.State.CANCELLED)
        return held.order_by(Case(When(status="waiting", then=1), default=0), starts, "pk")

    def with_place_in_queue(self) -> "EnrolmentQuerySet":
        """Annotate `ahead`: how many wait before this one (0 for the first)."""
        before = (
            Enrolment.objects.filter(
                run=OuterRef("run"), status="waiting", queue_no__lt=OuterRef("queue_no")
            )
            .order_by()
            .values("run")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return self.annotate(ahead=Coalesce(Subquery(before, output_field=IntegerField()), 0))


class Enrolment(models.Model):
    """A person on a run: with a seat, with a seat on offer, or in the queue."""

    class Status(models.TextChoices):
        """Where the person stands."""

        CONFIRMED = "confirmed", _("confirmed")
        OFFERED = "offered", _("seat offered")
        WAITING = "waiting", _("on the waiting list")
        CANCELLED = "cancelled", pgettext_lazy("enrolment", "cancelled")
        EXPIRED = "expired", _("offer expired")

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="enrolments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrolments")
    # one holder at most for each seat: unique where not null
    seat = models.OneToOneField(
        Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolment"
    )
    status = models.CharField(max_length=9, choices=Status.choices)
    queue_no = models.PositiveIntegerField(null=True, blank=True)
    offer_expires_at = models.DateTimeField(null=True, blank=True)
    price_net = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    vat_rate = models.DecimalField(max_digits=4, decimal_places=1, default=Decimal(0))
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "person"],
                condition=Q(status__in=LIVE),
                name="enrolment_one_live_per_person",
            ),
            models.UniqueConstraint(
                fields=["run", "queue_no"],
                condition=Q(queue_no__isnull=False),
                name="enrolment_queue_number_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=HOLDING, seat__isnull=False)
                | (~Q(status__in=HOLDING) & Q(seat__isnull=True)),
                name="enrolment_holds_a_seat_when_confirmed_or_offered",
            ),
            models.CheckConstraint(
                condition=Q(status="offered", offer_expires_at__isnull=False)
                | (~Q(status="offered") & Q(offer_expires_at__isnull=True)),
                name="enrolment_offer_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(queue_no__isnull=False),
                name="enrolment_waits_with_a_number",
            ),
            models.CheckConstraint(
                condition=Q(status__in=LIVE, ended_at__isnull=True)
                | Q(status__in=["cancelled", "expired"], ended_at__isnull=False),
                name="enrolment_ended_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["offer_expires_at"],
                condition=Q(status="offered"),
                name="enrolment_offers_due",
            ),
            models.Index(fields=["person", "-created_at"], name="enrolment_of_person"),
            models.Index(fields=["run", "status"], name="enrolment_of_run"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} · {self.get_status_display()}"

    @property
    def price(self) -> Price | None:
        """What was agreed at enrolment: euros net with the VAT rate."""
        return None if self.price_net is None else Price(self.price_net, self.vat_rate)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE
