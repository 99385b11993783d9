"""Every look at a person is written down, shown to them without names, and forgotten after a year (E3.5, GDPR Art. 15)."""

import pytest

from accounts.models import StaffRole
from consent import erasure, export, ledger, subjects
from consent.models import Person
from crm import jobs, looks, notes
from crm.models import (
    Affiliation,
    Attachment,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Encounter,
    Look,
    Situation,
    Task,
)
from crm.notes import Note
from mailing import outbox
from portal import tidying
from tests import factories
from tests.crm.conftest import ENGLISH, dom, page_of, see, words
from tests.factories import DAY, NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def mine(client, user, language="en"):
    client.force_login(user)
    return words(client.get(f"/{language}/me/looks/"))


@pytest.fixture
def learner():
    return factories.user("liisa@example.org", name="Liisa Oppija")


# --- written down -----------------------------------------------------------------------------


def test_opening_a_persons_page_is_a_look(client, seller, tamk, anna):
    client.get(page_of(anna))
    look = Look.objects.get()
    assert (look.person, look.by, look.page, look.at) == (anna, seller, "person", NOW)
    assert (look.role, look.institution) == ("sales", tamk)


def test_the_permission_page_is_one_of_its_own(client, seller, anna):
    client.get(page_of(anna))
    client.get(f"{page_of(anna)}permission/")
    assert sorted(Look.objects.values_list("page", flat=True)) == ["permission", "person"]


def test_within_an_hour_the_same_page_counts_once(client, seller, anna, set_clock):
    for minutes, count in ((0, 1), (59, 1), (60, 2), (119, 2)):
        set_clock(NOW + minutes * DAY / 1440)
        client.force_login(seller)
        client.get(page_of(anna))
        assert Look.objects.count() == count


def test_each_member_of_staff_and_each_person_counts_alone(anna, seller, coordinator):
    other = factories.person()
    for person in (anna, other):
        for user in (seller, coordinator):
            looks.look(person, user)
    assert Look.objects.count() == 4


def test_writing_does_not_lose_the_look_and_a_refused_one_is_none(client, seller, anna):
    assert client.post(f"{page_of(anna)}notes/", {"kind": "crm.call"}).status_code == 422
    assert Look.objects.count() == 1
    client.force_login(factories.user())
    assert client.get(page_of(anna)).status_code == 403
    assert client.get("/staff/people/99999/").status_code == 403
    assert Look.objects.count() == 1


def test_a_word_that_is_refused_shows_the_page_and_is_a_look(client, seller, anna):
    assert client.post(f"{page_of(anna)}permission/word/", {}).status_code == 422
    assert Look.objects.get().page == "permission"


def test_an_organisations_page_is_a_look_at_those_of_whom_it_tells_more_than_the_name(
    client, seller, anna, konepaja
):
    Affiliation.objects.create(person=factories.person(), organisation=konepaja, since=NOW)
    see(client, konepaja)
    assert not Look.objects.exists()
    note = Note("crm.note", "Jäi yksin lasten kanssa")
    notes.add(note, person=anna, by=seller)
    assert note.text in see(client, konepaja)
    assert Look.objects.get().person == anna


@pytest.mark.parametrize("of", [Task, Situation])
def test_also_by_a_task_or_a_situation_of_theirs_there(client, seller, anna, konepaja, of):
    rest = {"what": "Soita", "due_at": NOW} if of is Task else {"kind": "need", "since": TODAY}
    of.objects.create(person=anna, organisation=konepaja, **rest)
    see(client, konepaja)
    assert Look.objects.get().person == anna


def test_and_a_refused_note_there_shows_the_same(client, seller, anna, konepaja):
    notes.add(Note("crm.note", "Kertoi"), person=anna, by=seller)
    assert client.post(f"{page_of(konepaja)}notes/", {}).status_code == 422
    assert Look.objects.get().person == anna


def test_whoever_sees_the_name_on_a_task_of_their_own_has_looked(client, tamk, anna):
    trainer = factories.staff(tamk, "trainer")
    task = factories.task(assignee=trainer, person=anna)
    client.force_login(trainer)
    assert "Anna Virtanen" in words(client.get(f"/staff/tasks/{task.pk}/"))
    look = Look.objects.get()
    assert (look.person, look.by, look.role) == (anna, trainer, "trainer")


