"""The ground of section 202, where an import says that it concerns people's work and the law allows it (D3.4).

No import gives consent: consent needs the text that the person saw. What stands in the ledger already is not said again.
Taken back with its import, a ground is withdrawn: from then on only the person's own word gives another.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from consent import ledger
from consent.kinds import Channel, Method
from consent.ledger import NotForWorkError, RefusalStandsError
from consent.models import Person, State
from crm.importing import touched
from crm.importing.matching import Plan
from crm.importing.problems import Why
from crm.models import Import, ImportRow

PURPOSE = "newsletter"


def source_of(imported: Import) -> str:
    """What the ledger calls the import."""
    return f"import {imported.pk}"


def record(imported: Import, plans: list[Plan]) -> None:
    """Write the ground for each person of the plans, in order of their keys; why there is none is told on the row."""
    if imported.topic is None:
        return
    good = {plan.person: plan for plan in plans if plan.person and not plan.entry.problems}
    known = set(
        State.objects.filter(
            chain__owner__person__in=good, purpose=PURPOSE, topic=imported.topic, controller=None
        ).values_list("chain__owner__person", flat=True)
    )
    for person in sorted(good, key=lambda each: each.pk):
        if person.pk not in known:
            record_one(imported, good[person], person)


def record_one(imported: Import, plan: Plan, person: Person) -> None:
    """One person; a refusal stands, and a private address gives no ground."""
    try:
        ledger.legal_person(
            person,
            PURPOSE,
            source=source_of(imported),
            topic=imported.topic,
            method=Method.IMPORT,
            by=imported.by,
        )
    except NotForWorkError:
        plan.entry.tell(Why.NOT_FOR_WORK, "email")
    except RefusalStandsError:
        plan.entry.tell(Why.REFUSED, "email")
    else:
        plan.entry.row.made["ground"] = True


def take_back(imported: Import, found: Iterable[ImportRow]) -> None:
    """Withdraw the grounds that these rows gave to people who are still there, in order of their keys.

    Where somebody has permitted something since, or all topics before, nothing is withdrawn from that, and the row says so.
    """
    rows = {row.person_id: row for row in found if row.made.get("ground") and row.person_id}
    if not rows:
        return
    scope = {"purpose": PURPOSE, "channel": Channel.EMAIL, "controller": None, "allowed": True}
    standing = State.objects.filter(chain__owner__person__in=rows, **scope).filter(
        Q(topic=imported.topic) | Q(topic=None)
    )
    sources: dict[int, set[str]] = defaultdict(set)
    for key, source in standing.values_list("chain__owner__person", "event__source"):
        sources[key].add(source)
    for person in Person.objects.filter(pk__in=sources).order_by("pk"):
        if sources[person.pk] == {source_of(imported)}:
            withdraw(imported, person)
        else:
            touched.stay(rows[person.pk], Why.CHANGED, "ground")


def withdraw(imported: Import, person: Person) -> None:
    """In the import's own name, by whoever brought it in."""
    ledger.withdraw(
        person,
        PURPOSE,
        topic=imported.topic,
        method=Method.IMPORT,
        by=imported.by,
        source=source_of(imported),
    )
