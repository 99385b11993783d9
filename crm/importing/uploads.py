"""Take a file in: its rows into the database, its columns known by their headings. The file itself is not kept."""

from hashlib import sha256
from itertools import chain, islice
from pathlib import Path

from django.db import transaction

from accounts.models import Institution, User
from crm.importing import headings, reading, rows
from crm.importing.problems import UnreadableError, Why
from crm.models import Import, ImportMapping

MOST_ROWS = 100_000


def receive(
    path: Path, *, file_name: str, by: User | None = None, institution: Institution | None = None
) -> Import:
    """Read the file into an import whose columns are proposed, by the headings or by what was said of them before.

    UnreadableError when nothing of it can be imported; then nothing is kept.
    """
    source = reading.opened(path)
    every = source.rows()
    top = list(islice(every, headings.LOOKED_AT))
    if not top:
        raise UnreadableError(Why.EMPTY_FILE)
    at = headings.heading_row(top)
    names = headings.names(top[at], headings.width(top[at:]))
    with transaction.atomic():
        imported = Import.objects.create(
            file_name=Path(file_name).name[-200:],
            encoding=source.told,
            headings=names,
            columns=meant(names),
            by=by,
            institution=institution,
        )
        count = rows.write(imported, chain(top[at + 1 :], every), len(names), MOST_ROWS)
        if not count:
            raise UnreadableError(Why.NO_ROWS)
        if count > MOST_ROWS:
            raise UnreadableError(Why.TOO_MANY_ROWS, most=MOST_ROWS)
    return imported


def signature(names: list[str]) -> str:
    """The digest by which files with the same headings are known."""
    return sha256(headings.signature(names).encode()).hexdigest()


def meant(names: list[str]) -> list[str]:
    """What the columns were said to mean when such a file was here last; else what their headings say."""
    known = ImportMapping.objects.filter(signature=signature(names)).first()
    if known is None:
        return headings.proposed(names)
    fields = headings.fields()
    found = [known.columns.get(headings.folded(name), "") for name in names]
    return [name if name in fields else "" for name in found]
