"""What staff have promised to do: given, changed, put off, handed over, done and opened again (C2.2)."""

import re
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from crm import tasks, timeline
from crm.models import Absence, Encounter, Task
from crm.tasks import PromisedError
from crm.versions import StaleError
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def seller():
    return factories.staff(factories.institution("tamk"), "sales")


@pytest.fixture
def anna():
    return factories.person("anna@example.org", name="Anna Virtanen")


def values(task):
    """The row as it is in the database."""
    return Task.objects.values().get(pk=task.pk)


def told():
    return list(Encounter.objects.order_by("pk").values_list("kind", "data"))


# --- giving ---------------------------------------------------------------------------------


def test_a_task_says_what_by_when_for_whom_and_who_gave_it(seller, anna):
    given = tasks.give("Call her", due_at=NOW + DAY, by=seller, assignee=seller, about=anna)
    kept = Task.objects.get()
    assert (kept, kept.kind, kept.what, kept.due_at) == (given, "step", "Call her", NOW + DAY)
    assert (kept.person, kept.organisation, kept.encounter) == (anna, None, None)
    assert (kept.assignee, kept.created_by, kept.done_at, kept.version) == (seller, seller, None, 1)
    assert told() == []


def test_what_came_of_an_encounter_is_for_its_person_and_organisation(seller, anna):
    company = factories.organisation("Konepaja Oy", anna)
    encounter = timeline.record("crm.task_done", person=anna, organisation=company, what="x")
    given = tasks.give("Send a quote", due_at=NOW, by=seller, about=encounter)
    assert (given.encounter, given.person, given.organisation) == (encounter, anna, company)


def test_a_task_may_be_for_an_organisation_or_for_the_house(seller):
    company = factories.organisation()
    assert tasks.give("Visit", due_at=NOW, by=seller, about=company).organisation == company
    own = tasks.give("Book a room", due_at=NOW, by=seller)
    assert (own.person, own.organisation) == (None, None)


def test_a_kind_there_is_not_is_refused(seller):
    with pytest.raises(IntegrityError), transaction.atomic():
        tasks.give("Juggle", due_at=NOW, by=seller, kind="trick")
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2026, 11, 23), datetime(2026, 11, 23, 21, 59, tzinfo=UTC)),
        (date(2026, 7, 1), datetime(2026, 7, 1, 20, 59, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 21, 59, tzinfo=UTC)),  # clocks go back
    ],
)
def test_a_day_ends_with_its_last_minute_in_finland(day, moment):
    assert tasks.end_of(day) == moment


# --- changing -------------------------------------------------------------------------------


def test_a_change_is_a_new_version(seller):
    task = factories.task()
    changed = tasks.change(task, version=1, what="Visit", due_at=NOW + DAY, assignee=seller)
    assert (changed.what, changed.due_at, changed.assignee) == ("Visit", NOW + DAY, seller)
    assert changed.version == values(task)["version"] == 2
    assert told() == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda task, by: tasks.change(task, version=1, what="Mine", due_at=NOW, assignee=by),
        lambda task, by: tasks.postpone(task, NOW + 2 * DAY, version=1),
        lambda task, by: tasks.hand_over(task, by, version=1),
        lambda task, by: tasks.done(task, by=by, version=1),
    ],
    ids=["change", "postpone", "hand over", "done"],
)
def test_who_read_it_before_anothers_edit_is_told_and_nothing_is_lost(seller, edit):
    task = factories.task()
    tasks.change(task, version=1, what="Theirs", due_at=NOW + DAY, assignee=None)
    before = values(task)
    with pytest.raises(StaleError):
        edit(task, seller)
    assert values(task) == before
    assert before["what"] == "Theirs"


def test_the_moment_a_customer_was_promised_stays(seller):
    question = factories.task(kind="question")
    before = values(question)
    with pytest.raises(PromisedError):
        tasks.postpone(question, NOW + DAY)
    with pytest.raises(PromisedError):
        tasks.change(question, version=1, what="Q", due_at=NOW + DAY, assignee=None)
    assert values(question) == before


def test_a_question_may_be_anothers(seller):
    question = factories.task(kind="question")
    tasks.change(question, version=1, what="Q", due_at=NOW, assignee=seller)
    assert Task.objects.get().assignee == seller


def test_putting_off_moves_the_moment():
    task = factories.task()
    assert tasks.postpone(task, NOW + 3 * DAY).due_at == NOW + 3 * DAY
    assert (values(task)["due_at"], values(task)["version"]) == (NOW + 3 * DAY, 2)


