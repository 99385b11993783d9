"""Rows of an import: written from the file, taken by slices, and what became of them written back by one statement."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection

from consent import suppression
from crm.importing.cleaning import Entry
from crm.importing.finding import addresses_in
from crm.importing.problems import SUPPRESSED, Problem, Why
from crm.importing.texts import LONGEST_CELL, Row
from crm.models import Import, ImportRow

SLICE = 500
MOST_ADDRESSES = 100  # in a row; one with more is no customer's
INSERT = """
INSERT INTO crm_importrow
  (imported_id, no, "values", emails, problems, state, verdict, parent, basis, proof, source, made, filled)
SELECT %s, n.no, n."values", n.emails, n.problems, 'waiting', '', '', '', '', '', '{}', '[]'
FROM jsonb_to_recordset(%s::jsonb) AS n(no int, "values" text[], emails text[], problems jsonb)
"""
UPDATE = """
UPDATE crm_importrow r SET
  state = n.state, verdict = n.verdict, problems = n.problems, made = n.made, filled = n.filled, emails = n.emails,
  "values" = CASE WHEN n.forget THEN '{}' ELSE r."values" END,
  organisation_id = n.organisation, person_id = n.person, parent = n.parent,
  basis = n.basis, proof = n.proof, source = n.source
FROM jsonb_to_recordset(%s::jsonb) AS n(
  id bigint, state text, verdict text, problems jsonb, made jsonb, filled jsonb, emails text[], forget boolean,
  organisation bigint, person bigint, parent text, basis text, proof text, source text)
WHERE r.id = n.id
"""


def write(imported: Import, found: Iterable[Row], width: int, most: int) -> int:
    """Keep the file's rows; how many. Stops one after `most`, for the caller to refuse the file."""
    count = 0
    source = islice(found, most + 1)
    while batch := [kept(row, width) for row in islice(source, 2 * SLICE)]:
        forget_erased(batch, imported)
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [imported.pk, json.dumps(batch)])
        count += len(batch)
    return count


def kept(row: Row, width: int) -> dict[str, Any]:
    """The row, or what is wrong with it; its addresses are found before anybody says which column has them."""
    if row.trouble == Why.CELL_TOO_LONG:
        return unkept(row.no, Problem(Why.CELL_TOO_LONG, {"most": LONGEST_CELL}))
    if row.trouble or any(row.cells[width:]):
        return unkept(row.no, Problem(Why(row.trouble or Why.MORE_CELLS)))
    values = row.cells[:width]
    emails = addresses_in(values)
    if len(emails) > MOST_ADDRESSES:
        return unkept(row.no, Problem(Why.MANY_ADDRESSES, {"most": MOST_ADDRESSES}))
    return {"no": row.no, "values": values, "emails": emails, "problems": []}


def unkept(no: int, problem: Problem) -> dict[str, Any]:
    """A row of which nothing is kept but what is wrong with it."""
    return {"no": no, "values": [], "emails": [], "problems": [problem.as_json()]}


def forget_erased(batch: list[dict[str, Any]], imported: Import) -> None:
    """Keep nothing of a row that names somebody who was erased, in whichever of its columns."""
    reasons = suppression.reasons_for({email for row in batch for email in row["emails"]})
    erased = {email for email, reason in reasons.items() if reason == Why.ERASED}
    at = imported.columns.index("email") if "email" in imported.columns else len(imported.columns)
    for row in batch:
        if erased.intersection(row["emails"]):
            is_own = erased.intersection(addresses_in(row["values"][at : at + 1]))
            row.update(unkept(row["no"], Problem(Why.ERASED, column="email" if is_own else "")))


def waiting(imported: Import, state: str) -> list[ImportRow]:
    """The next slice in the file's order."""
    return list(imported.rows.filter(state=state).order_by("no")[:SLICE])


def entries(found: list[ImportRow]) -> Iterator[ImportRow]:
    """The rows as new ones: nothing of an earlier trial is left in them."""
    for row in found:
        row.made, row.filled, row.verdict = {}, [], ""
        yield row


def save(found: Iterable[ImportRow]) -> None:
    """Write the rows back. A suppressed person's row forgets everything but that."""
    kept = [as_json(row) for row in found]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [json.dumps(kept)])


def as_json(row: ImportRow) -> dict[str, object]:
    forget = any(each["code"] in SUPPRESSED for each in row.problems)
    return {
        "id": row.pk,
        "state": row.state,
        "verdict": row.verdict,
        "problems": row.problems,
        "made": row.made,
        "filled": row.filled,
        "emails": [] if forget else row.emails,
        "forget": forget,
        "organisation": None if forget else row.organisation_id,
        "person": None if forget else row.person_id,
        "parent": "" if forget else row.parent,
        "basis": row.basis,
        "proof": "" if forget else row.proof,
        "source": "" if forget else row.source,
    }


def settle(entry: Entry, *, verdict: str, state: str) -> ImportRow:
    """The row with its verdict; the address it is about comes first among its addresses."""
    row = entry.row
    row.state, row.verdict = state, verdict
    row.problems = [each.as_json() for each in entry.problems or entry.notices]
    if entry["email"]:
        row.emails = [entry["email"], *(each for each in row.emails if each != entry["email"])]
    return row
