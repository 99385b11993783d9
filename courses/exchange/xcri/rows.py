"""Entries of a feed to rows of the catalogue, a batch in one short transaction (E4.4).

The institution's row is the lock: of two imports at once the second finds all done. An entry whose digest is
the stored one is left alone, with whatever staff changed in it since; an entry that changed wins over them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from accounts.models import Institution
from courses.exchange.xcri import slugs
from courses.exchange.xcri.entries import Entry
from courses.exchange.xcri.mapping import FIELDS
from courses.exchange.xcri.records import Place, RunRecord, digest
from courses.models import Course, Run, Theme, Venue

Row = TypeVar("Row", bound=Model)
SLICE = 500
# What the feed decides besides the columns that mapping names; the untranslated column follows its translations.
COURSE_COLUMNS = ["title", *FIELDS, "feed_digest", "withdrawn_at", "updated_at"]
RUN_COLUMNS = [
    *("name", "delivery", "language", "venue", "starts_on", "ends_on", "price_net", "apply_url"),
    *("enrolment_opens_at", "enrolment_closes_at", "notes", "state", "feed_digest"),
]
# What a run keeps once the portal takes enrolments for it: people enrolled on these terms.
AGREED = {"price_net", "enrolment_opens_at", "enrolment_closes_at"}


@dataclass
class Tally:
    """How many rows an import made, changed, left as they were, unpublished and published again."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    returned: int = 0

    def add(self, other: "Tally") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class Written:
    """What a batch came to."""

    courses: Tally = field(default_factory=Tally)
    runs: Tally = field(default_factory=Tally)


Themes = dict[str, int]


def themes_by_subject() -> Themes:
    """Theme by each of the subject words it claims, in lower case."""
    return {
        word.casefold(): theme.pk
        for theme in Theme.objects.all()
        for word in theme.subjects
        if word
    }


@dataclass
class Change:
    """An entry that is new or not as it was, with its row, its digest and the themes its subjects lead to."""

    entry: Entry
    row: Course
    is_new: bool
    stamp: str
    themes: list[int]


@contextmanager
def locked(owner: Institution, *, dry_run: bool) -> Iterator[Institution]:
    """A transaction in which the institution exists, is known by its feed and locked; a dry run's is undone."""
    with transaction.atomic():
        known = Institution.objects.select_for_update(no_key=True).filter(slug=owner.slug).first()
        mine = known or copy(owner)
        if not known:
            mine.save()
        elif owner.identifier and not mine.identifier:
            mine.identifier = owner.identifier
            mine.save(update_fields=["identifier"])
        yield mine
        transaction.set_rollback(dry_run)


def write(owner: Institution, entries: Sequence[Entry], themes: Themes, now: datetime) -> Written:
    """Make and change courses and runs as the entries say, in the transaction and under the lock of `locked`.

    Writing the same again changes nothing. A course or run that staff unpublished stays so.
    """
    written = Written()
    changes = list(_changes(owner, entries, themes, written))
    _save_courses(owner, changes, now, written)
    _save_runs(owner, changes, written)
    return written


def withdraw(
    owner: Institution, now: datetime, *, seen: set[str], only: set[str] | None = None
) -> int:
    """Unpublish the imported courses not seen in the feed, or `only` those it says are deleted; return how many."""
    shown = Course.objects.filter(institution=owner, withdrawn_at=None).exclude(feed_digest="")
    gone = [
        pk
        for pk, name in shown.values_list("pk", "identifier")
        if name not in seen and (only is None or name in only)
    ]
    for start in range(0, len(gone), SLICE):
        courses = Course.objects.filter(pk__in=gone[start : start + SLICE])
        courses.update(withdrawn_at=now, feed_digest="")
    return len(gone)


def _changes(
    owner: Institution, entries: Sequence[Entry], themes: Themes, written: Written
) -> Iterator[Change]:
    names = [each.identifier for each in entries]
    rows = Course.objects.select_for_update(no_key=True).filter(
        institution=owner, identifier__in=names
    )
    known = {row.identifier: row for row in rows}
    for entry in entries:
        words = (word.casefold() for word in entry.record.values["subjects"])
        claimed = sorted({themes[word] for word in words if word in themes})
        row, stamp = known.get(entry.identifier), digest(entry.record.digest, claimed)
        if row and row.feed_digest == stamp:
            written.courses.unchanged += 1
            written.runs.unchanged += len(entry.record.runs)
        else:
            fresh = Course(institution=owner, identifier=entry.identifier)
            yield Change(entry, row or fresh, not row, stamp, claimed)


