"""Likely duplicates are found at entry and by the nightly search, without comparing everybody with everybody (C1.4)."""

import pytest
from django.db import connection, transaction

from consent import ledger
from consent.models import Person
from crm import duplicates, merging, pairs, scanning
from crm.likeness import Body, Who
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Duplicate,
    DuplicateScan,
    Organisation,
    OrganisationDomain,
    OrganisationName,
)
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _night(set_clock):
    set_clock(NOW)


def with_phone(name, number="+358401234567", email=""):
    made = factories.person(email, name=name)
    card = ContactPerson.objects.create(person=made)
    ContactPhone.objects.create(contact=card, number=number)
    return made


def search():
    scanning.begin()
    while scanning.go_on(100):
        pass


def found():
    return [
        (each.left_key, each.right_key, each.score) for each in Duplicate.objects.order_by("pk")
    ]


# --- at entry ---------------------------------------------------------------------------------------


def test_who_is_like_what_a_form_holds_the_likeliest_first():
    near = with_phone("Liisa Virtanen", email="liisa.virtanen@gmail.com")
    factories.person("lv77@luukku.com", name="Virtanen Liisa")  # a namesake, and no more
    factories.person(name="Matti Korhonen")
    form = Who("Liisa Wirtanen", ("liisa.virtanen@konepaja.example",), frozenset({"+358401234567"}))
    candidates = duplicates.likely(form)
    assert [(each.customer, each.score) for each in candidates] == [(near, 95)]
    assert candidates[0].signs == ("name_same", "phone_same", "local_same", "name_common")


def test_somebody_in_the_register_is_not_like_themself():
    mine = with_phone("Liisa Virtanen")
    other = with_phone("Liisa Virtanen")
    assert [each.customer for each in duplicates.likely(mine)] == [other]


def test_an_organisation_by_any_of_its_names():
    turku = Organisation.objects.create(name="Turun Satama Oy", business_id="2077474-0")
    OrganisationName.objects.create(organisation=turku, name="Åbo Hamn Ab", kind="language")
    factories.organisation("Tampereen Satama Oy")
    (candidate,) = duplicates.likely(Body(("Abo Hamn",)))
    assert (candidate.customer, candidate.score) == (turku, 60)
    (same_id,) = duplicates.likely(Body(("Jokin Muu Oy",), "2077474-0"))
    assert (same_id.customer, same_id.score) == (turku, 80)


def test_asking_takes_eight_queries_whatever_is_found(django_assert_num_queries):
    mine = with_phone("Liisa Virtanen")
    with_phone("Liisa Virtanen")
    with django_assert_num_queries(8):
        duplicates.likely(mine)


@pytest.mark.parametrize("text", ["", "x" * 5000, "'; DROP TABLE consent_person; --", "%s %(x)s"])
def test_odd_text_finds_nobody(text):
    factories.person(name="Liisa Virtanen")
    assert duplicates.likely(Who(text, (f"{text[:50]}@x.example",))) == []
    assert duplicates.likely(Body((text,))) == []


# --- the nightly search -------------------------------------------------------------------------------


def test_it_finds_by_phone_address_name_at_a_domain_and_organisation():
    phones = [with_phone("Teemu Rantanen"), with_phone("Teemu Rantenen")]
    locals_ = [
        factories.person(f"jukka.lehtonen@{domain}", name="Jukka Lehtonen")
        for domain in ("gmail.com", "tehdas.example")
    ]
    near = [
        factories.person("sanna.heikkinen@paja.example", name="Sanna Heikkinen"),
        factories.person("sanna.hiekkinen@paja.example", name="Sanna Hiekkinen"),
    ]
    work = factories.organisation("Kunta")
    colleagues = [factories.person(name="Outi Salmela") for _ in range(2)]
    for each in colleagues:
        Affiliation.objects.create(person=each, organisation=work, since=NOW - DAY)
    factories.person("matti@paja.example", name="Matti Korhonen")
    search()
    pairs_found = {tuple(pair[:2]) for pair in found()}
    wanted = {tuple(each.pk for each in two) for two in (phones, locals_, near, colleagues)}
    assert wanted <= pairs_found


