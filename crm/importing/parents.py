"""Parent organisations of imported ones: found when all are there, and never in a circle."""

from django.db import connection
from django.db.models.functions import Lower

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
    found = list(
        imported.rows.exclude(parent="").select_related("organisation").order_by("no")[:AT_ONCE]
    )
    for row in found:
        if problem := join(row):
            row.problems = [*row.problems, problem.as_json()]
        row.parent = ""
        row.save(update_fields=["parent", "problems", "made"])
    return len(found)


def join(row: ImportRow) -> Problem | None:
    """Make the organisation its parent's; what stands in the way."""
    child = row.organisation
    parent = parent_of(row.parent)
    if child is None or child.parent_id:
        return None
    if parent is None:
        return Problem(Why.NO_PARENT, column="parent")
    list(
        Organisation.objects.select_for_update().filter(pk__in=[child.pk, parent.pk]).order_by("pk")
    )
    if child.pk in above(parent):
        return Problem(Why.CYCLIC, column="parent")
    Organisation.objects.filter(pk=child.pk).update(parent=parent, version=child.version + 1)
    row.made["parent"] = [child.pk, parent.pk]
    return None


def parent_of(word: str) -> Organisation | None:
    """By business ID, else by a name that one alone has."""
    key = business_id(Entry(ImportRow()), word)
    if key:
        return Organisation.objects.filter(business_id=key).first()
    named = Organisation.objects.alias(key=Lower("name")).filter(key=key_of(word))[:2]
    return named[0] if len(named) == 1 else None


def above(organisation: Organisation) -> set[int]:
    """It, its parent, and so on up."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [organisation.pk])
        return {row[0] for row in cursor.fetchall()}
