"""What becomes of enrolments when two entries turn out to be one person: nobody is on a run twice (A5.1)."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consent.models import Person
from courses import enrolment, seats
from courses.models import Enrolment, Run
from crm.joining import Joining, Rule

WORTH = {"confirmed": 0, "offered": 1, "waiting": 2}  # the best place first


def lock_runs(*people: Person) -> None:
    """The runs on which they are, in the order of their keys: the lock that comes before every other."""
    live = Enrolment.objects.live().filter(person__in=people)
    for run in Run.objects.filter(pk__in=live.values("run")).order_by("pk"):
        enrolment.lock(run)


def go_over(joining: Joining, rule: Rule) -> None:
    """Of two places on one run the better one stays, the earlier one of equals; the other is given up and offered on."""
    for run in twice(joining.kept, joining.other):
        locked = enrolment.lock(run)
        _stays, given_up = ranked(run, joining.kept, joining.other)
        seats.release(locked, given_up)
        enrolment.settle(locked)
    joining.move(rule, rule.rows(joining.other))


def twice(kept: Person, other: Person) -> "QuerySet[Run]":
    """Runs on which both have a place, an offer, or a place in the queue."""
    live = Enrolment.objects.live()
    return (
        Run.objects.filter(pk__in=live.filter(person=kept).values("run"))
        .filter(pk__in=live.filter(person=other).values("run"))
        .order_by("pk")
    )


def ranked(run: Run, kept: Person, other: Person) -> tuple[Enrolment, Enrolment]:
    """The two enrolments, that which stays first."""
    both = Enrolment.objects.live().filter(run=run, person__in=[kept, other])
    first, last = sorted(both, key=lambda each: (WORTH[each.status], each.pk))
    return first, last


def warn(kept: Person, other: Person) -> list[str]:
    """A place that is given up does not come back by undoing."""
    return [
        _(
            "Both are on the run %(run)s. The better of the two places stays; the other is given up at once and offered to the queue, and undoing does not bring it back."
        )
        % {"run": run}
        for run in twice(kept, other)
    ]
