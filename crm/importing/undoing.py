"""Take an import back: what it made and nobody has touched since goes, blanks it filled are blank again; the rest stays, named.

The last row first, so that what an earlier row made and a later one used is free when its turn comes. People go before
organisations, and whatever still refers to something keeps it.
"""
# ruff: noqa: SLF001  _meta is Django's documented API

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import audit
from consent import emptying
from consent.models import Address, ChainOwner, Event, Person
from crm import kinds
from crm.importing import bringing, rows
from crm.importing.problems import Problem, Why
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Encounter,
    Import,
    ImportRow,
    Look,
    NamedContact,
    Organisation,
)

Row = ImportRow.State
Ours = dict[type[Any], Any]  # conditions on rows that keep nothing back
TABLES: dict[str, type[Any]] = {"organisation": Organisation, "person": Person, **bringing.MADE}
PERSON, ORGANISATION = (
    ("affiliation", "phones", "card", "person"),
    ("name", "domain", "address", "organisation"),
)

# what the portal has made of a customer by itself, or by being looked at: it is no work of anybody's
BY_ITSELF: Ours = {
    NamedContact: Q(chosen=NamedContact.Chosen.RULE),
    Encounter: Q(kind=kinds.CONTACT_NAMED, by__isnull=True),
    Duplicate: Q(verdict=""),
    Look: Q(pk__isnull=False),
}


def take_back(imported: Import) -> int:
    """Take the next rows back, from the end of the file; how many."""
    has_begun = imported.rows.filter(state__in=[Row.UNDONE, Row.STAYS]).exists()
    if not has_begun and (count := free_parents(imported)):
        return count
    found = list(imported.rows.filter(state=Row.DONE).order_by("-no")[: rows.SLICE])
    for row in found:
        row.state = Row.UNDONE
        for filled in row.filled:
            if not restore(*filled):
                stay(row, Why.CHANGED, filled[0])
    lock(found)
    take_people(imported, found)
    take_organisations(imported, found)
    rows.save(found)
    return len(found)


def free_parents(imported: Import) -> int:
    """Take the parents away that the import gave and nobody has changed; how many rows were looked at."""
    found = list(imported.rows.filter(state=Row.DONE, made__has_key="parent")[: rows.SLICE])
    for row in found:
        child, parent = row.made.pop("parent")
        done = Organisation.objects.filter(pk=child, parent=parent).update(
            parent=None, version=models.F("version") + 1
        )
        if not done:
            row.problems = [*row.problems, Problem(Why.CHANGED, {"what": "parent"}).as_json()]
    rows.save(found)
    return len(found)


def restore(what: str, key: int, name: str, before: str, after: str) -> bool:
    """Make a blank blank again, unless somebody has written there since."""
    values: dict[str, Any] = {name: before}
    if what != "person":
        values["version"] = models.F("version") + 1
    return bool(TABLES[what].objects.filter(pk=key, **{name: after}).update(**values))


def stay(row: ImportRow, code: Why, what: str) -> None:
    """Something of the row stays, and why."""
    row.state = Row.STAYS
    row.problems = [*row.problems, Problem(code, {"what": what}).as_json()]


