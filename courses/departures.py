"""End what a person who is erased still has ahead (GDPR Art. 17): others get the seats, and search forgets the name."""

from consent.privacy import Subject
from courses import enrolment, seats
from courses.models import Enrolment, Run, SearchEntry
from courses.search import index


def leave_all(subject: Subject) -> None:
    """Free the person's seats and places in queues on runs that have not begun, in the caller's transaction.

    Runs are locked in the order of their keys, before anything else is; who waits is offered the seat.
    """
    mine = Enrolment.objects.live().filter(person__in=subject.people)
    for run in Run.objects.filter(pk__in=mine.values("run")).order_by("pk"):
        locked = enrolment.lock(run)
        for each in mine.filter(run=run).select_related("run"):
            if not enrolment.has_started(each):
                seats.release(locked, each)
        enrolment.settle(locked)


def leave_search(subject: Subject) -> None:
    """Drop the index entries of the courses the person teaches, in the caller's transaction; `index_again` makes them anew."""
    SearchEntry.objects.filter(course__trainers__user__in=subject.users).delete()


def index_again(_subject: Subject) -> int:
    """Index what is missing from search, and forget the words that no course has any more; how many courses."""
    count = index.refresh(index.stale())
    index.forget_words()
    return count
