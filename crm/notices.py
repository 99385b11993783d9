"""Tell people of whom others told us that we hold them, from where and why (GDPR Art. 14).

Within a month by law; here a day after an import, or after staff added them, so that what was a slip can be put right before
anybody hears of it. Whoever told us themself was shown the notice where they did (Art. 13); whoever has had the processing restricted
(Art. 18) knows of us, and hears of it when it is lifted.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from common.days import PortalNow
from consent.models import Person
from crm import kinds
from crm.models import Affiliation, ContactPerson, ImportRow
from mailing import outbox

AFTER = timedelta(days=1)
SLICE = 200


def waiting(now: datetime) -> QuerySet[ContactPerson]:
    """Cards of those to be told, a day after the import or after staff added them; `row` is what brought them last, if any."""
    rows = ImportRow.objects.filter(
        person=OuterRef("person"),
        state__in=[ImportRow.State.DONE, ImportRow.State.STAYS],
        imported__done_at__lte=now - AFTER,
    ).order_by("-pk")
    people = Person.objects.filter(kind=Person.Kind.NATURAL).unrestricted()
    return (
        ContactPerson.objects.filter(informed_at=None, person__in=people)
        .annotate(row=Subquery(rows.values("pk")[:1]))
        .filter(Q(row__isnull=False) | Q(from_others_at__lte=now - AFTER))
        .order_by("pk")
    )


@transaction.atomic
def inform(*, now: datetime) -> int:
    """Queue the notice of the next who are to be told; how many. Each is told once, however often this runs.

    The people are locked, as by whoever changes their cards; whom another run has in hand is left to it.
    """
    keys = list(waiting(now).values_list("pk", flat=True)[:SLICE])
    people = Person.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    mine = list(people.filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))
    cards = waiting(now).filter(pk__in=mine).select_related("person")
    found = list(cards.prefetch_related("person__addresses"))
    rows = rows_of(found)
    for card in found:
        row = rows.get(card.pk)
        outbox.queue(kinds.NOTICE_MAIL, card.person, by_import(row) if row else by_staff(card))
    ContactPerson.objects.filter(pk__in=[card.pk for card in found]).update(informed_at=PortalNow())
    return len(found)


def rows_of(cards: list[ContactPerson]) -> dict[int, ImportRow]:
    """The row that brought each of the people last, of those whom an import brought."""
    latest: list[int] = [card.row for card in cards if card.row]  # type: ignore[attr-defined]  # annotated above
    rows = ImportRow.objects.filter(pk__in=latest).select_related(
        "organisation", "imported__institution"
    )
    return {row.person_id: row for row in rows if row.person_id}


def by_import(row: ImportRow) -> dict[str, object]:
    """What the mail says to whom an import brought."""
    institution = row.imported.institution
    return {
        "organisation": row.organisation.name if row.organisation else "",
        "source": row.source,
        "basis": row.basis,
        "institution": institution.name if institution else "",
    }


def by_staff(card: ContactPerson) -> dict[str, object]:
    """What it says to whom staff added; the institutions have the register together."""
    roles = Affiliation.objects.current().filter(person=card.pk).select_related("organisation")
    first = roles.order_by("-is_primary", "pk").first()
    return {
        "organisation": first.organisation.name if first else "",
        "source": card.source,
        "basis": card.basis,
        "institution": "",
    }
