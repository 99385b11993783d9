"""Import a feed: everything in it that can be read, nothing twice, and what is gone from it unpublished (E4.4)."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import DataError, IntegrityError

from accounts.models import Institution
from courses.exchange.xcri import places, reading, rows
from courses.exchange.xcri.entries import Entries, Entry, LeftOut
from courses.exchange.xcri.forgotten import Forgotten
from courses.exchange.xcri.owners import Owners
from courses.exchange.xcri.rows import Tally, Themes
from courses.exchange.xcri.sources import MEGABYTE, Feed, UnreadableError
from courses.search import index

BATCH = 50
LARGE = 4 * MEGABYTE
Progress = Callable[[str, int, int], None]


@dataclass
class Report:
    """What an import did, and what it could not."""

    institutions: list[str]
    is_whole: bool  # the feed's end was reached
    dry_run: bool = False
    courses: Tally = field(default_factory=Tally)
    runs: Tally = field(default_factory=Tally)
    read: int = 0
    repeated: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    seconds: float = 0  # until all rows were written
    search_seconds: float = 0  # from then until search had taken note

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"courses_per_second": round(self.read / max(self.seconds, 0.001))}


def import_feed(
    feed: Feed,
    institution: str = "",
    *,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = lambda _what, _done, _total: None,
) -> Report:
    """Bring the catalogue to what the feed says and return what that took; a dry run undoes it all.

    Entries are known by institution and identifier, so a second import of the same feed changes nothing. One
    that cannot be imported is left out and named. Imported courses that the feed no longer has are unpublished,
    never deleted, and return with it; not so when the feed breaks off or lists changes only. What staff edit
    stays until the feed's own entry changes. Raises UnreadableError.
    """
    began = time.monotonic()
    survey = reading.survey(feed)
    if not survey.courses:
        reason = "The feed holds no course, so it is taken for broken and nothing is unpublished."
        raise UnreadableError(reason)
    forgotten = Forgotten()
    providers = [forgotten.provider(each) for each in places.providers(survey.outline)]
    owners = Owners(institution, forgotten.provider(places.catalog(survey.outline)), providers)
    entries = Entries(feed, survey, providers, owners, forgotten)
    report = Report([owner.slug for owner in owners.all()], survey.is_whole, dry_run=dry_run)
    themes = rows.themes_by_subject()
    for batch in _batches(entries, report):
        for _slug, group in groupby(batch, key=lambda entry: entry.owner.slug):
            _write(list(group), themes, now, report)
        progress("imported", entries.read, survey.courses)
    report.read, report.repeated = entries.read, entries.repeated
    report.notices += [forgotten.notice()] if forgotten.found else []
    _withdraw(entries, now, report)
    report.seconds = round(time.monotonic() - began, 3)
    if not dry_run:
        stale = index.stale()
        index.refresh(stale, lambda done: progress("indexed", done, len(stale)))
        report.search_seconds = round(time.monotonic() - began - report.seconds, 3)
    return report


def _batches(entries: Entries, report: Report) -> Iterator[list[Entry]]:
    """The good entries, so many at a time that a batch is neither long nor large; the others go to the report."""
    batch: list[Entry] = []
    for each in entries:
        if isinstance(each, LeftOut):
            report.left_out.append(each)
            continue
        batch.append(each)
        if len(batch) == BATCH or sum(entry.size for entry in batch) > LARGE:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(entries: list[Entry], themes: Themes, now: datetime, report: Report) -> None:
    """Write the entries at once; if the database refuses one of them, each by itself."""
    try:
        with rows.locked(entries[0].owner, dry_run=report.dry_run) as owner:
            written = rows.write(owner, entries, themes, now)
    except (DataError, IntegrityError) as error:
        if len(entries) > 1:
            for entry in entries:
                _write([entry], themes, now, report)
            return
        reason = f"the database refuses it: {str(error).partition(chr(10))[0]}"
        report.left_out.append(LeftOut(entries[0].record.line, entries[0].identifier, reason))
        return
    report.courses.add(written.courses)
    report.runs.add(written.runs)


def _withdraw(entries: Entries, now: datetime, report: Report) -> None:
    """Unpublish what is gone, if the feed says so: it does not break off, and names courses of the institution."""
    if not report.is_whole:
        report.notices.append("The feed breaks off before its end, so nothing is unpublished.")
        return
    if not entries.is_every_one_known:
        report.notices.append(
            "An entry that cannot be read does not even show its identifier, so nothing is unpublished."
        )
        return
    for owner in entries.owners.all():
        seen, deleted = entries.seen[owner.slug], entries.deleted[owner.slug]
        if not (seen or deleted) or not Institution.objects.filter(slug=owner.slug).exists():
            continue
        with rows.locked(owner, dry_run=report.dry_run) as mine:
            only = deleted if entries.survey.is_delta else None
            gone = rows.withdraw(mine, now, seen=seen, only=only)
        report.courses.withdrawn += gone
