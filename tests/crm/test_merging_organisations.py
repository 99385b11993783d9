"""Two organisations become one, and forms that were open are told of a merge and of its undoing (C1.4)."""

from dataclasses import replace

import pytest

from crm import (
    contacts,
    duplicates,
    merging,
    organisations,
    tasks,
    undoing,
)
from crm.likeness import Body
from crm.models import (
    ContactPerson,
    Organisation,
    OrganisationAlias,
    OrganisationDomain,
    OrganisationName,
    Task,
)
from crm.versions import StaleError
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def by():
    return factories.staff(None, "manager", "manager@example.org")


@pytest.fixture
def liisa():
    return factories.person("liisa.virtanen@konepaja.example", name="Liisa Virtanen")


@pytest.fixture
def lisa():
    return factories.person("lisa@example.org", name="Lisa Wirtanen")


# --- organisations --------------------------------------------------------------------------------


def test_organisations_merge_with_their_people_names_and_subsidiaries(liisa, lisa, by):
    kept, other = (
        factories.organisation("Konepaja Oy", liisa),
        factories.organisation("Verkstad Ab", lisa, liisa),
    )
    Organisation.objects.filter(pk=other.pk).update(business_id="2077474-0", industry="28")
    child = Organisation.objects.create(name="Tytär Oy", parent=other)
    for each in (kept, other):
        OrganisationDomain.objects.create(organisation=each, domain="konepaja.example")
    company_run = factories.run(kind="company", organisation=other)
    other.refresh_from_db()
    merging.merge(kept, other, {"name": "other"}, by=by)
    kept = Organisation.objects.get(pk=kept.pk)
    assert (kept.name, kept.business_id, kept.industry) == ("Verkstad Ab", "2077474-0", "28")
    assert list(OrganisationName.objects.values_list("organisation", "name")) == [
        (kept.pk, "Konepaja Oy")
    ]
    child.refresh_from_db()
    company_run.refresh_from_db()
    assert (child.parent, company_run.organisation) == (kept, kept)
    assert list(Organisation.objects.order_by("pk")) == [kept, child]
    assert {each.person for each in kept.affiliations.filter(until=None)} == {liisa, lisa}
    assert merging.survivor_of("organisation", other.pk) == kept


def test_a_kept_subsidiary_takes_its_parents_place(by):
    top = factories.organisation("Konserni Oy")
    middle = Organisation.objects.create(name="Väli Oy", parent=top)
    kept = Organisation.objects.create(name="Konepaja Oy", parent=middle)
    merging.merge(kept, top, {}, by=by)
    kept.refresh_from_db()
    middle.refresh_from_db()
    assert (kept.parent, middle.parent) == (None, kept)


def under(**parents):
    """The names of organisations, and under which each of them is."""
    made = {name: Organisation.objects.create(name=name) for name in parents}
    for name, parent in parents.items():
        Organisation.objects.filter(name=name).update(parent=made.get(parent))
    return made


def parents():
    return dict(Organisation.objects.order_by("pk").values_list("name", "parent__name"))


@pytest.mark.parametrize(
    ("emos", "choices", "parent"),
    [
        ({"emo": None, "kept": None, "other": "emo"}, {}, "emo"),
        ({"emo": None, "kept": "emo", "other": None}, {}, "emo"),
        ({"emo": None, "toinen": None, "kept": "emo", "other": "toinen"}, {}, "emo"),
        (
            {"emo": None, "toinen": None, "kept": "emo", "other": "toinen"},
            {"parent": "other"},
            "toinen",
        ),
        ({"kept": None, "other": "kept"}, {"parent": "other"}, None),
        ({"emo": None, "kept": "emo", "other": "kept"}, {"parent": "other"}, "emo"),
        ({"kept": None, "tytar": "kept", "other": "tytar"}, {"parent": "other"}, None),
        ({"emo": None, "kept": "other", "other": "emo"}, {"parent": "kept"}, "emo"),
    ],
)
def test_the_parent_is_chosen_and_makes_no_circle(by, emos, choices, parent):
    made = under(**emos)
    before = parents()
    kept, other = (Organisation.objects.get(name=name) for name in ("kept", "other"))
    done = merging.merge(kept, other, {"name": "kept"} | choices, by=by)
    kept.refresh_from_db()
    assert (kept.parent and kept.parent.name) == parent
    undoing.undo(done, by=by)
    assert parents() == before
    assert set(before) == set(made)