def test_a_new_task_for_a_person_is_a_look_at_them(client, seller, anna):
    path = f"/staff/tasks/new/?person={anna.pk}"
    assert "Anna Virtanen" in words(client.get(path))
    assert Look.objects.get().person == anna


def test_so_is_asking_who_has_looked(client, tamk, anna):
    client.force_login(factories.staff(tamk, "manager"))
    assert client.get(f"{page_of(anna)}looks/").status_code == 200
    assert Look.objects.get().person == anna


def test_several_are_written_by_one_statement(anna, seller, django_assert_num_queries):
    people = [anna, Person.objects.get(user=seller), factories.person(), anna]
    list(seller.staff_roles.all())
    with django_assert_num_queries(2):  # the role, and they
        looks.look_at_all(people, seller)
    assert {look.person for look in Look.objects.all()} == {people[0], people[2]}
    with django_assert_num_queries(0):
        looks.look_at_all([], seller)


def test_a_restricted_person_is_looked_at_too(client, seller, anna):
    ledger.restrict(anna, method="form")
    client.get(page_of(anna))
    assert Look.objects.count() == 1


def test_ones_own_data_are_ones_own(client, seller):
    client.get(page_of(Person.objects.get(user=seller)))
    assert not Look.objects.exists()


def test_a_look_costs_one_statement(anna, seller, django_assert_num_queries):
    seller.may("see_people")
    with django_assert_num_queries(2):  # the roles, which the page has at hand, and the look
        looks.look(anna, seller)


def test_the_role_and_institution_stay_those_of_then(client, seller, tamk, anna):
    client.get(page_of(anna))
    StaffRole.objects.filter(user=seller).update(role="trainer", institution=None)
    look = Look.objects.get()
    assert (look.as_role, look.institution) == ("myynti", tamk)


def test_two_side_by_side_are_both_looked_at(client, seller, tamk, anna):
    other = factories.person(name="Ana Asiakas")
    pair = Duplicate.objects.create(left_person=anna, right_person=other, score=90, reasons=[])
    client.get(f"/staff/duplicates/{pair.pk}/")
    assert set(Look.objects.values_list("person", "by", "page", "role", "institution")) == {
        (each.pk, seller.pk, "person", "sales", tamk.pk) for each in (anna, other)
    }


def test_organisations_side_by_side_are_nobody(client, seller):
    one, two = (factories.organisation(f"Konepaja {end}") for end in ("Oy", "Ab"))
    pair = Duplicate.objects.create(
        left_organisation=one, right_organisation=two, score=90, reasons=[]
    )
    assert client.get(f"/staff/duplicates/{pair.pk}/").status_code == 200
    assert not Look.objects.exists()


def test_a_trainer_who_is_asked_looks_by_that_role(tamk, anna):
    trainer = factories.staff(tamk, "trainer", "kouluttaja@example.org")
    looks.look(anna, trainer)
    assert Look.objects.values_list("role", "institution").get() == ("trainer", tamk.pk)


@pytest.mark.parametrize(
    ("make", "is_of_anna"),
    [
        (lambda anna: anna, True),
        (lambda anna: ContactPerson(person=anna), True),
        (lambda anna: ContactPhone(contact=ContactPerson(person=anna)), True),
        (lambda anna: Attachment(encounter=Encounter(person=anna)), True),
        (lambda _anna: Encounter(), False),
        (lambda _anna: None, False),
    ],
)
def test_a_row_is_about_the_person_it_leads_to(anna, make, is_of_anna):
    assert looks.whose(make(anna)) == (anna if is_of_anna else None)


def test_the_page_of_who_signs_in_is_a_look_in_the_administration_too(client, learner, tamk):
    for role in ("manager", "admin"):  # one looks, the other may change
        client.force_login(factories.staff(tamk, role))
        assert client.get(f"/admin/accounts/user/{learner.pk}/change/").status_code == 200
        assert client.get("/admin/accounts/user/").status_code == 200
    assert list(Look.objects.order_by("pk").values_list("person", "role")) == [
        (learner.person.pk, "manager"),
        (learner.person.pk, "admin"),
    ]


def test_control_where_accounts_tells_nobody_nothing_is_written(client, learner, tamk, monkeypatch):
    monkeypatch.setattr("accounts.reads.opened", lambda _user, by: None)
    client.force_login(factories.staff(tamk, "admin"))
    assert client.get(f"/admin/accounts/user/{learner.pk}/change/").status_code == 200
    assert not Look.objects.exists()


