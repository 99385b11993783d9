"""What becomes of the rows that hang on a customer when two entries are made one: a rule for every way they hang there.

Each app registers the rules of its own models; a test refuses a foreign key to a person or an organisation without one.
What went where, and how everything was, is written down by `Joining`; `crm.undoing` reads it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from accounts.models import User
from common.registry import Registry
from consent.models import Person
from crm.models import ContactPerson, Organisation, Task

Customer: TypeAlias = Person | Organisation
Choices = dict[str, str]
KEPT, OTHER = "kept", "other"
# Whose `version` counts edits, for forms that were opened before. That of an encounter says that its words were edited.
VERSIONED: tuple[type[Model], ...] = (Organisation, ContactPerson, Task)


@dataclass
class Joining:
    """A merge under way: which choices were made, what has moved, changed and been made so far.

    `now` is the database's moment at which it began. A choice names the side whose value stays: `kept` or `other`.
    `settled`: when a merge is done again, the columns that were edited since the first time, with what they held before;
    they stay as they are.
    """

    kept: Any
    other: Any
    choices: Choices
    by: User
    now: datetime
    moved: dict[str, list[Any]] = field(default_factory=dict)
    changed: list[dict[str, Any]] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    settled: dict[tuple[str, Any, str], Any] = field(default_factory=dict)

    def takes_other(self, name: str) -> bool:
        """Whether the other's value was chosen; unchosen, it is taken where the kept one has none."""
        return self.choices.get(name) == OTHER

    def move(self, rule: "Rule", rows: "QuerySet[Any]") -> None:
        """Hang the rows on the kept one."""
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if keys:
            rows = plain(rule.model).filter(pk__in=keys)
            rows.update(**{rule.field: self.kept.pk}, **next_version(rule.model))
            self.moved[rule.name] = self.moved.get(rule.name, []) + keys

    def change(self, row: Model, **after: Any) -> None:
        """Write each value into the row, and how it was into the image; nothing where it is so already."""
        for name, value in after.items():
            self.change_together(row, **{name: value})

    def change_together(self, row: Model, **after: Any) -> None:
        """`change` of values that make sense with one another only: undoing takes all of them back, or none."""
        before = {name: as_json(getattr(row, name)) for name in after}
        told = {name: as_json(value) for name, value in after.items()}
        label = row._meta.label_lower  # noqa: SLF001  Django's documented API
        if before == told or any((label, row.pk, name) in self.settled for name in after):
            return
        plain(type(row)).filter(pk=row.pk).update(**after, **next_version(type(row)))
        for name, value in after.items():
            setattr(row, name, value)
        self.changed.append({"model": label, "key": row.pk, "before": before, "after": told})

    def make(self, row: Model, *names: str) -> None:
        """Add a row; undoing takes it away unless these values of it were changed since."""
        row.save(force_insert=True)
        label = row._meta.label_lower  # noqa: SLF001  Django's documented API
        values = {name: as_json(getattr(row, name)) for name in names}
        self.made.append({"model": label, "key": row.pk, "values": values})

    def image(self) -> dict[str, Any]:
        """What undoing needs beside the keys of the rows that moved."""
        return {"changed": self.changed, "made": self.made, **self.more}


Settle = Callable[[Joining, Any, Any], None]


def stays(_joining: Joining, _row: Any, _theirs: Any) -> None:
    """The row is left where it is, with the entry that nobody sees any more; undoing finds it there."""


def is_demoted(joining: Joining, row: Any, _theirs: Any) -> None:
    """Of two primary ones the kept one's stays primary."""
    joining.change(row, is_primary=False)


def is_ended(joining: Joining, row: Any, _theirs: Any) -> None:
    """Of two in force the kept one's stays in force, the other becomes history."""
    if row.since < joining.now:
        joining.change(row, until=joining.now)


