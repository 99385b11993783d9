"""Nightly jobs of the customer register; safe to run twice, in parallel, or late."""

from celery import shared_task

from crm import scanning, undoing

SLICES = 40  # of one run; the next goes on


@shared_task(soft_time_limit=300, time_limit=330)
def find_duplicates() -> bool:
    """Begin tonight's search for duplicates unless it has begun, and go on with it; whether anything is left."""
    scanning.begin()
    return scanning.go_on(SLICES)


@shared_task(soft_time_limit=300, time_limit=330)
def forget_merges() -> int:
    """Forget how it was before merges that cannot be undone any more; how many."""
    return undoing.forget()
