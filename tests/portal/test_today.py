"""The workbench's first page: what must I do now, in which order, and nothing that is another's (C2.2, A13)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from lxml import html

from accounts.roles import Role
from consent import ledger
from consent.models import Address
from courses.models import Run
from crm import tasks
from crm.models import Absence, Task
from mailing import outbox
from mailing.models import Delivery
from portal import invariants, today
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db

PAGE = "/staff/"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def me(client, tamk):
    user = factories.staff(tamk, "coordinator")
    client.force_login(user)
    return user


def see(client):
    response = client.get(PAGE, headers={"accept-language": "en"})
    assert response.status_code == 200
    return html.fromstring(response.content).find("body/main")


def text(client):
    return " ".join(see(client).text_content().split()).replace("\xa0", " ")


def rows(client, section):
    found = see(client).cssselect(f"[aria-labelledby={section}] .task-row__what")
    return [" ".join(each.text_content().split()) for each in found]


# --- the order of the day ---------------------------------------------------------------------


def test_late_comes_first_then_what_is_due_today(client, me):
    factories.task("Today", due_at=NOW + 5 * HOUR, assignee=me)
    factories.task("Late", due_at=NOW - 3 * DAY, assignee=me)
    factories.task("Tomorrow", due_at=NOW + DAY, assignee=me)
    assert rows(client, "tasks-title") == ["Late", "Today"]
    assert "Late Fri 20 Nov" in text(client)
    assert "1 task comes due within a week" in text(client)


def test_what_is_due_today_is_not_late_before_the_day_ends(client, me):
    factories.task("Today", due_at=NOW - HOUR, assignee=me)
    assert see(client).cssselect(".task-row__due--late") == []


def test_a_question_is_shown_with_the_moment_it_was_promised_even_when_that_is_ahead(client, me):
    factories.task("When does it begin?", kind="question", due_at=NOW + 2 * DAY, assignee=me)
    factories.task("Is it online?", kind="question", due_at=NOW - HOUR, assignee=me)
    assert rows(client, "questions-title") == ["Is it online?", "When does it begin?"]
    assert "Late Mon 23 Nov 11:00" in text(client)
    assert "Wed 25 Nov 12:00" in text(client)


def test_no_number_of_late_steps_hides_a_question(client, me):
    Task.objects.bulk_create(Task(what="x", due_at=NOW - DAY, assignee=me) for _ in range(101))
    factories.task("Is it online?", kind="question", due_at=NOW + DAY, assignee=me)
    assert rows(client, "questions-title") == ["Is it online?"]
    assert len(rows(client, "tasks-title")) == 100


def test_nor_do_questions_hide_a_step(client, me):
    Task.objects.bulk_create(
        Task(kind="question", what="x", due_at=NOW - DAY, assignee=me) for _ in range(101)
    )
    factories.task("Call the mill", assignee=me)
    assert rows(client, "tasks-title") == ["Call the mill"]


def test_what_is_ahead_is_the_steps_of_six_days_that_are_not_listed(me):
    factories.task("Is it online?", kind="question", due_at=NOW + DAY, assignee=me)
    factories.task("Today", assignee=me)
    restricted = factories.person()
    factories.task("Of her whose data lie still", due_at=NOW + DAY, assignee=me, person=restricted)
    assert today.of(me, NOW).soon == 1
    ledger.restrict(restricted, method="form")
    assert today.of(me, NOW).soon == 0
    factories.task("The sixth day", due_at=tasks.end_of(TODAY + 6 * DAY), assignee=me)
    factories.task("The seventh", due_at=tasks.end_of(TODAY + 7 * DAY), assignee=me)
    assert today.of(me, NOW).soon == 1


def test_a_question_nobody_has_is_everybodys_who_may_answer(client, me):
    factories.task("Whose am I?", kind="question", due_at=NOW + DAY)
    assert rows(client, "questions-title") == ["Whose am I?"]
    Task.objects.update(kind="step")
    assert rows(client, "questions-title") == []


def test_a_deputy_sees_what_falls_due_for_who_is_away(client, me):
    colleague = factories.user(name="Aino Mäkelä")
    factories.task("Call the mill", assignee=colleague)
    assert rows(client, "tasks-title") == []
    Absence.objects.create(user=colleague, deputy=me, since=TODAY, until=TODAY)
    assert rows(client, "tasks-title") == ["Call the mill"]
    assert "Aino Mäkelä" in text(client)


def test_what_is_done_or_anothers_is_not_there(client, me):
    factories.task("Done", assignee=me, done_at=NOW)
    factories.task("Another's", assignee=factories.user())
    factories.task("The house's")
    assert rows(client, "tasks-title") == []


def test_who_had_the_processing_restricted_is_on_no_list(client, me):
    person = factories.person(name="Anna Virtanen")
    factories.task("Call Anna", assignee=me, person=person)
    assert rows(client, "tasks-title") == ["Call Anna"]
    ledger.restrict(person, method="form")
    factories.task("The house's", assignee=me)
    assert rows(client, "tasks-title") == ["The house's"]


# --- what waits elsewhere ------------------------------------------------------------------------


@pytest.fixture
def doubt():
    queued = outbox.queue("mailing/preferences", factories.person(), {})
    row = Delivery.objects.filter(pk=queued.pk)
    row.update(state="claimed", lease_token="0" * 32, lease_until=NOW)
    row.update(state="transmitting", transmit_at=NOW, decision="service")
    row.update(state="in_doubt", lease_token=None, lease_until=None)


def test_a_mail_in_doubt_waits_for_who_may_settle_it(client, me, doubt, tamk):
    assert "1 mail is in doubt: say what became of it" in text(client)
    client.force_login(factories.staff(tamk, "sales"))
    assert "in doubt" not in text(client)


def test_addresses_closed_this_week_are_counted(client, me):
    for days in (1, 6, 8):
        factories.person()
        Address.objects.filter(pk=Address.objects.latest("pk").pk).update(
            closed_at=NOW - days * DAY, closed_because="hard_bounce"
        )
    assert "2 addresses were closed this week: ask for new ones" in text(client)


def test_a_broken_promise_is_told_to_who_watches_over_them(client, me, tamk):
    Address.objects.filter(person=factories.person()).update(is_primary=False)
    assert invariants.examine() == ["p2"]
    assert "promise of the database" not in text(client)
    client.force_login(factories.staff(tamk, "manager"))
    assert "1 promise of the database does not hold" in text(client)
    cache.clear()
    assert "promise of the database" not in text(client)


# --- runs with too few people ----------------------------------------------------------------------


def run_of(institution, **fields):
    course = factories.course("Tekoäly", institution=institution)
    return factories.run(course, **{"minimum": 2, **fields})


def test_a_run_that_begins_soon_with_too_few_people_is_shown(client, me, tamk):
    run = run_of(tamk)
    factories.enrolment(run)
    assert rows(client, "runs-title") == ["Tekoäly"]
    assert "1 enrolled, 2 needed" in text(client)
    factories.enrolment(run)
    assert rows(client, "runs-title") == []


@pytest.mark.parametrize(
    "fields",
    [
        {"minimum": 0},
        {"state": Run.State.CANCELLED},
        {"state": Run.State.DRAFT},
        {"starts_on": TODAY + 31 * DAY},
        {"starts_on": TODAY - DAY, "ends_on": TODAY},
        {"seats": None},
    ],
    ids=str,
)
def test_other_runs_are_not(client, me, tamk, fields):
    run_of(tamk, **fields)
    assert rows(client, "runs-title") == []


@pytest.mark.parametrize("status", ["waiting", "offered", "cancelled"])
def test_only_who_has_a_seat_counts(client, me, tamk, status):
    factories.enrolment(run_of(tamk, minimum=1), status=status)
    assert rows(client, "runs-title") == ["Tekoäly"]


def test_another_institutions_run_is_its_own(client, me):
    run_of(factories.institution("tty"))
    assert rows(client, "runs-title") == []


def test_a_role_over_all_institutions_sees_every_run(client):
    client.force_login(factories.staff(None, "coordinator"))
    run_of(factories.institution("tty"))
    assert rows(client, "runs-title") == ["Tekoäly"]


def test_who_sees_no_offering_is_not_told_of_it(client, tamk):
    client.force_login(factories.staff(tamk, "sales"))
    run_of(tamk)
    assert rows(client, "runs-title") == []


# --- nothing to do, and who may look ----------------------------------------------------------------


def test_a_day_without_anything_says_something_kind(client, me):
    seen = text(client)
    assert "All is done for today" in seen
    assert "cup of coffee" in seen


def test_with_something_ahead_it_says_where(client, me):
    factories.task(due_at=NOW + 2 * DAY, assignee=me)
    assert "A look ahead, perhaps: 1 task comes due within a week" in text(client)


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_has_its_own_day(client, tamk, role):
    client.force_login(factories.staff(tamk, role) if role else factories.user())
    assert client.get(PAGE).status_code == (200 if role else 403)


def test_what_a_role_may_not_see_is_not_asked(me, tamk, monkeypatch):
    asked = []

    def counted(user):
        asked.append(user)
        return 1

    counting = [replace(each, count=counted) for each in today.WAITING]
    monkeypatch.setattr(today, "WAITING", counting)
    today.of(factories.staff(tamk, "trainer"), NOW)
    assert asked == []
    today.of(me, NOW)
    assert asked == [me] * 4  # all but the promises of the database, which the auditors see


def test_the_page_asks_the_same_however_much_waits(
    client, me, tamk, doubt, django_assert_num_queries
):
    for number in range(20):
        person = factories.person()
        factories.task(person=person, assignee=me, due_at=NOW - number * DAY)
        factories.task(kind="question", person=person, organisation=factories.organisation())
        run_of(tamk)
    client.get(PAGE)
    with django_assert_num_queries(QUERIES):
        client.get(PAGE)


QUERIES = 12


def test_more_than_anybody_can_do_in_a_day_is_cut_short(client, me):
    Task.objects.bulk_create(Task(what="x", due_at=NOW, assignee=me) for _ in range(101))
    assert len(rows(client, "tasks-title")) == 100
