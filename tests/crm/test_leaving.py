"""Whoever leaves, no customer is left without somebody who answers (C5.3)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from consent import erasure
from crm import absences, answering, jobs, leaving, named_contacts
from crm.choosing import NobodyLeftError
from crm.models import Absence, ContactRule, Encounter, NamedContact, Task
from crm.named_contacts import UnreachableError
from mailing.models import Delivery
from portal import invariants
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def leaver():
    return factories.staff(None, "coordinator", "leaver@example.org", name="Lähtevä")


@pytest.fixture
def stays():
    return factories.staff(None, "coordinator", name="Jäävä")


def customer_of(user, **whose):
    return NamedContact.objects.create(
        user=user, chosen="rule", **(whose or {"person": factories.person()})
    )


def gone(user):
    user.staff_roles.all().delete()
    return user


def test_customers_go_to_others_by_the_rules_and_the_history_is_kept(leaver, stays):
    person, organisation = factories.person(), factories.organisation()
    customer_of(leaver, person=person), customer_of(leaver, organisation=organisation)
    assert leaving.leave(gone(leaver), by=stays) == 2
    for whose in ({"person": person}, {"organisation": organisation}):
        history = NamedContact.objects.filter(**whose).order_by("pk")
        assert [(each.user, each.until is None) for each in history] == [
            (leaver, False),
            (stays, True),
        ]
        assert Encounter.objects.get(**whose).data == {"user": stays.pk}


def test_a_second_time_finds_nothing(leaver, stays):
    customer_of(leaver)
    leaving.leave(gone(leaver))
    assert leaving.leave(leaver) == 0
    assert NamedContact.objects.count() == 2


def test_with_nobody_left_it_is_refused_and_nothing_changes(leaver):
    mine = customer_of(leaver)
    rule = ContactRule.objects.create(user=leaver)
    with pytest.raises(NobodyLeftError):
        leaving.leave(gone(leaver))
    assert list(NamedContact.objects.current()) == [mine]
    assert list(ContactRule.objects.all()) == [rule]


def test_somebody_who_still_has_a_role_keeps_everything(leaver, stays):
    mine = customer_of(leaver)
    leaving.leave_if_gone(leaver, stays)
    assert NamedContact.objects.current().get() == mine


def test_their_rules_go_and_absences_get_another_deputy(leaver, stays):
    away = factories.staff(None, "sales", name="Poissa")
    ContactRule.objects.create(user=leaver)
    absence = absences.mark(away, TODAY, TODAY + 5 * DAY, leaver)
    leaving.leave(gone(leaver))
    absence.refresh_from_db()
    assert absence.deputy == stays
    assert not ContactRule.objects.exists()
    assert answering.on_behalf_of(away, on=TODAY) == stays


def test_a_new_deputy_is_one_who_is_there(leaver, stays):
    """Jäävä is away on a day of it, with Poissa as deputy: only the seller answers on every day."""
    away = factories.staff(None, "coordinator", name="Poissa")
    seller = factories.staff(None, "sales", name="Saara")
    absences.mark(away, TODAY, TODAY + 5 * DAY, leaver)
    absences.mark(stays, TODAY + 3 * DAY, TODAY + 3 * DAY, seller)
    leaving.leave(gone(leaver))
    assert absences.unanswered(TODAY, TODAY + 5 * DAY) is None


def test_who_stood_in_for_two_at_once_is_replaced_for_both(leaver, stays):
    absent = [factories.staff(None, "sales", name=name) for name in ("Aino", "Bo")]
    for each in absent:
        absences.mark(each, TODAY, TODAY + 5 * DAY, leaver)
    leaving.leave(gone(leaver))
    assert [answering.on_behalf_of(each, on=TODAY) for each in absent] == [stays, stays]


def test_a_deputy_may_be_away_whose_own_is_replaced_after(leaver):
    """Bo, who alone stays, is away himself with the leaver as his deputy: Aino's waits until his is found."""
    bo = factories.staff(None, "coordinator", name="Bo")
    aino = factories.staff(None, "sales", name="Aino")
    seller = factories.staff(None, "sales", name="Saara")
    absences.mark(aino, TODAY, TODAY + DAY, leaver)
    absences.mark(bo, TODAY, TODAY + DAY, leaver)
    absences.replace_deputy(gone(leaver), [bo.pk, seller.pk])
    assert [answering.on_behalf_of(each, on=TODAY) for each in (aino, bo)] == [seller, seller]


