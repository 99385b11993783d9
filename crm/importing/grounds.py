"""The ground of section 202, where an import says that it concerns people's work and the law allows it (D3.4).

No import gives consent: consent needs the text that the person saw. What stands in the ledger already is not said again.
"""

from consent import ledger
from consent.kinds import Method
from consent.ledger import NotForWorkError, RefusalStandsError
from consent.models import Person, State
from crm.importing.matching import Plan
from crm.importing.problems import Why
from crm.models import Import

PURPOSE = "newsletter"


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
            source=f"import {imported.pk}",
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
