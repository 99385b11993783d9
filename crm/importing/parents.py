"""Parent organisations of imported ones: found when all are there, and never in a circle."""

from collections.abc import Iterable

from django.db import connection
from django.db.models.functions import Lower

from crm.importing import marks
from crm.importing.cleaning import Entry, business_id
from crm.importing.problems import Problem, Why
from crm.importing.register import key_of
from crm.models import Import, ImportRow, Organisation

AT_ONCE = 200
ABOVE = """
WITH RECURSIVE above AS (
  SELECT id, parent_id FROM crm_organisation WHERE id = %s
  UNION
  SELECT o.id, o.parent_id FROM crm_organisation o JOIN above a ON o.id = a.parent_id
) SELECT id FROM above
"""


def find(imported: Import) -> int:
    """Give the next organisations their parents; how many rows were looked at."""
    found = list(imported.rows.exclude(parent="").order_by("no")[:AT_ONCE])
    wanted = {row.pk: parent_of(row.parent) for row in found}
    now = locked([*(row.organisation_id for row in found), *wanted.values()])
    for row in found:
        child, parent = now.get(row.organisation_id or 0), now.get(wanted[row.pk] or 0)
        if child and (problem := join(row, child, parent)):
            row.problems = [*row.problems, problem.as_json()]
        row.parent = ""
        row.save(update_fields=["parent", "problems", "made"])
    return len(found)


def locked(keys: Iterable[int | None]) -> dict[int, Organisation]:
    """The organisations as they are now, locked in the order of their keys."""
    rows = Organisation.objects.select_for_update(no_key=True, of=("self",))
    return {each.pk: each for each in rows.filter(pk__in=filter(None, keys)).order_by("pk")}


def join(row: ImportRow, child: Organisation, parent: Organisation | None) -> Problem | None:
    """Make the locked organisation its parent's, unless it has one; what stands in the way."""
    if child.parent_id:
        return None
    if parent is None:
        return Problem(Why.NO_PARENT, column="parent")
    if child.pk in above(parent):
        return Problem(Why.CYCLIC, column="parent")
    child.parent, child.version = parent, child.version + 1
    child.save(update_fields=["parent", "version"])
    row.made["parent"] = [child.pk, parent.pk]
    marks.count(row, "organisation")
    return None


def parent_of(word: str) -> int | None:
    """The key of the one with this business ID, else of the one that alone has this name."""
    key = business_id(Entry(ImportRow()), word)
    if key:
        return Organisation.objects.filter(business_id=key).values_list("pk", flat=True).first()
    named = Organisation.objects.alias(key=Lower("name")).filter(key=key_of(word))
    found = list(named.values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def above(organisation: Organisation) -> set[int]:
    """It, its parent, and so on up."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [organisation.pk])
        return {row[0] for row in cursor.fetchall()}