def test_where_two_could_only_stand_in_for_each_other_nobody_is_left(leaver):
    both = [factories.staff(None, "sales", name=name) for name in ("Aino", "Bo")]
    marked = [absences.mark(each, TODAY, TODAY + DAY, leaver) for each in both]
    with pytest.raises(NobodyLeftError):
        leaving.leave(gone(leaver))
    for absence in marked:
        absence.refresh_from_db()
        assert absence.deputy == leaver


def test_what_they_had_promised_follows_the_customer(leaver, stays):
    seller = factories.staff(None, "sales", name="Saara")
    person, stranger = factories.person(), factories.person()
    customer_of(seller, person=person)
    for who in (person, stranger):
        Task.objects.create(what="Soita", person=who, assignee=leaver, due_at=NOW)
    done = Task.objects.create(
        what="Tehty", person=person, assignee=leaver, due_at=NOW, done_at=NOW, done_by=leaver
    )
    leaving.leave(gone(leaver))
    assert Task.objects.get(person=stranger).assignee == stays
    assert Task.objects.get(person=person, done_at=None).assignee == seller
    done.refresh_from_db()
    assert done.assignee == leaver


def told():
    """Who of staff was told of which question, and why."""
    rows = Delivery.objects.filter(message__template="crm/question_for_staff").order_by("pk")
    return [
        (each.address, each.message.context["task"], each.message.context["why"]) for each in rows
    ]


@pytest.mark.parametrize("way", ["leaves", "hands over"])
def test_whoever_gets_a_question_is_told_once_and_the_timeline_says_so(leaver, stays, way):
    person = factories.person()
    question = factories.task("Voiko?", kind="question", person=person, assignee=leaver)
    factories.task("Soita", person=person, assignee=leaver)
    factories.task("Vastattu?", kind="question", person=person, assignee=leaver, done_at=NOW)
    if way == "leaves":
        leaving.leave(gone(leaver))
        leaving.leave(leaver)
    else:
        leaving.hand_over(leaver, stays, by=stays)
    question.refresh_from_db()
    assert question.assignee == stays
    assert told() == [(stays.email, question.pk, "asked")]
    passed = Encounter.objects.get(kind="crm.question_passed_on")
    assert (passed.person, passed.data) == (person, {"user": stays.pk, "task": question.pk})


def test_who_waits_for_an_answer_is_locked_with_the_customers_and_before_organisations(
    leaver, stays
):
    asker = factories.person()
    customer_of(leaver), customer_of(leaver, organisation=factories.organisation())
    factories.task("Voiko?", kind="question", person=asker, assignee=leaver)
    with CaptureQueriesContext(connection) as queries:
        leaving.leave(gone(leaver))
    locks = [each["sql"] for each in queries if "FOR NO KEY UPDATE" in each["sql"]]
    asked, organisations = (
        [f'FROM "{table}"' in each for each in locks].index(True)
        for table in ("crm_task", "crm_organisation")
    )
    assert (asked, organisations > asked) == (0, True)


def test_handing_over_is_by_hand(leaver, stays):
    customer_of(leaver)
    assert leaving.hand_over(leaver, stays, by=stays) == 1
    now = NamedContact.objects.current().get()
    assert (now.user, now.chosen, now.by) == (stays, "hand", stays)