def lock(found: list[ImportRow]) -> None:
    """Nobody hangs anything on what may go: people, then organisations, in order."""
    for what, model in (("person", Person), ("organisation", Organisation)):
        keys = made(found, what)
        list(model.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def made(found: Iterable[ImportRow], what: str) -> set[int]:
    """Keys of what the rows made of a kind."""
    keys: set[int] = set()
    for row in found:
        value = row.made.get(what, [])
        keys.update(value if isinstance(value, list) else [value])
    return keys


# --- people -----------------------------------------------------------------------------------------


def take_people(imported: Import, found: list[ImportRow]) -> None:
    """Remove the people, cards, phones and affiliations that the rows made, but those that are touched."""
    kept = changed(found, ("person", "card", "affiliation"))
    ours: Ours = {
        Affiliation: Q(pk__in=made(found, "affiliation") - kept["affiliation"]),
        ContactPhone: Q(pk__in=made(found, "phones")),
        ContactPerson: Q(pk__in=made(found, "card")),
        Address: Q(pk__in=addresses(found)),
        ChainOwner: ~Exists(
            Event.objects.filter(chain=OuterRef("chain")).exclude(source=f"import {imported.pk}")
        ),
        ImportRow: Q(imported=imported),
        **BY_ITSELF,
    }
    for what in ("person", "card"):
        kept[what] |= in_use(found, what, ours)
    theirs = kept["person"] | kept["card"]
    for row in found:
        if row.made.get("card") in theirs or row.made.get("person") in theirs:
            kept["person"].add(row.made.get("person", 0))
            kept["card"].add(row.made.get("card", 0))
            kept["affiliation"].add(row.made.get("affiliation", 0))
            kept.setdefault("phones", set()).update(row.made.get("phones", []))
    going = made(found, "person") - kept["person"]
    ImportRow.objects.filter(imported=imported, person__in=going).update(person=None)
    for row in found:
        row.person = None if row.person_id in going else row.person
    remove(found, PERSON, kept)


def addresses(found: list[ImportRow]) -> list[int]:
    """The e-mail addresses with which the rows made people."""
    made_by = {
        row.made["person"]: row.emails[0] for row in found if row.made.get("person") and row.emails
    }
    known = Address.objects.filter(person__in=made_by).values_list("pk", "person", "email")
    return [key for key, person, email in known if made_by[person] == email.lower()]


# --- organisations ------------------------------------------------------------------------------------


def take_organisations(imported: Import, found: list[ImportRow]) -> None:
    """Remove the organisations that the rows made, with their names, domains and addresses; and those of known ones."""
    kept = changed(found, ("organisation",))
    ours: Ours = {
        TABLES["name"]: Q(pk__in=made(found, "name")),
        TABLES["domain"]: Q(pk__in=made(found, "domain")),
        TABLES["address"]: Q(pk__in=made(found, "address")),
        ImportRow: Q(imported=imported),
        **BY_ITSELF,
    }
    kept["organisation"] |= in_use(found, "organisation", ours)
    for row in found:
        if row.made.get("organisation") in kept["organisation"]:
            for what in ("name", "domain", "address"):
                kept.setdefault(what, set()).add(row.made.get(what, 0))
    going = made(found, "organisation") - kept["organisation"]
    for row in found:
        row.organisation = None if row.organisation_id in going else row.organisation
    remove(found, ORGANISATION, kept)


# --- both -----------------------------------------------------------------------------------------------


def changed(found: list[ImportRow], those: Iterable[str]) -> dict[str, set[int]]:
    """Keys of what is not as the rows made it, by kind; what is gone has no key any more."""
    touched: dict[str, set[int]] = {}
    for what in those:
        names, table = bringing.KEPT[what], TABLES[what].objects
        now = {
            each["pk"]: each for each in table.filter(pk__in=made(found, what)).values("pk", *names)
        }
        touched[what] = set()
        for row in found:
            key, was = row.made.get(what), row.made.get("was", {}).get(what)
            if key in now and {name: now[key][name] for name in names} != was:
                touched[what].add(key)
                stay(row, Why.CHANGED, what)
    return touched


def in_use(found: list[ImportRow], what: str, ours: Ours) -> set[int]:
    """Keys of what something refers to that is not the import's own."""
    keys = referred(TABLES[what], made(found, what), ours)
    for row in found:
        if row.made.get(what) in keys:
            stay(row, Why.IN_USE, what)
    return keys


def referred(model: type[models.Model], keys: set[int], ours: Ours) -> set[int]:
    """Those of the keys that a row of any table refers to, `ours` aside."""
    found: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        column = getattr(relation, "field", None)
        if relation.concrete or not emptying.is_kept_by_the_database(column):
            continue
        others: QuerySet[Any] = QuerySet(model=column.model).filter(**{f"{column.name}__in": keys})
        if column.model in ours:
            others = others.exclude(ours[column.model])
        found |= set(others.values_list(column.attname, flat=True))
    return found


def remove(found: list[ImportRow], order: Iterable[str], kept: dict[str, set[int]]) -> None:
    """Delete what the rows made of these kinds, children first, and its history: it should never have been."""
    for what in order:
        keys = made(found, what) - kept.get(what, set())
        if what in ("person", "organisation"):
            forget_naming(what, keys)
        if what == "person":
            addresses = list(Address.objects.filter(person__in=keys).values_list("pk", flat=True))
        TABLES[what].objects.filter(pk__in=keys).delete()
        audit.forget(TABLES[what], keys)
        if what == "person":
            audit.forget(Address, addresses)


def forget_naming(what: str, keys: set[int]) -> None:
    """The lines of their timelines that say who was named for them: nothing else is left there."""
    lines = Encounter.objects.filter(BY_ITSELF[Encounter], **{f"{what}__in": keys})
    gone = list(lines.values_list("pk", flat=True))
    lines.delete()
    audit.forget(Encounter, gone)
