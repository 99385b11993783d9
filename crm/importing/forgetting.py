"""Forget what the rows of imports said, once nobody needs it to correct or take back (GDPR Art. 5(1)(e))."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from common.days import PortalNow
from crm.models import Import

DONE_FOR = timedelta(days=90)  # after it was brought in or taken back; also for one that never was
SLICE = 5_000  # rows


def forget(*, now: datetime) -> int:
    """Empty the rows of imports older than that, and delete those of which nothing came; how many imports."""
    old = Q(done_at__lt=now - DONE_FOR) | Q(done_at=None, created_at__lt=now - DONE_FOR)
    count = 0
    being_written = Q(state__in=[Import.State.IMPORTING, Import.State.UNDOING])
    found = Import.objects.filter(old, forgotten_at=None).exclude(being_written)
    for imported in found.order_by("pk"):
        count += 1
        if imported.done_at is None:
            imported.delete()
        else:
            empty(imported)
    return count


def empty(imported: Import) -> None:
    """Slice by slice: what each row came to stays, what it said does not."""
    while True:
        with transaction.atomic():
            said = ~Q(values=[]) | ~Q(emails=[]) | ~Q(made={}) | ~Q(filled=[])
            keys = list(
                imported.rows.select_for_update().filter(said).values_list("pk", flat=True)[:SLICE]
            )
            imported.rows.filter(pk__in=keys).update(values=[], emails=[], made={}, filled=[])
        if not keys:
            break
    Import.objects.filter(pk=imported.pk).update(forgotten_at=PortalNow())
