"""Take an import back: what it made and nobody has touched since goes, blanks it filled are blank again; the rest stays, named.

The last row first, so that what an earlier row made and a later one used is free when its turn comes. People go before
organisations, and whatever still refers to something keeps it. The grounds that it gave go with their rows. Forms that
were opened before are told: the version of what stays and has lost something is raised.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts import audit
from consent.models import Address, ChainOwner, Event
from crm.importing import grounds, marks, rows, touched
from crm.importing.problems import Problem, Why
from crm.importing.touched import BY_ITSELF, TABLES, Keys, Ours, made, made_by
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Encounter,
    Import,
    ImportRow,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
)

Row = ImportRow.State
PARTS = ("name", "domain", "address")
PERSON, ORGANISATION = ("affiliation", "phones", "card", "person"), (*PARTS, "organisation")
Lost = dict[
    tuple[str, int], ImportRow
]  # organisations and cards that have lost something, and a row that says of what


def take_back(imported: Import) -> int:
    """Take the next rows back, from the end of the file; how many."""
    has_begun = imported.rows.filter(state__in=[Row.UNDONE, Row.STAYS]).exists()
    if not has_begun and (count := free_parents(imported)):
        return count
    found = list(imported.rows.filter(state=Row.DONE).order_by("-no")[: rows.SLICE])
    lock(found)
    found = list(imported.rows.filter(pk__in=[row.pk for row in found]).order_by("-no"))
    saved = touched.saved_over(imported, found)
    lost: Lost = {}
    for row in found:
        row.state = Row.STAYS if stays_already(row) else Row.UNDONE
        for filled in row.filled:
            restore(row, filled, lost)
    take_people(imported, found, saved, lost)
    take_organisations(imported, found, saved, lost)
    grounds.take_back(imported, found)
    tell_open_forms(lost)
    rows.save(found)
    return len(found)


def stays_already(row: ImportRow) -> bool:
    """Whether its parent was found changed."""
    return any(each["code"] == Why.CHANGED for each in row.problems)


def free_parents(imported: Import) -> int:
    """Take the parents away that the import gave and nobody has changed; how many rows were looked at."""
    found = list(imported.rows.filter(state=Row.DONE, made__has_key="parent")[: rows.SLICE])
    lock(found)
    for row in found:
        child, parent = row.made.pop("parent")
        done = Organisation.objects.filter(pk=child, parent=parent).update(
            parent=None, version=F("version") + 1
        )
        if done:
            marks.count(row, "organisation")
        else:
            row.problems = [*row.problems, Problem(Why.CHANGED, {"what": "parent"}).as_json()]
    rows.save(found)
    return len(found)


def restore(row: ImportRow, filled: list[Any], lost: Lost) -> None:
    """Make a blank blank again, unless somebody has written there since."""
    what, key, name, before, after = filled
    if touched.table(what).filter(pk=key, **{name: after}).update(**{name: before}):
        lost.setdefault((what, key), row)
    else:
        touched.stay(row, Why.CHANGED, what)


def lock(found: list[ImportRow]) -> None:
    """Nobody changes what the rows name, or hangs anything on it: people, then organisations, in order."""
    people = made(found, "person") | {row.person_id for row in found if row.person_id}
    places = made(found, "organisation") | {
        row.organisation_id for row in found if row.organisation_id
    }
    for what, keys in (("person", people), ("organisation", places)):
        list(touched.table(what).select_for_update().filter(pk__in=keys).order_by("pk"))


def tell_open_forms(lost: Lost) -> None:
    """Raise the versions, noting that it was the import."""
    for (what, key), row in lost.items():
        if what in marks.VERSIONED and touched.table(what).filter(pk=key).update(
            version=F("version") + 1
        ):
            marks.count(row, what)


# --- people -----------------------------------------------------------------------------------------


def take_people(imported: Import, found: list[ImportRow], saved: Keys, lost: Lost) -> None:
    """Remove the people, cards, phones and affiliations that the rows made, but those that are touched."""
    kept = touched.changed(found, PERSON, saved)
    ours: Ours = {
        Affiliation: Q(pk__in=made(found, "affiliation") - kept["affiliation"]),
        ContactPhone: Q(pk__in=made(found, "phones") - kept["phones"]),
        ContactPerson: Q(pk__in=made(found, "card")),
        Address: Q(pk__in=addresses(found)),
        ChainOwner: ~Exists(
            Event.objects.filter(chain=OuterRef("chain")).exclude(
                source=grounds.source_of(imported)
            )
        ),
        ImportRow: Q(imported=imported),
        **BY_ITSELF,
    }
    for what in ("person", "card"):
        kept[what] |= touched.in_use(found, what, ours)
    keep_whole(found, kept, ("person", "card"), PERSON)
    going = made(found, "person") - kept["person"]
    ImportRow.objects.filter(imported=imported, person__in=going).update(person=None)
    for row in found:
        row.person = None if row.person_id in going else row.person
        if row.person_id and set(made_by(row, "phones")) - kept["phones"]:
            lost.setdefault(("card", row.person_id), row)
    remove(found, PERSON, kept)
    settle_phones({key for what, key in lost if what == "card"})


def addresses(found: list[ImportRow]) -> list[int]:
    """The e-mail addresses with which the rows made people, as they were made."""
    made_by_row = {row.made["person"]: row for row in found if row.made.get("person")}
    known = Address.objects.filter(person__in=made_by_row)
    return [
        each.pk
        for each in known
        if marks.of(each) == address_mark(made_by_row[each.person_id], each.person_id)
    ]


def address_mark(row: ImportRow, person: int) -> str | None:
    """How the address was with which the row made a person."""
    email = row.emails[0] if row.emails else ""
    return marks.of(Address(person_id=person, email=email, closed_because=""))


def settle_phones(cards: Iterable[int]) -> None:
    """Of phones that stay the oldest is the primary one, where the primary one is gone."""
    left: QuerySet[ContactPhone] = ContactPhone.objects.filter(contact__in=cards)
    primary = left.filter(is_primary=True).values("contact")
    oldest = left.exclude(contact__in=primary).order_by("contact", "pk").distinct("contact")
    keys = list(oldest.values_list("pk", flat=True))
    ContactPhone.objects.filter(pk__in=keys).update(is_primary=True)


# --- organisations ------------------------------------------------------------------------------------


def take_organisations(imported: Import, found: list[ImportRow], saved: Keys, lost: Lost) -> None:
    """Remove the organisations that the rows made, with their names, domains and addresses; and those of known ones."""
    kept = touched.changed(found, ORGANISATION, saved)
    ours: Ours = {
        OrganisationName: Q(pk__in=made(found, "name") - kept["name"]),
        OrganisationDomain: Q(pk__in=made(found, "domain") - kept["domain"]),
        OrganisationAddress: Q(pk__in=made(found, "address") - kept["address"]),
        ImportRow: Q(imported=imported),
        **BY_ITSELF,
    }
    kept["organisation"] |= touched.in_use(found, "organisation", ours)
    keep_whole(found, kept, ("organisation",), ORGANISATION)
    going = made(found, "organisation") - kept["organisation"]
    for row in found:
        row.organisation = None if row.organisation_id in going else row.organisation
        if row.organisation_id and any(set(made_by(row, each)) - kept[each] for each in PARTS):
            lost.setdefault(("organisation", row.organisation_id), row)
    remove(found, ORGANISATION, kept)


# --- both -----------------------------------------------------------------------------------------------


def keep_whole(
    found: list[ImportRow], kept: Keys, heads: Iterable[str], parts: Iterable[str]
) -> None:
    """Of a row whose person, card or organisation stays everything of that stays."""
    for row in found:
        if any(row.made.get(what) in kept[what] for what in heads):
            for what in parts:
                kept[what].update(made_by(row, what))


def remove(found: list[ImportRow], order: Iterable[str], kept: Keys) -> None:
    """Delete what the rows made of these kinds, children first, and its history: it should never have been."""
    for what in order:
        keys = made(found, what) - kept[what]
        if what in ("person", "organisation"):
            forget_naming(what, keys)
        if what == "person":
            emails = list(Address.objects.filter(person__in=keys).values_list("pk", flat=True))
        touched.table(what).filter(pk__in=keys).delete()
        audit.forget(TABLES[what], keys)
        if what == "person":
            audit.forget(Address, emails)


def forget_naming(what: str, keys: set[int]) -> None:
    """The lines of their timelines that say who was named for them: nothing else is left there."""
    lines = Encounter.objects.filter(BY_ITSELF[Encounter], **{f"{what}__in": keys})
    gone = list(lines.values_list("pk", flat=True))
    lines.delete()
    audit.forget(Encounter, gone)
