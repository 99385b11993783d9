"""Whom an organisation is under when two of them are made one (C1.4)."""

from crm.joining import Joining, plain
from crm.models import Organisation


def of_both(joining: Joining) -> int | None:
    """The key of the parent of the two together: the chosen one's, else the kept one's, else the other's.

    A kept one that stood under the other takes its place there: nothing comes to be above itself.
    """
    mine = above(joining.kept, joining.other)
    theirs = above(joining.other, joining.kept)
    found = theirs or mine if joining.takes_other("parent") else mine or theirs
    return found.pk if found else None


def above(organisation: Organisation, twin: Organisation) -> Organisation | None:
    """Its parent, were it and its twin one: none where that is the twin, or stands under either."""
    if organisation.parent_id is None:
        return None
    parent: Organisation = plain(Organisation).get(pk=organisation.parent_id)
    both = {organisation.pk, twin.pk}
    return None if both & {parent.pk, *keys_above(parent)} else parent


def keys_above(organisation: Organisation) -> list[int]:
    """The keys of its parent, of that one's parent, and so on; the database lets them make no circle."""
    found: list[int] = []
    at = organisation.parent_id
    while at is not None:
        found.append(at)
        at = plain(Organisation).filter(pk=at).values_list("parent", flat=True).first()
    return found