@dataclass(frozen=True)
class Clash:
    """Where the database allows one row only: those of the same `same` (lookups), both of them `among` these.

    `settle` makes room, by a change of either row; a row for which there still is none stays where it is.
    """

    same: tuple[str, ...] = ()
    among: Q = field(default_factory=Q)
    settle: Settle = stays

    def pairs(self, joining: Joining, rule: "Rule") -> Iterator[tuple[Any, Any]]:
        """Rows of the other with those of the kept one they clash with."""
        for row in self.rows(joining, rule):
            alike = {name: getattr(row, name.partition("__")[0]) for name in self.same}
            theirs = plain(rule.model).filter(self.among, **{rule.field: joining.kept.pk}, **alike)
            if (found := theirs.first()) is not None:
                yield row, found

    def rows(self, joining: Joining, rule: "Rule") -> "QuerySet[Any]":
        """Rows of the other for which there is no room."""
        alike = {name: OuterRef(name.partition("__")[0]) for name in self.same}
        theirs = plain(rule.model).filter(self.among, **{rule.field: joining.kept.pk}, **alike)
        return rule.rows(joining.other).filter(self.among).filter(Exists(theirs)).order_by("pk")


@dataclass(frozen=True)
class Rule:
    """How the rows of one foreign key go over; `field` is its name, `title` what a page calls the rows.

    `by` replaces the ordinary way. `before` takes the locks that come before the customers', and may refuse. `warn`
    says what a merge of these two would do that undoing does not bring back. What is left at the other when undoing is
    past goes, unless it `remains`.
    """

    model: type[Model]
    field: str
    title: Any
    clashes: tuple[Clash, ...] = ()
    by: Callable[[Joining, "Rule"], None] | None = None
    before: Callable[..., None] | None = None
    warn: Callable[[Any, Any], list[str]] | None = None
    remains: bool = False

    @property
    def name(self) -> str:
        return f"{self.model._meta.label_lower}.{self.field}"  # noqa: SLF001  Django's documented API

    @property
    def of(self) -> type[Model]:
        """What the foreign key points to: a person, their card, or an organisation."""
        related = self.model._meta.get_field(self.field).related_model  # noqa: SLF001  Django's documented API
        assert isinstance(related, type)  # noqa: S101  tells mypy
        return related

    def rows(self, of: Customer) -> "QuerySet[Any]":
        """The customer's rows."""
        return plain(self.model).filter(**{self.field: of.pk})

    def apply(self, joining: Joining) -> None:
        """Let the rows go over."""
        if self.by is not None:
            self.by(joining, self)
            return
        for clash in self.clashes:
            for row, theirs in clash.pairs(joining, self):
                clash.settle(joining, row, theirs)
        left = [key for clash in self.clashes for key in keys(clash.rows(joining, self))]
        joining.move(self, self.rows(joining.other).exclude(pk__in=left))


rules: Registry[Rule] = Registry("rules of merging")


def rules_of(customer: Customer) -> list[Rule]:
    """The rules that speak of such a customer, in the order they were added."""
    is_person = isinstance(customer, Person)
    return [rule for rule in rules if (rule.of is not Organisation) == is_person]


def plain(model: type[Model]) -> "QuerySet[Any]":
    """All rows of the model, those too that its manager hides."""
    return QuerySet(model=model)


def next_version(model: type[Model]) -> dict[str, Any]:
    """What an update writes beside its own columns, so that a form that was opened before is told."""
    return {"version": F("version") + 1} if model in VERSIONED else {}


def is_new(*customers: Customer) -> None:
    """Their rows in the register are new versions: what hangs on them has changed."""
    for each in customers:
        model = ContactPerson if isinstance(each, Person) else Organisation
        plain(model).filter(pk=each.pk).update(**next_version(model))


def keys(rows: "QuerySet[Any]") -> list[Any]:
    return list(rows.values_list("pk", flat=True))


def as_json(value: Any) -> Any:
    """A value that JSON can hold, and `to_python` of its column can read."""
    if isinstance(value, Model):
        return value.pk
    return value.isoformat() if isinstance(value, date) else value


def nothing(_joining: Joining, _rule: Rule) -> None:
    """For rows that the other cannot have, or that other rules take along."""
