"""Merges on top of one another, undone in any order: what is left is what there would be without them (C1.4)."""

import itertools
from collections import Counter
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models.query import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.audit import Change
from accounts.models import User
from consent import ledger
from consent.models import Address, Person, Preference, Suppression
from crm import kinds, merging, undoing
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Encounter,
    NamedContact,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
    Task,
)
from portal import invariants
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db
A, B, C, D = range(4)
# who is kept, and who goes: one after the other into the next, or both into a third
SHAPES = {"chain": ((B, A), (C, B)), "star": ((C, A), (C, B)), "other way": ((A, C), (B, A))}
HOUR = DAY / 24


class UndoneError(Exception):
    """Ends a try of which nothing is to stay."""


@contextmanager
def nothing_stays():
    """What is done within is gone afterwards."""
    try:
        with transaction.atomic():
            yield
            raise UndoneError
    except UndoneError:
        pass


def told(model, three):
    """Every column of every row, but keys of rows, counts of edits, and what the work of merging itself writes."""
    rows = QuerySet(model=model)
    if model is Encounter:
        rows = rows.exclude(kind__in=[kinds.MERGED, kinds.MERGE_UNDONE])
    if model is Duplicate:  # the verdict on those who were merged
        among = [each.pk for each in three]
        side = type(three[0]).__name__.lower()
        rows = rows.exclude(**{f"left_{side}__in": among, f"right_{side}__in": among})
    own = {"id", "version", "verdict_at"}
    if model is Suppression:  # an address is left out of imports from a later moment on
        own.add("at")
    return Counter(str({k: v for k, v in row.items() if k not in own}) for row in rows.values())


def everything(three):
    return {
        model._meta.label: told(model, three)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label != "pghistory"
        and not issubclass(model, Change)
        and model._meta.label != "crm.Merge"
    }


def more(one, two):
    """Rows of the one that the other has not."""
    return {name: rows - two[name] for name, rows in one.items() if rows - two[name]}


class World:
    """A few customers, merges of them that may be tried, and what is added to whoever is kept after each."""

    def __init__(self, customers, merges, by, set_clock, add=None):
        self.customers, self.merges, self.by = customers, merges, by
        self.set_clock, self.add = set_clock, add or (lambda _customer, _number: None)

    def after(self, done, order=()):
        """All there is once these merges were done, and after each undoing; the world is then as before."""
        with nothing_stays():
            merged = self.merge(done)
            found = [everything(self.customers)]
            for number in order:
                undoing.undo(merged[number], by=self.by)
                assert invariants.broken() == {}
                found.append(everything(self.customers))
        return found

    def merge(self, done):
        """The merges, by number, each in an hour of its own."""
        merged = {}
        for number, (kept, other, choices) in enumerate(self.merges):
            self.set_clock(NOW + number * HOUR)
            model = type(self.customers[kept])
            mine, theirs = (model._base_manager.get(pk=self.customers[w].pk) for w in (kept, other))
            if number in done:
                merged[number] = merging.merge(mine, theirs, choices, by=self.by)
            self.set_clock(NOW + number * HOUR + HOUR / 2)
            self.add(model._base_manager.get(pk=mine.pk), number)
        self.set_clock(NOW + DAY)
        return merged

    def holds(self):
        """In whatever order, each undoing leaves what the remaining merges alone would have made."""
        every = tuple(range(len(self.merges)))
        alone = {}
        for order in itertools.permutations(every):
            for count, found in enumerate(self.after(every, order)):
                remaining = tuple(sorted(order[count:]))
                if remaining not in alone:
                    (alone[remaining],) = self.after(remaining)
                assert more(found, alone[remaining]) == {}, order[:count]
                assert more(alone[remaining], found) == {}, order[:count]


# --- people -----------------------------------------------------------------------------------