def test_what_a_persons_record_was_is_a_look_too(client, tamk, anna):
    reader = factories.staff(tamk, "manager")
    client.force_login(reader)
    assert client.get(f"/staff/audit/consent.person/{anna.pk}/").status_code == 200
    assert Look.objects.values_list("person", "by").get() == (anna.pk, reader.pk)


# --- shown to the person ------------------------------------------------------------------------


def test_the_person_sees_role_institution_page_and_time_and_no_name(client, seller, learner):
    client.get(page_of(learner.person))
    seen = mine(client, learner)
    assert "Mon 23 Nov 2026 12:00 sales TAMK Details and timeline" in seen
    assert "Matti" not in seen
    assert "myyja@" not in seen


def test_nobody_sees_anothers(client, seller, learner, anna):
    client.get(page_of(anna))
    assert "Nobody has looked at your data within a year." in mine(client, learner)


def test_a_visitor_is_asked_to_sign_in(client):
    assert "/login/" in client.get("/en/me/looks/").headers["Location"]


def test_the_way_there_is_on_my_pages(client, learner):
    client.force_login(learner)
    page = dom(client.get("/en/me/"))
    assert page.xpath("//main//a[@href='/en/me/looks/']")


def test_the_list_comes_in_pages_and_asks_the_same_however_long(
    client, learner, tamk, django_assert_num_queries
):
    Look.objects.bulk_create(
        Look(
            person=learner.person, page="person", role="sales", institution=tamk, at=NOW - no * DAY
        )
        for no in range(50)
    )
    mine(client, learner)
    with django_assert_num_queries(5):
        page = dom(client.get("/en/me/looks/"))
    assert len(page.xpath("//tbody/tr")) == 20
    assert client.get("/en/me/looks/", {"page": "9" * 12}).status_code == 200


def test_the_export_has_the_looks_without_the_names(seller, anna):
    looks.look(anna, seller)
    found, _packed = export.export("anna@konepaja.fi")
    (section,) = [each for each in found.sections if each.holding.name == "crm.looks"]
    (row,) = section.rows
    assert (row["role"], row["institution"]["is"], row["page"], row["at"]) == (
        "sales",
        "TAMK",
        "person",
        NOW,
    )
    assert "by" not in row
    assert section.holding.whose is not None
    assert not [each for each in found.sections if "Matti Myyjä" in str(each.rows)]


# --- and to those who see the audit ------------------------------------------------------------------


def test_those_who_see_the_audit_see_names(client, seller, tamk, anna):
    client.get(page_of(anna))
    assert "Who has looked at this person" not in see(client, anna)
    client.force_login(factories.staff(tamk, "manager"))
    seen = words(client.get(f"{page_of(anna)}looks/", headers=ENGLISH))
    assert "Mon 23 Nov 2026 12:00 Matti Myyjä sales, TAMK Details and timeline" in seen
    assert "Who has looked at this person" in see(client, anna)


# --- forgotten ----------------------------------------------------------------------------------


def test_a_look_is_kept_for_a_year(anna, seller, set_clock):
    looks.look(anna, seller)
    set_clock(NOW + 365 * DAY)
    assert jobs.forget_looks() == 0
    set_clock(NOW + 366 * DAY)
    assert jobs.forget_looks() == 1
    assert jobs.forget_looks() == 0


def test_erasing_takes_them(anna, seller):
    looks.look(anna, seller)
    assert erasure.erase("anna@konepaja.fi").finished_at
    assert not Look.objects.exists()


def test_erasing_who_looked_leaves_the_look_without_them(anna, seller):
    looks.look(anna, seller)
    assert erasure.erase(seller.email).finished_at
    look = Look.objects.get()
    assert (look.person, look.by, look.role) == (anna, None, "sales")


def test_a_look_keeps_nobody_who_is_known_by_an_unused_code_alone(seller):
    stranger = factories.person("koodi@example.org")
    outbox.queue("accounts/code", stranger, {"code": "1", "what": "sign_in"})
    looks.look(stranger, seller)
    assert tidying.forget_strangers(before=NOW + DAY) == 1
    assert not Person.objects.filter(pk=stranger.pk).exists()
    assert subjects.known_by(seller.email)