def test_handing_over_to_who_cannot_answer_is_refused(leaver, stays):
    mine = customer_of(leaver)
    with pytest.raises(UnreachableError):
        leaving.hand_over(leaver, gone(stays), by=leaver)
    assert NamedContact.objects.current().get() == mine


def test_erasing_one_of_staff_is_leaving(leaver, stays):
    person = factories.person()
    customer_of(leaver, person=person)
    assert erasure.erase("leaver@example.org").finished_at
    assert answering.of(person, on=TODAY) == (stays, stays)
    assert NamedContact.objects.filter(user=leaver).count() == 0


def test_the_last_of_staff_is_erased_all_the_same(leaver):
    customer_of(leaver)
    assert erasure.erase("leaver@example.org").finished_at
    assert not NamedContact.objects.exists()


MANY = """
WITH people AS (
  INSERT INTO consent_person (kind, name, language, created_at)
  SELECT 'natural', 'Asiakas ' || n, 'fi', portal_now() FROM generate_series(1, 9000) n RETURNING id
), bodies AS (
  INSERT INTO crm_organisation (name, business_id, industry, size, website, einvoice_address, einvoice_operator, source)
  SELECT 'Oy ' || n, '', '', '', '', '', '', '' FROM generate_series(1, 1000) n RETURNING id
)
INSERT INTO crm_namedcontact (person_id, organisation_id, user_id, chosen)
SELECT id, NULL, %(user)s, 'rule' FROM people UNION ALL SELECT NULL, id, %(user)s, 'rule' FROM bodies
"""


def test_ten_thousand_customers_go_in_slices(leaver, stays):
    another = factories.staff(None, "coordinator", name="Toinen")
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL statement_timeout = 0"
        )  # the test’s own: ten thousand rows at once
        cursor.execute(MANY, {"user": leaver.pk})
    gone(leaver)
    with CaptureQueriesContext(connection) as statements:
        assert leaving.leave(leaver) == 10_000
    loads = [each.customers.current().count() for each in (leaver, stays, another)]
    assert loads == [0, 5_000, 5_000]
    assert len(statements) < 120  # ten for a slice of a thousand


# --- /admin/ --------------------------------------------------------------------------------


def post(client, user, admin, **changes):
    client.force_login(admin)
    roles = list(user.staff_roles.order_by("pk"))
    form = {
        "name": user.name,
        "email": user.email,
        "language": "fi",
        "is_active": "on",
        "staff_roles-TOTAL_FORMS": len(roles),
        "staff_roles-INITIAL_FORMS": len(roles),
        **{f"title_{code}": "" for code in ("fi", "sv", "en")},
    }
    for number, role in enumerate(roles):
        form |= {
            f"staff_roles-{number}-id": role.pk,
            f"staff_roles-{number}-user": user.pk,
            f"staff_roles-{number}-institution": role.institution_id or "",
            f"staff_roles-{number}-role": role.role,
        }
    form |= changes
    return client.post(
        f"/admin/accounts/user/{user.pk}/change/", {k: v for k, v in form.items() if v is not None}
    )


@pytest.fixture
def admin():
    return factories.staff(None, "admin", "admin@example.org", name="Anni")


@pytest.mark.parametrize("change", [{"is_active": None}, {"staff_roles-0-DELETE": "on"}])
def test_shutting_out_and_taking_the_role_in_admin_is_leaving(client, leaver, admin, change):
    person = factories.person()
    customer_of(leaver, person=person)
    assert post(client, leaver, admin, **change).status_code == 302
    assert answering.of(person, on=TODAY) == (admin, admin)


def test_any_other_change_in_admin_moves_nobody(client, leaver, admin):
    mine = customer_of(leaver)
    assert post(client, leaver, admin, name="Uusi nimi").status_code == 302
    assert User.objects.get(pk=leaver.pk).name == "Uusi nimi"
    assert NamedContact.objects.current().get() == mine


