"""The nightly job of the audit; safe to run twice, in parallel, or late."""

from celery import shared_task

from accounts import audit


@shared_task(soft_time_limit=300, time_limit=330)
def forget_old_changes() -> None:
    """Delete changes that are too old, in slices: a night that is cut short leaves the rest to the next."""
    audit.forget_old()
