"""Jobs that wake the gateway; safe to run twice, in parallel, or late."""

from celery import shared_task

from mailing import gateway


@shared_task(soft_time_limit=600, time_limit=660)  # a slice of a minute, and one slow message
def drain() -> int:
    """Send what is due."""
    return gateway.drain()
