"""Tell people whom an import brought in that we hold them, from where and why (GDPR Art. 14).

Within a month by law; here a day after the import, so that one made by mistake can be taken back before anybody hears of it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from common.days import PortalNow
from consent.models import Person
from crm import kinds
from crm.models import ContactPerson, ImportRow
from mailing import outbox

AFTER = timedelta(days=1)
SLICE = 200


def waiting(now: datetime) -> QuerySet[ContactPerson]:
    """Cards of people from imports done a day ago, who have not been told; with the row that brought them last."""
    rows = ImportRow.objects.filter(
        person=OuterRef("person"),
        state__in=[ImportRow.State.DONE, ImportRow.State.STAYS],
        imported__done_at__lte=now - AFTER,
    ).order_by("-pk")
    return (
        ContactPerson.objects.filter(informed_at=None, person__kind=Person.Kind.NATURAL)
        .annotate(row=Subquery(rows.values("pk")[:1]))
        .filter(row__isnull=False)
        .order_by("pk")
    )


@transaction.atomic
def inform(*, now: datetime) -> int:
    """Queue the notice of the next who are to be told; how many. Each is told once, however often this runs."""
    keys = list(waiting(now).values_list("pk", flat=True)[:SLICE])
    cards = ContactPerson.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk__in=keys, informed_at=None
    )
    found = list(
        cards.order_by("pk").select_related("person").prefetch_related("person__addresses")
    )
    rows = rows_of(found, now)
    for card in found:
        outbox.queue(kinds.NOTICE_MAIL, card.person, said(rows[card.pk]))
    ContactPerson.objects.filter(pk__in=[card.pk for card in found]).update(informed_at=PortalNow())
    return len(found)


def rows_of(cards: list[ContactPerson], now: datetime) -> dict[int, ImportRow]:
    """The row that brought each of the people last."""
    waits = waiting(now).filter(pk__in=[card.pk for card in cards])
    latest: list[int] = [card.row for card in waits]  # type: ignore[attr-defined]  # annotated above
    rows = ImportRow.objects.filter(pk__in=latest).select_related(
        "organisation", "imported__institution"
    )
    return {row.person_id: row for row in rows if row.person_id}


def said(row: ImportRow) -> dict[str, object]:
    """What the mail says of them."""
    institution = row.imported.institution
    return {
        "organisation": row.organisation.name if row.organisation else "",
        "source": row.source,
        "basis": row.basis,
        "institution": institution.name if institution else "",
    }