PERSON = st.fixed_dictionaries(
    {
        "has_name": st.booleans(),
        "language": st.sampled_from(["fi", "sv"]),
        "title": st.sampled_from([None, "", "johtaja", "rehtori"]),
        "languages": st.sampled_from([[], ["fi"], ["sv", "en"]]),
        "basis": st.sampled_from(["", "interest", "contract"]),
        "number": st.sampled_from(["+358401234567", "+358407654321"]),
        "pace": st.sampled_from(["", "weekly", "monthly"]),
        "rights": st.sampled_from(["", "member", "admin"]),
        "word": st.sampled_from(["grant", "withdraw", "object"]),
        "verdict": st.sampled_from([None, "", "distinct"]),
        "has_contact": st.booleans(),
    }
)
CHOICES = st.dictionaries(
    st.sampled_from(["name", "language", "email", "title", "languages", "source"]),
    st.sampled_from(["kept", "other"]),
)


def person(letter, has, shop, third, by):
    """Somebody with the drawn things, and one row of each other kind."""
    made = factories.person(f"{letter}@example.org", name=letter.upper() * has["has_name"])
    Person.objects.filter(pk=made.pk).update(language=has["language"])
    if has["title"] is not None:
        basis = {"basis": has["basis"], "from_others_at": NOW - DAY} if has["basis"] else {}
        card = ContactPerson.objects.create(
            person=made, title=has["title"], languages=has["languages"], **basis
        )
        ContactPhone.objects.create(contact=card, number=has["number"], is_primary=True)
    if has["pace"]:
        Preference.objects.create(person=made, purpose="newsletter", frequency=has["pace"])
    if has["rights"]:
        Affiliation.objects.create(
            person=made,
            organisation=shop,
            rights=has["rights"],
            title=has["rights"],
            since=NOW - DAY,
            is_primary=True,
        )
    if has["verdict"] is not None:
        left, right = sorted([made, third], key=lambda each: each.pk)
        decided = {"verdict": has["verdict"], "verdict_at": NOW} if has["verdict"] else {}
        Duplicate.objects.create(left_person=left, right_person=right, score=70, **decided)
    if has["has_contact"]:
        NamedContact.objects.create(person=made, user=by, chosen="hand", since=NOW - DAY)
    Task.objects.create(person=made, what=f"soita {letter}", due_at=NOW)
    factories.enrolment(factories.run(), made)
    say(made, has["word"])
    return made


def say(who, word):
    if word == "grant":
        factories.grant(who)
    elif word == "object":
        ledger.object_to_marketing(Person.objects.get(pk=who.pk), method="form")
    else:
        ledger.withdraw(who, "newsletter", method="form")


def add_to_person(who, number):
    """What comes between the merges, and after them: new rows, and an edit."""
    who = who.standing
    Task.objects.create(person=who, what=f"uusi {number}", due_at=NOW)
    Address.objects.create(person=who, email=f"new{number}@example.org", is_primary=False)
    if number == 0:
        Person.objects.filter(pk=who.pk).update(name="Muutettu")
        User.objects.filter(person=who).update(name="Muutettu")


@given(
    drawn=st.tuples(PERSON, PERSON, PERSON),
    choices=st.tuples(CHOICES, CHOICES),
    account=st.sampled_from([None, A, B, C]),
    shape=st.sampled_from(sorted(SHAPES)),
    is_edited=st.booleans(),
)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_people_are_as_without_the_merges_undone(
    set_clock, drawn, choices, account, shape, is_edited
):
    with nothing_stays():
        set_clock(NOW)
        by = factories.user()
        shop, third = factories.organisation("Konepaja Oy"), factories.person(name="Kolmas")
        three = [person(*each, shop, third, by) for each in zip("abc", drawn, strict=True)]
        if account is not None:
            user = User.objects.create_user(three[account].email, name=three[account].name)
            Person.objects.filter(pk=three[account].pk).update(user=user)
        merges = [(*pair, chosen) for pair, chosen in zip(SHAPES[shape], choices, strict=True)]
        World(three, merges, by, set_clock, add_to_person if is_edited else None).holds()


