"""A question becomes an encounter and a task with a promise; it is answered once, watched, and passed on when late (C5.2)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from common.days import database_now
from consent import permission, suppression
from consent.models import Person, Suppression
from crm import absences, answer_times, questions, tasks, watching
from crm.models import Encounter, Task
from crm.questions import About, AnsweredError
from mailing.models import Delivery
from mailing.templates import render
from portal import invariants
from tests import factories
from tests.crm.test_named_contacts import at_once
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db
PROMISE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # Tuesday 16.00 in Helsinki
(K2,) = [each for each in invariants.INVARIANTS if each.name == "k2"]


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def aino(tamk):
    return factories.staff(tamk, "coordinator", "aino@example.org", name="Aino Mäkelä")


@pytest.fixture
def bo(tamk):
    return factories.staff(tamk, "coordinator", "bo@example.org", name="Bo Öst")


def visitor(address="anna@example.org", **fields):
    return questions.visitor(address, **{"name": "Anna Virtanen", "language": "sv", **fields})


def ask(to, asker=None, text="Voiko tulla illalla?", **about):
    return questions.ask(asker or visitor(), text, to=to, about=About(**about))


def mails(template):
    found = Delivery.objects.filter(message__template=template).select_related("message")
    return list(found.order_by("pk"))


def mails_to(address):
    return [each for each in mails("crm/question_for_staff") if each.address == address]


def mail_of(delivery):
    return render(
        delivery.message.template, delivery.message.language, delivery.message.context
    ).text


# --- asking -----------------------------------------------------------------------------


def test_it_is_an_encounter_on_the_web_and_a_task_with_a_promise(aino, tamk):
    task = ask(aino, course="tekoaly", title="Tekoäly", institution=tamk.pk)
    encounter = Encounter.objects.get(kind="crm.question")
    assert (encounter.channel, encounter.text) == ("web", "Voiko tulla illalla?")
    assert (encounter.person, encounter.data["course"]) == (task.person, "tekoaly")
    assert (task.kind, task.assignee, task.due_at) == ("question", aino, PROMISE)
    assert (task.encounter, task.what) == (encounter, "Voiko tulla illalla?")


def test_an_unknown_address_becomes_a_person_and_permits_nothing(aino):
    person = ask(aino).person
    assert (person.name, person.language, person.email) == (
        "Anna Virtanen",
        "sv",
        "anna@example.org",
    )
    assert not permission.may_contact(person, "newsletter").allowed


def test_a_known_persons_name_stays_as_they_wrote_it(aino):
    factories.person("anna@example.org", name="Anna V.")
    assert ask(aino, visitor(name="Somebody Else")).person.name == "Anna V."
    assert Person.objects.filter(addresses__email="anna@example.org").count() == 1


@pytest.mark.parametrize("reason", [Suppression.Reason.ERASED, Suppression.Reason.OBJECTED])
def test_who_was_erased_or_objects_may_ask(aino, reason):
    suppression.suppress("anna@example.org", reason)
    ask(aino)
    (confirmation,) = mails("crm/question")
    assert confirmation.state == "queued"


def test_the_confirmation_has_the_promise_and_a_copy_in_the_askers_language(aino):
    ask(aino, title="AI i arbetet")
    (confirmation,) = mails("crm/question")
    text = mail_of(confirmation)
    assert (confirmation.address, confirmation.message.language) == ("anna@example.org", "sv")
    assert "Voiko tulla illalla?" in text
    assert "24.11.2026" in text
    assert "Aino Mäkelä" in text


def test_a_visitor_cannot_have_us_mail_links_to_others(aino):
    text = "Buy at https://evil.example/x or www.evil.example!"
    ask(aino, text=text)
    assert "evil" not in mail_of(mails("crm/question")[0])
    ask(aino, questions.member(factories.user("bea@example.org"), language="fi"), text=text)
    assert "https://evil.example/x" in mail_of(mails("crm/question")[1])
    assert {each.text for each in Encounter.objects.filter(kind="crm.question")} == {text}


def test_the_deputy_gets_it_while_the_named_contact_is_away(aino, bo):
    absences.mark(aino, TODAY, TODAY + DAY, bo)
    assert ask(aino).assignee == bo
    (told,) = mails("crm/question_for_staff")
    assert (told.address, told.message.context["why"]) == ("bo@example.org", "asked")


def test_without_anybody_named_it_is_nobodys_and_still_promised():
    task = ask(None)
    assert (task.assignee, task.due_at) == (None, PROMISE)
    assert mails("crm/question_for_staff") == []


def test_what_fails_leaves_nothing_behind(aino, monkeypatch):
    def refuse(*args, **values):
        raise RuntimeError

    monkeypatch.setattr(questions, "confirm", refuse)
    with pytest.raises(RuntimeError), transaction.atomic():
        ask(aino)
    assert not Task.objects.exists()
    assert not Encounter.objects.exists()


# --- answering ----------------------------------------------------------------------------


def test_the_answer_is_mailed_with_the_question_and_a_reply_reaches_who_wrote_it(aino):
    task = ask(aino)
    questions.answer(task, "Voi.\n\nTervetuloa!", by=aino)
    (sent,) = mails("crm/answer")
    assert (sent.address, sent.message.context["contact"]["email"]) == (
        "anna@example.org",
        "aino@example.org",
    )
    text = mail_of(sent)
    assert "Voi.\n\nTervetuloa!" in text
    assert "Voiko tulla illalla?" in text


@pytest.mark.parametrize(("late", "in_time"), [(timedelta(0), 1), (timedelta(seconds=1), 0)])
def test_it_is_written_down_whether_it_came_in_time(aino, set_clock, late, in_time):
    task = ask(aino)
    set_clock(PROMISE + late)
    written = questions.answer(task, "Voi.", by=aino)
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (PROMISE + late, aino)
    assert (written.channel, written.text, written.data["in_time"]) == ("email", "Voi.", in_time)


def test_by_phone_nothing_is_mailed(aino):
    task = ask(aino)
    written = questions.answer_by_phone(task, "Sovittiin iltaryhmästä.", by=aino)
    task.refresh_from_db()
    assert (written.channel, task.done_by) == ("phone", aino)
    assert mails("crm/answer") == []


def test_a_second_answer_is_refused_and_sent_only_when_that_is_meant(aino, bo):
    task = ask(aino)
    questions.answer(task, "Voi.", by=aino)
    with pytest.raises(AnsweredError) as refused:
        questions.answer(task, "Ei voi.", by=bo)
    assert refused.value.task.done_by == aino
    assert len(mails("crm/answer")) == 1
    questions.answer(task, "Myös päivällä.", by=bo, further=True)
    task.refresh_from_db()
    assert (len(mails("crm/answer")), task.done_by) == (2, aino)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(set_clock):
    aino, bo = (factories.staff(None, "coordinator", name=name) for name in ("Aino", "Bo"))
    task = ask(aino)
    raised = at_once(*[lambda by=by: questions.answer(task, "Voi.", by=by) for by in (aino, bo)])
    assert [type(each) for each in raised] == [AnsweredError]
    assert len(mails("crm/answer")) == 1
    assert Encounter.objects.filter(kind="crm.answer").count() == 1


def test_taking_it_makes_it_ones_own_until_it_is_answered(aino, bo):
    task = ask(aino)
    assert questions.take(task, by=bo).assignee == bo
    questions.answer(task, "Voi.", by=bo)
    assert questions.take(task, by=aino).assignee == bo


# --- watching -------------------------------------------------------------------------------


def test_a_late_question_goes_to_a_manager_of_the_institution_once_and_both_are_told(
    aino, tamk, set_clock
):
    factories.staff(None, "manager", "over-all@example.org")
    factories.staff(factories.institution("tty"), "manager", "elsewhere@example.org")
    manager = factories.staff(tamk, "manager", "manager@example.org")
    task = ask(aino, institution=tamk.pk)
    set_clock(PROMISE - timedelta(seconds=1))
    assert watching.watch() == {"away": 0, "late": 0}
    set_clock(PROMISE)
    assert watching.watch() == {"away": 0, "late": 1}
    task.refresh_from_db()
    assert (task.assignee, task.escalated_at) == (manager, PROMISE)
    told = [(each.address, each.message.context["why"]) for each in mails("crm/question_for_staff")]
    assert told == [
        ("aino@example.org", "asked"),
        ("manager@example.org", "late"),
        ("aino@example.org", "passed"),
    ]
    set_clock(PROMISE + 3 * DAY)
    assert watching.watch() == {"away": 0, "late": 0}


def test_nobodys_late_question_goes_to_a_manager_too(set_clock):
    manager = factories.staff(None, "manager")
    task = ask(None)
    set_clock(PROMISE + DAY)
    watching.watch()
    task.refresh_from_db()
    assert task.assignee == manager


@pytest.mark.parametrize("is_anybodys", [True, False])
def test_with_nobody_else_it_stays_and_goes_to_who_comes_later(aino, set_clock, is_anybodys):
    task = ask(aino if is_anybodys else None)
    told = len(mails("crm/question_for_staff"))
    before = Task.objects.filter(pk=task.pk).values().get()
    aino.staff_roles.all().update(role="trainer")  # nobody can be told
    set_clock(PROMISE + DAY + timedelta(seconds=1))
    assert [watching.watch()["late"] for _ in range(2)] == [0, 0]
    assert Task.objects.filter(pk=task.pk).values().get() == before
    assert len(mails("crm/question_for_staff")) == told
    assert list(invariants.broken([K2])) == ["k2"]
    manager = factories.staff(None, "manager")
    assert watching.watch()["late"] == 1
    task.refresh_from_db()
    assert (task.assignee, task.escalated_at) == (manager, database_now())
    assert invariants.broken([K2]) == {}


def test_one_that_was_done_by_a_slip_is_watched_from_the_beginning(aino, set_clock):
    manager = factories.staff(None, "manager")
    task = ask(aino)
    set_clock(PROMISE)
    watching.watch()
    tasks.reopen(tasks.done(task, by=manager), by=manager)
    tasks.hand_over(task, aino)
    set_clock(PROMISE + DAY)
    assert watching.watch()["late"] == 1
    task.refresh_from_db()
    assert (task.assignee, task.escalated_at) == (manager, PROMISE + DAY)


def test_an_answered_one_keeps_when_it_went_to_somebody_else(aino, set_clock):
    """The control: opening it again is what forgets it."""
    manager = factories.staff(None, "manager")
    task = ask(aino)
    set_clock(PROMISE)
    watching.watch()
    assert tasks.done(task, by=manager).escalated_at == PROMISE


def test_an_answered_one_is_left_alone(aino, set_clock):
    factories.staff(None, "manager")
    task = ask(aino)
    questions.answer(task, "Voi.", by=aino)
    set_clock(PROMISE + DAY)
    assert watching.watch() == {"away": 0, "late": 0}


def test_who_goes_away_hands_open_questions_to_the_deputy(aino, bo, set_clock):
    task = ask(aino)
    absences.mark(aino, TODAY + DAY, TODAY + 2 * DAY, bo)
    assert watching.watch() == {"away": 0, "late": 0}
    set_clock(NOW + DAY - timedelta(hours=3))
    assert watching.watch() == {"away": 1, "late": 0}
    task.refresh_from_db()
    assert (task.assignee, task.escalated_at, task.due_at) == (bo, None, PROMISE)
    assert [each.message.context["why"] for each in mails_to("bo@example.org")] == ["asked"]
    assert Encounter.objects.get(kind="crm.question_passed_on").data == {
        "user": bo.pk,
        "task": task.pk,
    }


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_pass_it_on_once(set_clock):
    aino = factories.staff(None, "coordinator")
    factories.staff(None, "manager")
    task = ask(aino)
    Task.objects.filter(pk=task.pk).update(due_at=NOW - 400 * DAY)
    assert at_once(*[watching.watch] * 4) == []
    assert [each.message.context["why"] for each in mails("crm/question_for_staff")] == [
        "asked",
        "late",
        "passed",
    ]


def test_a_question_that_nobody_watches_breaks_the_promise(aino, set_clock):
    factories.staff(None, "manager")
    ask(aino)
    set_clock(PROMISE + DAY + timedelta(seconds=1))
    assert list(invariants.broken([K2])) == ["k2"]
    watching.watch()
    assert invariants.broken([K2]) == {}


# --- figures ----------------------------------------------------------------------------------


def test_the_figures_are_of_the_last_ninety_days(aino, set_clock):
    for hours in (2, 4, 40):
        set_clock(NOW)
        task = ask(aino)
        set_clock(NOW + timedelta(hours=hours))
        questions.answer(task, "Voi.", by=aino)
    set_clock(NOW)
    ask(aino)
    found = answer_times.figures(PROMISE)
    assert (found.answered, found.in_time, found.share, found.hours) == (3, 2, 66, 4)
    assert (found.open, found.late) == (1, 1)
    assert answer_times.figures(NOW + 91 * DAY).answered == 0
