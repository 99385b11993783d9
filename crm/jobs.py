"""Jobs of the customer register; safe to run twice, in parallel, or late."""

from celery import shared_task

from crm import named_contacts, watching


@shared_task
def name_contacts() -> int:
    """Name somebody for every customer who has nobody."""
    return named_contacts.settle_missing()


@shared_task
def watch_questions() -> dict[str, int]:
    """Pass on the questions of those who are away, and the late ones."""
    return watching.watch()