def test_handing_over_to_who_has_it_changes_nothing(seller):
    task = factories.task(assignee=seller)
    assert tasks.hand_over(task, seller).version == 1
    assert tasks.hand_over(task, None).version == 2
    assert values(task)["assignee_id"] is None


# --- done, and not done after all -------------------------------------------------------------


def test_done_is_stamped_by_the_databases_clock_and_told_to_the_customers_timeline(seller, anna):
    task = factories.task(person=anna)
    tasks.done(task, by=seller)
    row = values(task)
    assert (row["done_at"], row["done_by_id"], row["version"]) == (NOW, seller.pk, 2)
    entry = Encounter.objects.get()
    assert (entry.person, entry.by, entry.kind) == (anna, seller, "crm.task_done")
    assert entry.data == {"what": "Soita Liisalle", "task": task.pk}


def test_done_twice_is_done_once(seller, anna):
    task = factories.task(person=anna)
    tasks.done(task, by=seller, version=1)
    before = values(task)
    tasks.done(task, by=factories.user(), version=1)
    assert values(task) == before
    assert len(told()) == 1


def test_the_houses_own_task_is_on_no_timeline(seller):
    tasks.done(factories.task(), by=seller)
    assert told() == []


def test_who_tells_it_themselves_has_it_told_once(seller, anna):
    tasks.done(factories.task(person=anna), by=seller, is_told=True)
    assert told() == []


def test_opened_again_it_is_due_as_before_and_the_timeline_says_so(seller, anna):
    task = factories.task(person=anna)
    tasks.done(task, by=seller)
    tasks.reopen(task, by=seller)
    row = values(task)
    assert (row["done_at"], row["done_by_id"], row["due_at"]) == (None, None, NOW)
    tasks.reopen(task, by=seller)
    assert [kind for kind, _ in told()] == ["crm.task_done", "crm.task_reopened"]


def test_nothing_is_done_when_the_timeline_cannot_be_written(seller, anna, monkeypatch):
    task = factories.task(person=anna)
    monkeypatch.setattr(tasks.kinds, "TASK_DONE", "crm.juggled")
    with pytest.raises(KeyError):
        tasks.done(task, by=seller)
    assert values(task)["done_at"] is None


def test_the_customers_rows_are_locked_before_the_task(seller, anna):
    task = factories.task(person=anna, organisation=factories.organisation())
    with CaptureQueriesContext(connection) as ran:
        tasks.done(task, by=seller)
    locks = [each["sql"] for each in ran if " FOR " in each["sql"] and "UPDATE" in each["sql"]]
    assert [re.search(r'FROM "(\w+)"', sql)[1] for sql in locks] == [
        "consent_person",
        "crm_organisation",
        "crm_task",
    ]


# --- reading -------------------------------------------------------------------------------


def test_the_most_urgent_come_first_and_the_done_not_at_all(seller):
    late, later = factories.task(due_at=NOW + DAY), factories.task(due_at=NOW + 2 * DAY)
    first = factories.task(due_at=NOW)
    tasks.done(factories.task(), by=seller)
    assert list(Task.objects.open()) == [first, late, later]


@pytest.mark.parametrize(
    ("first", "last", "stands_in"),
    [(-1, 1, True), (0, 0, True), (-3, -1, False), (1, 3, False)],
)
def test_a_deputys_tasks_are_those_of_who_is_away_today(seller, first, last, stands_in):
    colleague, stranger = factories.user(), factories.user()
    Absence.objects.create(
        user=colleague, deputy=seller, since=TODAY + first * DAY, until=TODAY + last * DAY
    )
    own, theirs = factories.task(assignee=seller), factories.task(assignee=colleague)
    factories.task(assignee=stranger)
    factories.task()
    assert set(Task.objects.of(seller, on=TODAY)) == ({own, theirs} if stands_in else {own})


def test_who_sees_no_customers_sees_their_own_tasks_and_what_they_gave(seller):
    trainer = factories.staff(factories.institution("tamk"), "trainer")
    own, given = factories.task(assignee=trainer), factories.task(created_by=trainer)
    other = factories.task(assignee=seller)
    assert set(Task.objects.visible_to(trainer, on=TODAY)) == {own, given}
    assert set(Task.objects.visible_to(seller, on=TODAY)) == {own, given, other}
