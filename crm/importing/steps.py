"""What staff do with an import: say what its columns are and on what ground, try it, bring it in, take it back (C1.2)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Institution, User
from common.days import PortalNow
from consent.models import Topic
from crm.importing import headings, wakeup
from crm.importing.uploads import signature
from crm.models import Import, ImportMapping, ImportRow

State = Import.State


class WrongStateError(Exception):
    """The import is past this, or not there yet."""


@dataclass(frozen=True)
class Ground:
    """What makes it lawful to hold the people, and where they are from; for rows whose columns do not say."""

    basis: str = ""
    source: str = ""
    proof: str = ""
    topic: Topic | None = None
    institution: Institution | None = None


@transaction.atomic
def name_columns(
    imported: Import, columns: list[str], ground: Ground, *, by: User | None
) -> Import:
    """Say what each column is, and remember it for files with the same headings. What was tried is to be tried anew."""
    imported = set_ground(imported, columns, ground)
    folded = [headings.folded(each) for each in imported.headings]
    ImportMapping.objects.update_or_create(
        signature=signature(imported.headings),
        defaults={
            "columns": dict(zip(folded, columns, strict=True)),
            "by": by,
            "used_at": PortalNow(),
        },
    )
    return imported


@transaction.atomic
def take_as_proposed(imported: Import, ground: Ground) -> Import:
    """Take the columns for what their headings say. Nobody has said anything of them, so nothing is remembered."""
    return set_ground(imported, imported.columns, ground)


def set_ground(imported: Import, columns: list[str], ground: Ground) -> Import:
    imported = locked(imported, State.READ, State.MAPPED, State.CHECKED)
    imported.columns, imported.state = columns, State.MAPPED
    for name in ("basis", "source", "proof", "topic", "institution"):
        setattr(imported, name, getattr(ground, name))
    imported.save()
    return imported


@transaction.atomic
def check(imported: Import) -> Import:
    """Have every row tried; nothing is brought in."""
    imported = locked(imported, State.MAPPED)
    imported.rows.update(state=ImportRow.State.WAITING)
    return go(imported, State.CHECKING)


@transaction.atomic
def begin(imported: Import, *, now: datetime) -> Import:
    """Bring in every row that the trial found good."""
    imported = locked(imported, State.CHECKED)
    imported.begun_at = now
    return go(imported, State.IMPORTING)


@transaction.atomic
def undo(imported: Import) -> Import:
    """Take everything back that is untouched; for as long as the rows' values are kept."""
    imported = locked(imported, State.DONE)
    if imported.forgotten_at:
        raise WrongStateError
    return go(imported, State.UNDOING)


@transaction.atomic
def discard(imported: Import) -> None:
    """Forget an import of which nothing was brought in."""
    locked(imported, State.READ, State.MAPPED, State.CHECKED).delete()


def locked(imported: Import, *states: str) -> Import:
    """The import as it is now, locked; WrongStateError in any other state."""
    found = Import.objects.select_for_update().get(pk=imported.pk)
    if found.state not in states:
        raise WrongStateError
    return found


def go(imported: Import, state: State) -> Import:
    """Give the work to a worker."""
    imported.state = state
    imported.save(update_fields=["state", "begun_at"])
    wakeup.ring(imported.pk)
    return imported
