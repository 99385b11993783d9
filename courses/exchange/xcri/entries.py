"""The entries of a feed, each either ready for the catalogue or left out with a reason; no identifier twice."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from accounts.models import Institution
from courses.exchange.xcri import mapping, reading
from courses.exchange.xcri.forgotten import Forgotten
from courses.exchange.xcri.owners import Owners
from courses.exchange.xcri.reading import Survey
from courses.exchange.xcri.records import CourseRecord, Provider, RunRecord, fitted
from courses.exchange.xcri.sources import Feed
from courses.exchange.xcri.splitting import Piece


@dataclass(frozen=True)
class LeftOut:
    """An entry that could not be imported: where it is, what it calls itself, and why."""

    line: int
    identifier: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """A course of the feed, the institution it belongs to, and the identifier it is known by there."""

    owner: Institution
    identifier: str
    record: CourseRecord
    size: int  # characters in the feed


@dataclass
class Entries:
    """All entries of a feed in turn. What they were is known once they have been taken.

    An identifier in several courses is no use where a course has another; an entry repeated under the same
    title, as by feeds that list a course under each subject, is one course with the runs of all.
    """

    feed: Feed
    survey: Survey
    providers: Sequence[Provider]
    owners: Owners
    forgotten: Forgotten
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    deleted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    read: int = 0
    repeated: int = 0
    is_every_one_known: bool = True  # no entry was left out whose identifier could not even be read
    _taken: set[tuple[str, str]] = field(default_factory=set)
    _held: dict[tuple[str, str], Entry] = field(default_factory=dict)
    _met: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Entry | LeftOut]:
        for piece in map(self.forgotten.piece, reading.pieces(self.feed)):
            self.read += 1
            try:
                record = self._record(piece)
            except (reading.DamagedError, mapping.NoCourseError) as error:
                yield self._left_out(piece, error)
                continue
            yield from self._once(self._entry(piece, record))
        yield from map(_identified, self._held.values())

    def _record(self, piece: Piece) -> CourseRecord:
        provider = self.providers[min(piece.provider, len(self.providers) - 1)]
        asks = self.survey.objectives_ask
        return mapping.course(reading.course(piece), piece.line, provider, objectives_ask=asks)

    def _entry(self, piece: Piece, record: CourseRecord) -> Entry:
        uses = self.survey.uses
        unique = (each for each in record.identifiers if uses[each] <= 1)
        name = fitted(next(unique, record.identifiers[0]))
        return Entry(self.owners[piece.provider], name, record, len(piece.text))

    def _once(self, entry: Entry) -> Iterator[Entry | LeftOut]:
        """The entry, when no other can have its identifier; else it waits for the others, to be joined."""
        slug, record = entry.owner.slug, entry.record
        if record.is_deleted:
            self.deleted[slug].add(entry.identifier)
            return
        key, uses = (slug, entry.identifier), self.survey.uses[entry.identifier]
        first = self._held.get(key)
        if first is None and key in self._taken:
            yield LeftOut(record.line, entry.identifier, "its identifier has been used before")
        elif first is None:
            self._taken.add(key)
            self.seen[slug].add(entry.identifier)
            self._held[key] = entry
        elif first.record.title.casefold() != record.title.casefold():
            reason = f"its identifier is that of “{first.record.title}” on line {first.record.line}"
            yield LeftOut(record.line, entry.identifier, reason)
        else:
            self.repeated += 1
            self._held[key] = _joined(first, record)
        self._met[key] += 1
        if self._met[key] >= uses and key in self._held:
            del self._met[key]
            yield _identified(self._held.pop(key))

    def _left_out(
        self, piece: Piece, error: reading.DamagedError | mapping.NoCourseError
    ) -> LeftOut:
        """The entry by name; what the catalogue has under that name is not taken for gone."""
        names = [fitted(each) for each in reading.identifiers(piece)]
        self.seen[self.owners[piece.provider].slug].update(names)
        line = error.line if isinstance(error, reading.DamagedError) else piece.line
        self.is_every_one_known &= bool(names) or isinstance(error, mapping.NoCourseError)
        return LeftOut(line, next(iter(names), ""), str(error))


def _joined(entry: Entry, other: CourseRecord) -> Entry:
    runs = {(run.identifier, run.digest): run for run in (*entry.record.runs, *other.runs)}
    return dataclasses.replace(
        entry, record=dataclasses.replace(entry.record, runs=tuple(runs.values()))
    )


def _identified(entry: Entry) -> Entry:
    record = dataclasses.replace(entry.record, runs=identified(entry.record.runs))
    return dataclasses.replace(entry, record=record)


def identified(runs: Sequence[RunRecord]) -> tuple[RunRecord, ...]:
    """The runs, the same one only once, each with an identifier of its own.

    One without an identifier, or that shares it, is known by what it is: its dates, place and manner. The
    order of the runs makes no difference.
    """
    unlike = {(run.identifier, run.digest): run for run in runs}
    different = [unlike[key] for key in sorted(unlike)]
    uses = Counter(run.identifier for run in different)
    named: dict[str, RunRecord] = {}
    for run in different:
        name = run.identifier if run.identifier and uses[run.identifier] == 1 else ""
        name = name or f"{run.identifier}~{run.facts}"
        others = (f"{name}~{no}" for no in count(2))
        name = next(each for each in map(fitted, chain([name], others)) if each not in named)
        named[name] = dataclasses.replace(run, identifier=name)
    return tuple(named.values())
