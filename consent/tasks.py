"""Nightly examination of the ledger, and erasures that were interrupted; safe to run twice, in parallel, or late."""

from celery import shared_task

from consent import erasure, suppression, verification


@shared_task(soft_time_limit=900, time_limit=960)
def examine_ledger() -> None:
    """Verify, write the checkpoint when all is well, and bring the suppression list outside up to date."""
    verification.examine_nightly()
    suppression.write_missing()


@shared_task(soft_time_limit=300, time_limit=330)
def resume_erasures() -> int:
    """Go on with erasures that were interrupted; how many are still unfinished."""
    return len(erasure.resume())
