"""Jobs of the customer register; safe to run twice, in parallel, or late."""

import time

from celery import shared_task
from django.utils import timezone

from crm import (
    attachments,
    leaving,
    looks,
    named_contacts,
    notices,
    scanning,
    tray,
    undoing,
    watching,
)
from crm.importing import forgetting, slices, wakeup
from crm.models import Import

SLICES = 40  # of a search for duplicates in one run; the next goes on
SECONDS = 40  # a job works for so long, then rings for the next


@shared_task(soft_time_limit=150, time_limit=180)  # and a slice on a busy machine
def import_rows(key: int | None = None) -> None:
    """Go on with the import; without a key with all that are at work, for a bell may be lost.

    Each in a job of its own: one that fails, or takes long, holds up no other.
    """
    at_work = Import.objects.at_work().order_by("pk")
    found = list(at_work if key is None else at_work.filter(pk=key))
    for other in found[1:]:
        wakeup.ring(other.pk)
    for imported in found[:1]:
        go_on(imported)


def go_on(imported: Import) -> None:
    """Slice by slice; what is left after SECONDS is another job's."""
    until = time.monotonic() + SECONDS
    while slices.work(imported, now=timezone.now()):
        if time.monotonic() > until:
            wakeup.ring(imported.pk)
            return


@shared_task
def inform_people() -> int:
    """Queue notices to people of whom others told us; how many."""
    until, count = time.monotonic() + SECONDS, 0
    while time.monotonic() < until and (more := notices.inform(now=timezone.now())):
        count += more
    return count


@shared_task
def forget_imports() -> int:
    """Forget what the rows of old imports said."""
    return forgetting.forget(now=timezone.now())


@shared_task(soft_time_limit=300, time_limit=330)
def find_duplicates() -> bool:
    """Begin tonight's search for duplicates unless it has begun, and go on with it; whether anything is left."""
    scanning.begin()
    return scanning.go_on(SLICES)


@shared_task(soft_time_limit=300, time_limit=330)
def forget_merges() -> int:
    """Forget how it was before merges that cannot be undone any more; how many."""
    return undoing.forget()


@shared_task
def read_mail() -> int:
    """Give the tasks to answer what known senders ask."""
    return tray.read_new()


@shared_task
def forget_looks() -> int:
    """Delete the looks that need not be kept longer."""
    return looks.forget()


@shared_task
def sweep_attachments() -> int:
    """Delete the files that no row names."""
    return attachments.sweep(now=timezone.now())


@shared_task
def name_contacts() -> int:
    """Name somebody for every customer who has nobody, or whose somebody has left; how many customers."""
    return leaving.settle_gone() + named_contacts.settle_missing()


@shared_task
def watch_questions() -> dict[str, int]:
    """Pass on the questions of those who are away, and the late ones."""
    return watching.watch()
