"""Two entries side by side: column by column, with a proposal of which value stays, and what hangs on each (C1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consent.models import Person
from crm import duplicates, parents
from crm.identifiers import languages_in_words
from crm.joining import KEPT, OTHER, Choices, Customer, plain, rules_of
from crm.models import ContactPerson, Duplicate, Merge, Organisation

LEFT, RIGHT = "left", "right"


@dataclass(frozen=True)
class Line:
    """A column of both: its name in the choices, what it is called, both values in words, and the proposed side."""

    name: str
    label: str
    left: str
    right: str
    proposed: str = LEFT
    is_fixed: bool = False

    @property
    def field(self) -> str:
        """What a form calls the choice; the name alone would ask a browser to fill in the reader's own."""
        return f"of-{self.name}"

    @property
    def is_choice(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.left and self.right) and self.left != self.right and not self.is_fixed


@dataclass(frozen=True)
class Held:
    """How many rows of a kind hang on either; all of them are kept."""

    title: str
    left: int
    right: int


@dataclass(frozen=True)
class Told:
    """A pair as a list shows it: both by name, what else tells them apart, and the reasons in words."""

    pair: Duplicate
    left: str
    right: str
    more: str
    reasons: list[str]


def told(pair: Duplicate) -> Told:
    """The pair in words."""
    left, right = pair.left, pair.right
    more = [_apart(left), _apart(right)]
    return Told(
        pair,
        called(left),
        called(right),
        " · ".join(each or "–" for each in more) if any(more) else "",
        duplicates.reasons(left, pair.reasons),
    )


def _apart(customer: Customer) -> str:
    return customer.email if isinstance(customer, Person) else customer.business_id


def ends(pair: Duplicate) -> tuple[Any, Any] | None:
    """The two customers of the pair; None when one of them is an alias by now."""
    model: type[Any] = Person if pair.kind == "person" else Organisation
    found = model.objects.in_bulk([pair.left_key, pair.right_key])
    if len(found) < 2:
        return None
    return found[pair.left_key], found[pair.right_key]


def lines(left: Customer, right: Customer) -> list[Line]:
    """The columns of which at least one of the two has a value."""
    if isinstance(left, Person) and isinstance(right, Person):
        found = _of_people(left, right)
    else:
        assert isinstance(left, Organisation)  # noqa: S101  the other kind there is
        assert isinstance(right, Organisation)  # noqa: S101  the same
        found = _of_organisations(left, right)
    return [line for line in found if line.left or line.right]


def picked(found: list[Line], posted: Mapping[str, str]) -> list[Line]:
    """The lines with what a form had chosen in place of what is proposed."""
    return [
        replace(line, proposed=posted[line.field])
        if line.is_choice and posted.get(line.field) in (LEFT, RIGHT)
        else line
        for line in found
    ]


def _of_people(left: Person, right: Person) -> list[Line]:
    cards = ContactPerson._base_manager.in_bulk([left.pk, right.pk])  # noqa: SLF001  Django's documented API
    one, two = (cards.get(each.pk) or ContactPerson() for each in (left, right))
    signs_in = LEFT if left.user_id else RIGHT if right.user_id else ""
    return [
        _line("name", _("Name"), left.name, right.name),
        Line(
            "email",
            _("Primary address"),
            left.email,
            right.email,
            signs_in or LEFT,
            is_fixed=bool(signs_in),
        ),
        _line("language", _("Language"), _shown(left, "language"), _shown(right, "language")),
        _line("kind", _("Kind"), _shown(left, "kind"), _shown(right, "kind")),
        _line("title", _("Job title"), one.title, two.title),
        _line(
            "languages", _("Languages"), *map(languages_in_words, (one.languages, two.languages))
        ),
        _line("source", _("Source"), one.source, two.source),
    ]


def _of_organisations(left: Organisation, right: Organisation) -> list[Line]:
    columns = {
        "name": _("Name"),
        "business_id": _("Business ID"),
        "industry": _("Industry (TOL 2008)"),
        "size": _("Size"),
        "website": _("Web site"),
        "einvoice_address": _("E-invoicing address"),
        "einvoice_operator": _("E-invoicing operator"),
        "owner_id": _("Owner institution"),
        "source": _("Source"),
    }
    found = [
        _line(name, label, _shown(left, name), _shown(right, name))
        for name, label in columns.items()
    ]
    above = [str(parents.above(*pair) or "") for pair in ((left, right), (right, left))]
    return [*found, _line("parent", _("Parent organisation"), *above)]


def _shown(row: Any, name: str) -> str:
    if name == "owner_id":
        return str(row.owner or "")
    told = getattr(row, f"get_{name}_display", None)
    return str(capfirst(told())) if told is not None else str(getattr(row, name))


def _line(name: str, label: str, left: str, right: str) -> Line:
    """The side that has a value, else the left one, which is the older entry."""
    return Line(name, label, left, right, LEFT if left or not right else RIGHT)


def held(left: Customer, right: Customer) -> list[Held]:
    """What hangs on either, by kind."""
    counts: dict[str, list[int]] = {}
    for rule in rules_of(left):
        if rule.model in (Duplicate, Merge):  # the work of merging itself
            continue
        rows = plain(rule.model).filter(**{f"{rule.field}__in": [left.pk, right.pk]})
        found = dict(rows.values_list(rule.field).annotate(count=Count("pk")))
        sums = counts.setdefault(str(capfirst(rule.title)), [0, 0])
        sums[0] += found.get(left.pk, 0)
        sums[1] += found.get(right.pk, 0)
    return [Held(title, one, two) for title, (one, two) in counts.items() if one or two]


def read(posted: Any, left: Customer, right: Customer) -> tuple[Customer, Customer, Choices] | None:
    """Which entry is kept, which not, and whose values stay, from what a form sent; None when that is no answer."""
    sides = {LEFT: left, RIGHT: right}
    side = posted.get("kept")
    if side not in sides:
        return None
    choices: Choices = {}
    for line in lines(left, right):
        chosen = posted.get(line.field, line.proposed) if line.is_choice else line.proposed
        if chosen not in sides:
            return None
        choices[line.name] = KEPT if chosen == side else OTHER
    return sides[side], sides[RIGHT if side == LEFT else LEFT], choices


def called(customer: Customer) -> str:
    """What a page calls the entry: its name, or a person's address."""
    if isinstance(customer, Person):
        return customer.name or customer.email or f"#{customer.pk}"
    return customer.name