def test_it_finds_organisations_by_name_and_domain():
    one, two = (
        factories.organisation("Tampereen Konepaja Oy"),
        factories.organisation("Tampereen Konepaja"),
    )
    for name in ("Ohjelmistotalo Oy", "Järvi-Suomen Ohjelmistotalo Oy"):
        made = factories.organisation(name)
        OrganisationDomain.objects.create(organisation=made, domain="jso.example")
    search()
    assert found() == [(one.pk, two.pk, 60), (one.pk + 2, one.pk + 3, 60)]


def test_what_was_decided_stays_decided_and_is_scored_again():
    one, two = with_phone("Liisa Virtanen"), with_phone("Liisa Wirtanen")
    search()
    pair = Duplicate.objects.get()
    pairs.set_apart(pair, by=factories.user("myyja@example.org"))
    DuplicateScan.objects.all().delete()
    search()
    pair.refresh_from_db()
    assert (pair.verdict, found()) == ("distinct", [(one.pk, two.pk, 100)])


def test_whose_data_lie_still_is_compared_with_nobody():
    one, two = with_phone("Liisa Virtanen"), with_phone("Liisa Wirtanen")
    ledger.restrict(one, method="form")
    search()
    assert found() == []
    ledger.release(one, method="form")
    DuplicateScan.objects.all().delete()
    search()
    assert found() == [(one.pk, two.pk, 100)]


def test_a_pair_that_is_alike_no_more_goes():
    one, _two = with_phone("Liisa Virtanen"), with_phone("Liisa Virtanen")
    search()
    assert Duplicate.objects.count() == 1
    Person.objects.filter(pk=one.pk).update(name="Kalle Korhonen")
    DuplicateScan.objects.all().delete()
    search()
    assert found() == []


def test_organisations_that_are_alike_no_more_go_and_what_was_decided_stays():
    one, two, third = (factories.organisation("Konepaja Oy") for _ in range(3))
    search()
    assert Duplicate.objects.count() == 3
    pairs.set_apart(Duplicate.objects.get(left_organisation=one, right_organisation=two), by=None)
    Organisation.objects.filter(pk=one.pk).update(name="Metsäkonttori Oy")
    DuplicateScan.objects.all().delete()
    search()
    left = [(each.left_key, each.right_key, each.verdict) for each in Duplicate.objects.all()]
    assert sorted(left) == [(one.pk, two.pk, "distinct"), (two.pk, third.pk, "")]


def test_an_alias_is_not_found():
    by = factories.user("myyja@example.org", name="Maija Myyjä")
    one, two = with_phone("Liisa Virtanen"), with_phone("Liisa Virtanen")
    merging.merge(one, two, {}, by=by)
    search()
    assert [each.verdict for each in Duplicate.objects.all()] == ["merged"]


def test_it_begins_once_a_day(set_clock):
    scanning.begin()
    scanning.begin()
    assert DuplicateScan.objects.count() == 3
    search()
    scanning.begin()
    assert DuplicateScan.objects.count() == 3
    set_clock(NOW + DAY)
    scanning.begin()
    assert DuplicateScan.objects.count() == 6


def test_it_goes_on_where_it_was_left(monkeypatch):
    monkeypatch.setattr(scanning, "SLICE", 2)
    people = [factories.person(name=f"Henkilö {number}") for number in range(5)]
    scan = scanning.start("people")
    assert scanning.look(scan)
    scan.refresh_from_db()
    assert (scan.after, scan.seen, scan.finished_at) == (people[1].pk, 2, None)
    while scanning.look(scan):
        pass
    scan.refresh_from_db()
    assert (scan.seen, scan.finished_at) == (5, NOW)


