"""Nightly jobs of the site itself; safe to run twice, in parallel, or late."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from portal import tidying

UNPROVEN_FOR = timedelta(days=7)


@shared_task
def tidy() -> None:
    """Forget who never came, and sessions that have ended."""
    now = timezone.now()
    tidying.forget_strangers(before=now - UNPROVEN_FOR)
    tidying.clear_sessions(before=now)
