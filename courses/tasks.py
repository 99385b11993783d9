"""Jobs of the courses; safe to run twice, in parallel, or late."""

from celery import shared_task

from courses import enrolment
from courses.models import Course
from courses.search import index, wakeup


@shared_task
def expire_offers() -> int:
    """End lapsed offers and pass the seats on."""
    return enrolment.settle_all()


@shared_task
def refresh_search(course_ids: list[int] | None = None) -> int:
    """Index these courses; without ids a slice of those whose wake-up was lost."""
    return index.refresh(index.stale()[: index.SLICE] if course_ids is None else course_ids)


@shared_task
def reindex() -> int:
    """Forget words no longer used and have every course indexed anew, a slice at a time."""
    ids = list(Course.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), index.SLICE):
        wakeup.queue(ids[start : start + index.SLICE])
    return index.forget_words()
