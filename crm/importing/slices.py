"""Try an import, or bring it in, slice by slice: each is one transaction, and the rows remember how far it is.

A job that is killed loses the slice it was in, and nothing else: whoever goes on takes the rows that still wait. Imports are
brought in one slice at a time, whichever they are of: two that know the same new customer make it once. A row that the
database refuses is left out alone, in the trial too.
"""

from collections.abc import Callable
from datetime import datetime

import pghistory
from django.db import DataError, IntegrityError, InternalError, connection, transaction

from crm.importing import bringing, grounds, matching, parents, register, rows, undoing
from crm.importing.cleaning import entry_of
from crm.importing.problems import Problem, Why
from crm.models import Import, ImportRow

State, Row = Import.State, ImportRow.State
REFUSED = (DataError, IntegrityError, InternalError)  # the last is what a trigger raises
ONE_AT_A_TIME = 7_305_171  # the key of the advisory lock
PATIENCE = "60s"
ALONE = """
SELECT CASE WHEN %(reads)s THEN true ELSE pg_try_advisory_xact_lock(%(key)s) END,
  set_config('statement_timeout', %(patience)s, true),
  set_config('idle_in_transaction_session_timeout', %(patience)s, true)
"""


def work(imported: Import, *, now: datetime) -> bool:
    """Handle one slice of what the import is at; whether there may be more. Nothing when another worker is at it."""
    with transaction.atomic():
        mine = Import.objects.select_for_update(skip_locked=True, no_key=True).filter(
            pk=imported.pk
        )
        found = mine.first()
        if found is None or not found.is_at_work or not alone(found):
            return False
        with pghistory.context(user=found.by_id):  # whose import it is, whoever’s job
            if HANDLERS[State(found.state)](found):
                return True
            finish(found, now)
    return False


def alone(imported: Import) -> bool:
    """Whether no other import is being written until this transaction ends; a trial only reads."""
    with connection.cursor() as cursor:
        cursor.execute(
            ALONE,
            {
                "patience": PATIENCE,
                "reads": imported.state == State.CHECKING,
                "key": ONE_AT_A_TIME,
            },
        )
        return bool(cursor.fetchone()[0])


def finish(imported: Import, now: datetime) -> None:
    """Nothing is left to do."""
    if imported.state == State.CHECKING:
        imported.state = State.CHECKED
    elif imported.state == State.IMPORTING:
        imported.state, imported.done_at = State.DONE, now
    else:
        imported.state, imported.undone_at = State.UNDONE, now
    imported.save(update_fields=["state", "done_at", "undone_at"])


def check(imported: Import) -> int:
    """Say of the next rows what they would come to; how many rows. Reads alone, but for the rows themselves."""
    found = rows.waiting(imported, Row.WAITING)
    together_or_alone(check_rows, imported, found, Row.CHECKED)
    return len(found)


def bring(imported: Import) -> int:
    """Bring the next rows in; when none wait, look for parents."""
    found = rows.waiting(imported, Row.CHECKED)
    if not found:
        return parents.find(imported)
    together_or_alone(bring_rows, imported, found, Row.DONE)
    return len(found)


def together_or_alone(
    handle: Callable[[Import, list[ImportRow]], None],
    imported: Import,
    found: list[ImportRow],
    state: ImportRow.State,
) -> None:
    """Handle the rows at once; when the database refuses them, one by one, so that it costs the refused ones alone."""
    try:
        with transaction.atomic():
            handle(imported, found)
    except REFUSED:
        for row in found:
            alone_or_out(handle, imported, row, state)


def alone_or_out(
    handle: Callable[[Import, list[ImportRow]], None],
    imported: Import,
    row: ImportRow,
    state: ImportRow.State,
) -> None:
    """One row, in the place of the slice that was refused for the sake of one; left out, and told, when it is this one."""
    row.refresh_from_db()
    try:
        with transaction.atomic():
            handle(imported, [row])
    except REFUSED:
        row.refresh_from_db()
        row.state, row.verdict = state, ImportRow.Verdict.LEFT_OUT
        row.problems = [Problem(Why.DATABASE).as_json()]
        row.made, row.filled, row.person, row.organisation = {}, [], None, None
        rows.save([row])


def check_rows(imported: Import, found: list[ImportRow]) -> None:
    """Match the rows with the register as it is now."""
    entries = [entry_of(row, imported) for row in rows.entries(found)]
    for plan in matching.plans(entries, register.read(entries, lock=False), imported):
        plan.entry.row.made = plan.told
        rows.settle(plan.entry, verdict=plan.verdict, state=Row.CHECKED)
    rows.save(found)


def bring_rows(imported: Import, found: list[ImportRow]) -> None:
    """Read the rows anew, as the register is now, and write."""
    entries = [entry_of(row, imported) for row in rows.entries(found)]
    known = register.read(entries, lock=True)
    plans = matching.plans(entries, known, imported)
    bringing.bring(plans, known)
    grounds.record(imported, plans)
    for plan in plans:
        rows.settle(plan.entry, verdict=plan.verdict, state=Row.DONE)
    rows.save(found)


HANDLERS = {State.CHECKING: check, State.IMPORTING: bring, State.UNDOING: undoing.take_back}