@pytest.mark.parametrize(
    ("choice", "own", "former"),
    [("kept", "1234567-1", "2077474-0"), ("other", "2077474-0", "1234567-1")],
)
def test_the_business_id_that_is_not_kept_still_means_the_kept_one(by, choice, own, former):
    one = Organisation.objects.create(name="Konepaja Oy", business_id="1234567-1")
    two = Organisation.objects.create(name="Verkstad Ab", business_id="2077474-0")
    done = merging.merge(one, two, {"business_id": choice}, by=by)
    alias = OrganisationAlias.objects.get()
    one.refresh_from_db()
    assert (one.business_id, alias.business_id, alias.kept) == (own, former, one)
    (candidate,) = duplicates.likely(Body(("Jokin Muu Oy",), former))
    assert (candidate.customer, candidate.signs) == (
        one,
        ("business_id_same", "name_differs"),
    )
    undoing.undo(done, by=by)
    assert list(Organisation.objects.order_by("pk").values_list("business_id", flat=True)) == [
        "1234567-1",
        "2077474-0",
    ]
    assert not OrganisationAlias.objects.exists()


# --- who had a form open ----------------------------------------------------------------------------


def test_an_organisations_form_that_was_open_is_told_of_a_merge_and_of_its_undoing(by):
    kept, other = factories.organisation("Konepaja Oy"), factories.organisation("Verkstad Ab")
    child = Organisation.objects.create(name="Tytär Oy", parent=other)
    OrganisationDomain.objects.create(organisation=other, domain="verkstad.example")
    opened = {each: (each.version, organisations.facts_of(each)) for each in (kept, child)}
    done = merging.merge(kept, other, {}, by=by)
    for each, (version, facts) in opened.items():
        with pytest.raises(StaleError):
            organisations.change(each, replace(facts, size="large"), version=version, by=by)
    now = {each: Organisation.objects.get(pk=each.pk).version for each in (kept, child)}
    undoing.undo(done, by=by)
    for each, version in now.items():
        with pytest.raises(StaleError):
            organisations.change(each, opened[each][1], version=version, by=by)
    assert list(OrganisationDomain.objects.values_list("organisation", flat=True)) == [other.pk]
    assert Organisation.objects.get(pk=child.pk).parent == other


def test_a_persons_form_that_was_open_is_told_of_a_merge_and_of_its_undoing(liisa, lisa, by):
    mine = ContactPerson.objects.create(person=liisa)
    theirs = ContactPerson.objects.create(person=lisa, title="toimitusjohtaja")
    card, opened = contacts.facts_of(mine), contacts.version_of(mine)
    done = merging.merge(liisa, lisa, {}, by=by)
    with pytest.raises(StaleError):
        contacts.change(mine, card, version=opened, by=by)
    mine = ContactPerson.objects.get(pk=liisa.pk)
    card, opened, hidden = contacts.facts_of(mine), contacts.version_of(mine), theirs.version
    undoing.undo(done, by=by)
    with pytest.raises(StaleError):
        contacts.change(mine, card, version=opened, by=by)
    titles = ContactPerson.objects.order_by("pk").values_list("title", flat=True)
    assert list(titles) == ["", "toimitusjohtaja"]
    assert ContactPerson.objects.get(pk=lisa.pk).version > hidden


def test_a_tasks_form_that_was_open_is_told(liisa, lisa, by):
    task = factories.task(person=lisa)
    merging.merge(liisa, lisa, {}, by=by)
    with pytest.raises(StaleError):
        tasks.change(task, version=task.version, what="uusi", due_at=NOW, assignee=None)
    assert Task.objects.get().what == "Soita Liisalle"
