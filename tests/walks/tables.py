"""What stands in the tables: two states are alike when no row was added, taken away or written anew."""

from functools import cache

from django.db import connection

# who is signed in, and that somebody looked: every page may write these
ALWAYS = {"django_session", "crm_look"}


def state() -> dict[str, tuple[int, str]]:
    """Of every table how many rows it has, and a sum over all that stands in them; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(map(_of, _names())))
        return {name: (count, str(total)) for name, count, total in cursor.fetchall()}


def changed(before: dict[str, tuple[int, str]]) -> set[str]:
    """The tables that are no longer as they were."""
    now = state()
    return {name for name in now if now[name] != before[name]}


@cache
def _names() -> list[str]:
    return [name for name in connection.introspection.table_names() if name not in ALWAYS]


def _of(table: str) -> str:
    quoted = connection.ops.quote_name(table)
    return (
        f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(row_of::text, 0)), 0)"
        f" FROM {quoted} AS row_of"
    )
