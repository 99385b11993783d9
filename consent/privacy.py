"""What each app holds on a person, declared by the app itself for every model and column (GDPR Art. 5(2), 30).

`consent.coverage` refuses what is undeclared, `consent.export` and `consent.erasure` do what is declared.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import FileField, Model, Q, QuerySet

from common.registry import Registry


@dataclass(frozen=True)
class Subject:
    """One person by everything the portal knows them by; addresses in lower case."""

    people: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    language: str = "fi"

    @property
    def is_known(self) -> bool:
        return bool(self.people or self.users)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Subject":
        """What `as_json` gave, after a way through the database."""
        lists = {name: tuple(value) for name, value in kept.items() if name != "language"}
        return cls(**lists, language=kept.get("language", "fi"))


Whose = Callable[[Subject], Q]


def of(*, person: str = "", user: str = "", email: str = "") -> Whose:
    """Rows that lead to the subject by one of these lookups: to a Person, to a User, or to an address as text."""

    def rows(subject: Subject) -> Q:
        ways = [Q(pk__in=[])]
        if person:
            ways.append(Q(**{f"{person}__in": subject.people}))
        if user:
            ways.append(Q(**{f"{user}__in": subject.users}))
        if email:
            ways += [Q(**{f"{email}__iexact": each}) for each in subject.emails]
        return reduce(or_, ways)

    return rows


class Sort(StrEnum):
    """What a column can hold."""

    PERSONAL = "personal"
    TECHNICAL = "technical"
    IMPERSONAL = "impersonal"


@dataclass(frozen=True)
class Column:
    """One column. `withheld` says why an export leaves it out; `becomes` is what it holds when its row is emptied.

    `shown` are the rows in which an export has it: elsewhere it tells of somebody else.
    """

    name: str
    sort: Sort
    because: str = ""
    withheld: str = ""
    is_emptied: bool = False
    becomes: Any = None
    link: Whose | None = None
    shown: Whose | None = None


Columns = list[Column]


def personal(*names: str, withheld: str = "", shown: Whose | None = None) -> Columns:
    """Says something of a person: exported unless withheld (`shown`: only from these rows), and goes with its row."""
    return [Column(name, Sort.PERSONAL, withheld=withheld, shown=shown) for name in names]


def emptied(name: str, to: Any, *, withheld: str = "") -> Columns:
    """Says something of a person; holds `to` (a value, or a function of the row's key) when the row itself must stay."""
    return [Column(name, Sort.PERSONAL, withheld=withheld, is_emptied=True, becomes=to)]


def link(name: str, whose: Whose, *, to: Any = None, withheld: str = "") -> Columns:
    """Points from a row that is not theirs to a person, by key or by address; erasing sets it to null, or to this."""
    return [Column(name, Sort.PERSONAL, withheld=withheld, link=whose, becomes=to)]


def technical(*names: str) -> Columns:
    """Keys, states, counters and moments; refused for anything that can hold a name or free text."""
    return [Column(name, Sort.TECHNICAL) for name in names]


def impersonal(*names: str, because: str) -> Columns:
    """Text about no person, and why; refused where a row belongs to one."""
    return [Column(name, Sort.IMPERSONAL, because=because) for name in names]


class Erased(StrEnum):
    """What erasing does to a row of the person."""

    NOTHING = "is about nobody"
    DELETED = "deleted"
    EMPTIED = "emptied, and deleted unless something kept points at it"
    STAYS = "stays, and is nobody’s"


@dataclass(frozen=True)
class Kept:
    """Rows that are kept: which of the person's, by what law or for what reason, and until when.

    What `passes` is kept for a moment only: an erasure is unfinished while there is such a row.
    """

    rows: Q
    law: str
    until: str
    passes: bool = False


@dataclass(frozen=True)
class Holding:
    """What one model holds: why and how long, whose a row is, what erasing does to it, and every column.

    `recipients` and `source` say who else gets it and where it is from, when that is not the person (GDPR Art. 15(1)).
    `before` is called when an erasure begins, from the top app down; it takes the locks that come before the person's.
    `tells_of` is the model whose rows' changes these are: they are deleted after the rows, for erasing is a change too.
    """

    name: str
    model: type[Model]
    reason: str
    columns: list[Columns]
    whose: Whose | None = None
    erased: Erased = Erased.NOTHING
    until: str = ""
    kept: tuple[Kept, ...] = ()
    title: str = ""
    recipients: str = ""
    source: str = ""
    before: Callable[[Subject], None] | None = field(default=None, compare=False)
    tells_of: type[Model] | None = None

    @property
    def app(self) -> str:
        return self.name.partition(".")[0]

    def each_column(self) -> Iterator[Column]:
        """Its columns in the order in which they are declared."""
        for group in self.columns:
            yield from group

    def rows(self, subject: Subject) -> "QuerySet[Any]":
        """The subject's rows; none in a model whose rows are nobody's."""
        everything = self.model._base_manager.all()  # noqa: SLF001  Django's documented API
        if self.whose is None:
            return everything.none()
        return everything.filter(self.whose(subject)).order_by("pk").distinct()

    def emptied(self) -> list[Column]:
        """Columns that an emptied row does not keep."""
        return [column for column in self.each_column() if column.is_emptied]

    def uploads(self) -> list[Column]:
        """Its personal columns that name an uploaded file."""
        return [
            column
            for column in self.each_column()
            if column.sort == Sort.PERSONAL
            and isinstance(self.model._meta.get_field(column.name), FileField)  # noqa: SLF001  Django’s documented API
        ]

    def links(self) -> list[Column]:
        """Columns that point to a person whose row it is not."""
        return [column for column in self.each_column() if column.link]

    def linked(self, column: Column, subject: Subject) -> "QuerySet[Any]":
        """Rows that point to the subject by this column."""
        assert column.link is not None  # noqa: S101  the caller chose it by this
        everything = self.model._base_manager.all()  # noqa: SLF001  Django's documented API
        return everything.filter(column.link(subject)).order_by("pk").distinct()


@dataclass(frozen=True)
class Trace:
    """What may lie outside the database's rows: erased by its own step, which may be run any number of times."""

    name: str
    reason: str
    erase: Callable[[Subject], object] = field(compare=False)


@dataclass(frozen=True)
class Table:
    """A table that no model covers, and why it holds nothing on a person."""

    name: str
    because: str


holdings: Registry[Holding] = Registry("holdings")
traces: Registry[Trace] = Registry("traces")
tables: Registry[Table] = Registry("tables without a model")
