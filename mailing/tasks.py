"""Jobs that wake the gateway, end doubts, and forget sign-ups and inbound mail; safe to run twice, in parallel, or late."""

from celery import shared_task
from django.utils import timezone

from mailing import doubt, gateway, inbound, newsletters
from mailing.models import SignUp


@shared_task(
    soft_time_limit=600, time_limit=660
)  # a slice of a minute, and a batch of a slow server
def drain() -> int:
    """Send what is due."""
    return gateway.drain()


@shared_task
def settle_doubts() -> dict[str, int]:
    """End the doubts that time or the relay's log can end."""
    return doubt.settle()


@shared_task
def forget_requests() -> int:
    """Delete the sign-ups whose links have ended."""
    return newsletters.forget_requests(before=timezone.now() - SignUp.LIFETIME)


@shared_task
def forget_inbound() -> int:
    """Delete the inbound mail that nobody needs any more."""
    return inbound.forget()
