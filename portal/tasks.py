"""Jobs of the site itself; safe to run twice, in parallel, or late."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from consent.verification import patient_cursor
from portal import invariants, tidying

UNPROVEN_FOR = timedelta(days=7)


@shared_task
def tidy() -> None:
    """Forget who never came, and sessions that have ended."""
    now = timezone.now()
    tidying.forget_strangers(before=now - UNPROVEN_FOR)
    tidying.clear_sessions(before=now)


@shared_task
def examine_promises() -> list[str]:
    """Look whether the promises of the database hold; the names of those that do not."""
    with patient_cursor():
        return invariants.examine()