# --- organisations ----------------------------------------------------------------------------


IDS = ("2077474-0", "1234567-1", "0112038-9")
FIRM = st.fixed_dictionaries(
    {
        "has_id": st.booleans(),
        "industry": st.sampled_from(["", "28", "62"]),
        "website": st.sampled_from(["", "https://a.example/", "https://b.example/"]),
        "domain": st.sampled_from(["konepaja.example", "verkstad.example"]),
        "other_name": st.sampled_from(["Paja", "PAJA", "Verkstad"]),
        "kind": st.sampled_from(["postal", "visiting"]),
        "works_there": st.sampled_from(["", "member", "admin"]),
        "under": st.sampled_from([None, A, B, C, "top"]),
        "verdict": st.sampled_from([None, "", "distinct"]),
    }
)
FIELDS = st.dictionaries(
    st.sampled_from(["name", "business_id", "industry", "website", "parent"]),
    st.sampled_from(["kept", "other"]),
)


def firm(number, has, worker, third, by):
    made = Organisation.objects.create(
        name=f"Firma {number} Oy",
        business_id=IDS[number] if has["has_id"] else "",
        industry=has["industry"],
        website=has["website"],
    )
    OrganisationDomain.objects.create(organisation=made, domain=has["domain"])
    OrganisationName.objects.create(organisation=made, name=has["other_name"])
    OrganisationAddress.objects.create(organisation=made, kind=has["kind"], city=f"Kylä {number}")
    Organisation.objects.create(name=f"Tytär {number} Oy", parent=made)
    NamedContact.objects.create(organisation=made, user=by, chosen="hand", since=NOW - DAY)
    Task.objects.create(organisation=made, what=f"soita {number}", due_at=NOW)
    factories.run(kind="company", organisation=made, starts_on=TODAY + (20 + number) * DAY)
    if has["works_there"]:
        rights = has["works_there"]
        Affiliation.objects.create(
            person=worker, organisation=made, rights=rights, title=f"{number}", since=NOW - DAY
        )
    if has["verdict"] is not None:
        left, right = sorted([made, third], key=lambda each: each.pk)
        decided = {"verdict": has["verdict"], "verdict_at": NOW} if has["verdict"] else {}
        Duplicate.objects.create(
            left_organisation=left, right_organisation=right, score=70, **decided
        )
    return made


def put_under(three, drawn):
    """Under one another as drawn, as far as that makes no circle."""
    top = Organisation.objects.create(name="Konserni Oy")
    above = {}
    for number, has in enumerate(drawn):
        at = has["under"]
        while at in above:
            at = above[at]
        if has["under"] is not None and at != number:
            above[number] = has["under"]
            parent = top if has["under"] == "top" else three[has["under"]]
            Organisation.objects.filter(pk=three[number].pk).update(parent=parent)


def add_to_firm(firm, number):
    firm = firm.standing
    Task.objects.create(organisation=firm, what=f"uusi {number}", due_at=NOW)
    OrganisationDomain.objects.create(organisation=firm, domain=f"new{number}.example")
    if number == 0:
        Organisation.objects.filter(pk=firm.pk).update(website="https://new.example/")


@given(
    drawn=st.tuples(FIRM, FIRM, FIRM),
    choices=st.tuples(FIELDS, FIELDS),
    shape=st.sampled_from(sorted(SHAPES)),
    is_edited=st.booleans(),
)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_organisations_are_as_without_the_merges_undone(
    set_clock, drawn, choices, shape, is_edited
):
    with nothing_stays():
        set_clock(NOW)
        by, worker = factories.user(), factories.person()
        third = factories.organisation("Kolmas Oy")
        three = [firm(number, has, worker, third, by) for number, has in enumerate(drawn)]
        put_under(three, drawn)
        merges = [(*pair, chosen) for pair, chosen in zip(SHAPES[shape], choices, strict=True)]
        World(three, merges, by, set_clock, add_to_firm if is_edited else None).holds()