def test_the_last_one_cannot_be_shut_out(client, admin):
    mine = customer_of(admin)
    response = post(client, admin, admin, is_active=None)
    assert response.status_code == 302
    assert User.objects.get(pk=admin.pk).is_active
    assert NamedContact.objects.current().get() == mine
    followed = client.get(response.url)
    assert "Mitään ei muutettu" in followed.content.decode()


# --- past the administration ------------------------------------------------------------------


def test_a_role_that_went_past_it_is_found_by_the_job(leaver, stays):
    person, absent = factories.enrolment(factories.run()).person, factories.staff(None, "sales")
    customer_of(leaver, person=person)
    task = factories.task(assignee=leaver, person=person)
    absences.mark(absent, TODAY, TODAY, leaver)
    gone(leaver)
    assert list(broken()) == ["k1"]
    assert jobs.name_contacts() == 1
    assert broken() == {}
    assert answering.of(person, on=TODAY)[1] == stays
    task.refresh_from_db()
    assert (task.assignee, Absence.objects.get().deputy) == (stays, stays)
    assert jobs.name_contacts() == 0


def test_who_still_answers_keeps_all_of_it(leaver, stays):
    mine = customer_of(leaver)
    task = factories.task(assignee=leaver)
    assert jobs.name_contacts() == 0
    task.refresh_from_db()
    assert (NamedContact.objects.current().get(), task.assignee) == (mine, leaver)


def test_where_nobody_could_take_over_all_stays_until_somebody_can(leaver):
    mine = customer_of(leaver)
    gone(leaver)
    assert jobs.name_contacts() == 0
    assert NamedContact.objects.current().get() == mine
    newcomer = factories.staff(None, "sales")
    assert jobs.name_contacts() == 1
    assert NamedContact.objects.current().get().user == newcomer


# --- the promise ------------------------------------------------------------------------------


def broken():
    (promise,) = [each for each in invariants.INVARIANTS if each.name == "k1"]
    return invariants.broken([promise])


def test_a_customer_without_somebody_who_answers_breaks_the_promise(leaver):
    person = factories.enrolment(factories.run()).person
    customer_of(leaver, person=person)
    assert broken() == {}
    gone(leaver)
    factories.staff(None, "sales")
    assert broken() == {"k1": [("person", person.pk)]}


def test_an_absence_without_a_deputy_breaks_it_on_its_days(leaver, stays, set_clock):
    organisation = factories.organisation()
    customer_of(leaver, organisation=organisation)
    absences.mark(leaver, TODAY + DAY, TODAY + DAY, stays)
    gone(stays)
    assert broken() == {}
    set_clock(NOW + DAY)
    assert broken() == {"k1": [("organisation", organisation.pk)]}


def test_who_became_a_customer_an_hour_ago_is_the_jobs(leaver, set_clock):
    factories.enrolment(factories.run())
    assert broken() == {}
    set_clock(NOW + 2 * DAY / 24)
    assert list(broken()) == ["k1"]
    named_contacts.settle_missing()
    assert broken() == {}


def test_without_the_hand_over_shutting_out_breaks_it(client, leaver, admin, monkeypatch):
    """The control: what accounts calls is what keeps the promise."""
    monkeypatch.setattr("accounts.departures.settle", lambda user, by: None)
    person = factories.enrolment(factories.run()).person
    customer_of(leaver, person=person)
    post(client, leaver, admin, is_active=None)
    assert broken() == {"k1": [("person", person.pk)]}


def test_the_promise_is_checked_with_many_customers(leaver):
    """A plan that compares each customer with each contact would take minutes, and be cut off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '30s'")
        cursor.execute(MANY, {"user": leaver.pk})
        cursor.execute(
            "INSERT INTO crm_affiliation (person_id, organisation_id, title, rights, since)"
            " SELECT p.id, o.id, '', 'member', portal_now() FROM consent_person p, (SELECT min(id) AS id FROM crm_organisation) o"
            " WHERE p.name LIKE 'Asiakas%'"
        )
    assert broken() == {}