def _save_courses(
    owner: Institution, changes: list[Change], now: datetime, written: Written
) -> None:
    new = [change for change in changes if change.is_new]
    old = [change for change in changes if not change.is_new]
    wishes = [_slug_wishes(owner, change.entry) for change in new]
    for change, slug in zip(new, slugs.free(Course.objects.all(), wishes), strict=True):
        change.row.slug, change.row.published_at = slug, now
    for change in changes:
        if not change.row.feed_digest and change.row.withdrawn_at:
            change.row.withdrawn_at = None
            written.courses.returned += 1
        _fill(change.row, change.entry.record.values, change.stamp)
    Course.objects.bulk_create([change.row for change in new])
    values = changes[0].entry.record.values if changes else {}
    _overwrite(Course.objects.all(), [change.row for change in old], [*values, *COURSE_COLUMNS])
    claims = Course.themes.through
    claims.objects.bulk_create(
        [
            claims(course_id=change.row.pk, theme_id=theme)
            for change in changes
            for theme in change.themes
        ],
        ignore_conflicts=True,
    )
    written.courses.new += len(new)
    written.courses.changed += len(old)


def _save_runs(owner: Institution, changes: list[Change], written: Written) -> None:
    venues = _venues(owner, [run.place for each in changes for run in each.entry.record.runs])
    rows = Run.objects.locked().filter(course__in=[change.row.pk for change in changes])
    known = {(row.course_id, row.identifier): row for row in rows.order_by("pk")}
    new: list[Run] = []
    old: list[Run] = []
    for change in changes:
        for record in change.entry.record.runs:
            row = known.pop((change.row.pk, record.identifier), None)
            if row and row.feed_digest == record.digest:
                written.runs.unchanged += 1
                continue
            (old if row else new).append(_run(row, change.row, record, venues, written))
    gone = [row for row in known.values() if row.feed_digest]
    for row in gone:
        row.feed_digest = ""
        row.state = Run.State.CANCELLED if row.state == Run.State.CANCELLED else Run.State.WITHDRAWN
    Run.objects.bulk_create(new)
    _overwrite(Run.objects.all(), [*old, *gone], RUN_COLUMNS)
    written.runs.add(Tally(new=len(new), changed=len(old), withdrawn=len(gone)))


def _run(
    row: Run | None, course: Course, record: RunRecord, venues: dict[str, int], written: Written
) -> Run:
    if row is None:
        row = Run(course=course, identifier=record.identifier, state=Run.State.PUBLISHED)
    elif not row.feed_digest and row.state == Run.State.WITHDRAWN:
        row.state = Run.State.PUBLISHED
        written.runs.returned += 1
    agreed = AGREED if row.capacity is not None else set()
    values = {key: value for key, value in record.values.items() if key not in agreed}
    _fill(row, values, record.digest)
    row.venue_id = venues[record.place.key] if record.place else None
    return row


def _fill(row: Course | Run, values: dict[str, Any], stamp: str) -> None:
    for column, value in values.items():
        setattr(row, column, value)
    row.feed_digest = stamp


def _overwrite(objects: QuerySet[Row], rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Save the columns of rows that exist, in one statement."""
    objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=columns)


def _venues(owner: Institution, places: Iterable[Place | None]) -> dict[str, int]:
    """The id of the institution's venue for each place, made where it is met for the first time."""
    wanted = {place.key: place for place in places if place}
    known = dict(
        Venue.objects.filter(institution=owner, identifier__in=wanted).values_list(
            "identifier", "pk"
        )
    )
    new = [place for key, place in wanted.items() if key not in known]
    wishes = [slugs.wishes(120, place.title, owner.slug, place.key) for place in new]
    made = Venue.objects.bulk_create(
        Venue(
            slug=slug,
            name=place.name,
            institution=owner,
            identifier=place.key,
            street=place.street,
            postcode=place.postcode,
            city=place.city,
            is_shared=True,
        )
        for place, slug in zip(new, slugs.free(Venue.objects.all(), wishes), strict=True)
    )
    return known | {venue.identifier: venue.pk for venue in made}


def _slug_wishes(owner: Institution, entry: Entry) -> list[str]:
    """By title; else with the end of the identifier; else with what only this entry can have."""
    ending = re.split(r"[/=?&#:]", entry.identifier.rstrip("/"))[-1]
    return slugs.wishes(200, entry.record.title, ending, f"{owner.slug} {entry.identifier}")
