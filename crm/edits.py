"""Who last edited a note, and when: read from the audit, where it lies; the note itself counts its edits alone (C2.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.audit import audited
from accounts.models import User
from crm.models import Encounter


@dataclass(frozen=True)
class Edit:
    """The newest edit; `by` is empty when the audit does not know who, or they are gone."""

    at: datetime
    by: str


def latest(encounters: Iterable[Encounter]) -> dict[int, Edit]:
    """The newest edit of each that was edited, by its key; two queries, and none when nothing was."""
    versions = {each.pk: each.version for each in encounters if each.version > 1}
    if not versions:
        return {}
    changes = audited[Encounter._meta.label_lower].changes._default_manager  # noqa: SLF001  Django's documented API
    rows = changes.filter(pgh_obj__in=versions, pgh_label="update").order_by("pgh_id")
    found: dict[int, tuple[datetime, int | None]] = {}
    for key, version, at, context in rows.values_list(
        "pgh_obj", "version", "pgh_created_at", "pgh_context"
    ):
        if version == versions[key]:  # the first with the newest words; what came later moved it
            found.setdefault(key, (at, (context or {}).get("user")))
    editors = User.objects.in_bulk([who for _at, who in found.values() if who])
    return {key: Edit(at, str(editors.get(who or 0, ""))) for key, (at, who) in found.items()}