def test_a_domain_with_a_crowd_is_a_slice_of_its_own(monkeypatch):
    monkeypatch.setattr(scanning, "CROWD", 3)
    for domain, count in (("a.example", 2), ("b.example", 4), ("c.example", 1)):
        for number in range(count):
            factories.person(f"henkilo{number}@{domain}", name=f"Nimi {number}")
    assert scanning.next_domains("") == ["a.example"]
    assert scanning.next_domains("a.example") == ["b.example"]
    assert scanning.next_domains("b.example") == ["c.example"]


def test_in_a_crowd_of_names_alike_each_is_compared_with_the_nearest_alone():
    crowd = {number: f"opiskelija {number:04}" for number in range(500)}
    crowd |= {1000: "lisa virtanen", 1001: "lisa wirtanen"}
    pairs = scanning.alike(crowd)
    assert (1000, 1001) in pairs
    assert len(pairs) <= len(crowd) * scanning.NEAREST == 5020


def compared():
    """How many pairs of people the search compares."""
    values = {"after": 0, "last": 10**9, "general": [], "shared": 3}
    with connection.cursor() as cursor:
        cursor.execute(scanning.PEOPLE_PAIRS, values)
        return len(cursor.fetchall())


@pytest.mark.parametrize(("people", "count"), [(3, 3), (4, 0)])
def test_a_number_that_many_share_tells_of_none_of_them(people, count):
    for number in range(people):
        with_phone(f"Nimi {number}")
    assert compared() == count


@pytest.mark.parametrize(("people", "count"), [(3, 3), (4, 0)])
def test_what_stands_before_the_at_of_many_tells_of_none_of_them(people, count):
    for number in range(people):
        factories.person(f"liisa.virtanen@posti{number}.example", name=f"Nimi {number}")
    assert compared() == count


@pytest.mark.parametrize(("people", "count"), [(3, 3), (4, 0)])
def test_a_name_that_many_have_at_one_organisation_tells_of_none_of_them(people, count):
    work = factories.organisation("Konepaja Oy")
    for number in range(people):
        factories.contact(f"osoite{number}@konepaja.example", work, name="Liisa Virtanen")
    assert compared() == count


def test_people_without_a_name_at_one_organisation_are_not_compared():
    work = factories.organisation("Konepaja Oy")
    for number in range(3):
        factories.contact(f"osoite{number}@konepaja.example", work, name="")
    assert compared() == 0


def test_a_slice_that_takes_too_long_leaves_nothing_and_is_told_of(monkeypatch, caplog):
    with_phone("Liisa Virtanen")
    scan = scanning.start("people")
    monkeypatch.setattr(scanning, "PATIENCE", "1ms")
    monkeypatch.setitem(scanning.WAYS, "people", dawdle)
    assert not scanning.look(scan)
    assert "statement timeout" in caplog.text
    scan.refresh_from_db()
    assert (scan.seen, scan.finished_at) == (0, None)


def dawdle(scan):
    scan.seen = 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1)")


@pytest.mark.parametrize(
    ("sql", "values", "index"),
    [
        (
            "SELECT id FROM consent_person WHERE name_key(name) = %s",
            ["lisa virtanen"],
            "person_name_key",
        ),
        (
            "SELECT person_id FROM consent_address WHERE split_part(lower(email), '@', 1) = %s",
            ["liisa"],
            "address_local_part",
        ),
        (
            "SELECT person_id FROM consent_address WHERE split_part(lower(email), '@', 2) = %s",
            ["a.example"],
            "address_domain",
        ),
        (
            "SELECT id FROM crm_organisation WHERE name_key(name) %% %s",
            ["konepaja"],
            "organisation_resembles",
        ),
    ],
)
def test_what_is_looked_up_has_an_index(sql, values, index):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", values)
        assert index in "\n".join(line for (line,) in cursor.fetchall())
