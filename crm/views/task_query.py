"""What a list of tasks is asked for in its address, and the page of rows that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.models import Task

WHOSE = {"mine": _("Mine"), "institution": _("My institution’s"), "all": _("All")}
STATES = {"open": _("To do"), "done": _("Done")}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LONGEST = 18  # digits of a number that the database and a datetime can hold


@dataclass(frozen=True)
class Asked:
    """Whose tasks, done or not, and after which row; what is not understood is as if it had not been said."""

    whose: str = "mine"
    state: str = "open"
    after: tuple[datetime, int] | None = None

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    def page_of(self, rows: QuerySet[Task]) -> QuerySet[Task]:
        """The rows from there on: what is to be done by its moment, what is done from the last."""
        if self.is_done:
            rows = rows.filter(done_at__isnull=False).order_by("-done_at", "-pk")
        else:
            rows = rows.filter(done_at__isnull=True).order_by("due_at", "pk")
        if self.after is None:
            return rows
        moment, key = self.after
        if self.is_done:
            return rows.filter(Q(done_at__lt=moment) | Q(done_at=moment, pk__lt=key))
        return rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=key))

    def place_of(self, row: Task) -> str:
        """What `after=` says to go on behind the row: microseconds since 1970, and its key."""
        moment = row.done_at if self.is_done and row.done_at else row.due_at
        return f"{(moment - EPOCH) // MICROSECOND}-{row.pk}"


def read(query: Mapping[str, str]) -> Asked:
    """The query of an address."""
    whose, state = query.get("whose", ""), query.get("state", "")
    return Asked(
        whose if whose in WHOSE else "mine",
        state if state in STATES else "open",
        place(query.get("after", "")),
    )


def place(text: str) -> tuple[datetime, int] | None:
    """The row behind which the page begins."""
    moment, _dash, key = text.partition("-")
    if not all(
        each.isascii() and each.isdigit() and len(each) <= LONGEST for each in (moment, key)
    ):
        return None
    try:
        return EPOCH + int(moment) * MICROSECOND, int(key)
    except OverflowError:
        return None
