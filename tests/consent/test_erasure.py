"""A person is erased: rows at once, the rest step by step, and what is kept is kept for a reason (D2.4)."""

import json
from dataclasses import replace
from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import Institution, StaffRole, User
from common.days import month_after
from consent import emptying, erasure, permission, privacy, subjects, suppression, verification
from consent.models import Chain, ChainOwner, Event, Evidence, Person, SubjectRequest
from consent.privacy import Erased, Subject, Trace, personal
from courses.models import Course, Enrolment, SearchEntry, Trainer
from courses.search import index
from mailing import deliveries, outbox
from mailing.models import Delivery, Message, Transition
from portal import invariants
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def anna():
    return factories.user("anna@example.org", name="Anna").person


def holding_of(model):
    return next(each for each in privacy.holdings if each.model is model)


# --- the request ---------------------------------------------------------------------------


def test_the_request_is_due_in_a_calendar_month_and_forgets_whom(anna):
    request = erasure.erase("Anna@Example.org")
    assert (request.received_at, request.due_on) == (NOW, date(2026, 12, 23))
    assert (request.subject, request.finished_at) == ({}, NOW)
    assert request.digests == [suppression.digest_of("anna@example.org")]
    assert request.steps[0] == "consent.rows"


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 12, 5), date(2027, 1, 5)),
        (date(2026, 10, 31), date(2026, 11, 30)),
    ],
)
def test_a_month_is_the_same_day_of_the_next(day, due):
    assert month_after(day) == due


def test_the_database_lets_no_finished_request_name_anybody(anna):
    request = erasure.receive(subjects.known_by("anna@example.org"), SubjectRequest.Right.ERASURE)
    with pytest.raises(IntegrityError), transaction.atomic():
        SubjectRequest.objects.filter(pk=request.pk).update(finished_at=NOW, erased_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        SubjectRequest.objects.filter(pk=request.pk).update(finished_at=NOW, subject={})


def test_an_overdue_request_is_noticed(anna):
    request = erasure.receive(subjects.known_by("anna@example.org"), SubjectRequest.Right.ACCESS)
    SubjectRequest.objects.update(due_on=TODAY)
    assert invariants.broken() == {}
    SubjectRequest.objects.update(due_on=TODAY - DAY)
    assert invariants.broken() == {"r2": [(request.pk,)]}


def test_nobody_is_known_by_an_address_that_was_only_typed(anna):
    anna.user.emailaddress_set.create(email="bo@example.org", verified=False)
    with pytest.raises(subjects.UnknownError):
        subjects.known_by("bo@example.org")
    anna.user.emailaddress_set.update(verified=True)
    assert subjects.known_by("bo@example.org").emails == ("anna@example.org", "bo@example.org")


# --- rows --------------------------------------------------------------------------------------


def test_the_chain_is_nobodys_and_the_proof_stands(anna):
    factories.grant(anna, evidence=factories.ledger.Proof("anna@example.org", ip="203.0.113.7"))
    erasure.erase("anna@example.org")
    assert (ChainOwner.objects.count(), Evidence.objects.count()) == (0, 0)
    assert (Chain.objects.count(), Event.objects.count()) == (1, 1)
    assert verification.verify() == []


def test_what_was_bought_stays_and_its_person_has_no_name(anna):
    past = factories.run(starts_on=TODAY - 9 * DAY, ends_on=TODAY - 8 * DAY)
    mine = factories.enrolment(past, anna)
    request = erasure.erase("anna@example.org")
    mine.refresh_from_db()
    assert (mine.person.name, mine.person.email, mine.person.user) == ("", "", None)
    (kept,) = request.outcome["kept"]
    assert (kept["holding"], kept["rows"]) == ("courses.enrolments", 1)
    assert "1336/1997" in kept["law"]
    assert "six years" in kept["until"]


def test_a_seat_ahead_is_offered_to_who_waits(anna):
    run = factories.run(seats=1)
    factories.enrolment(run, anna)
    waits = factories.enrolment(run, status="waiting")
    erasure.erase("anna@example.org")
    waits.refresh_from_db()
    assert waits.status == "offered"
    assert Enrolment.objects.get() == waits
    assert [mail.person for mail in Delivery.objects.all()] == [waits.person]
    assert invariants.broken() == {}


def test_staff_who_wrote_to_the_ledger_stay_as_a_row_of_no_name(anna):
    factories.grant(factories.person(), method="staff", by=anna.user)
    StaffRole.objects.create(user=anna.user, institution=None, role="sales")
    Institution.objects.create(
        slug="tuni", name="TUNI", short_name="TUNI", contact=anna.user, email="anna@example.org"
    )
    request = erasure.erase("anna@example.org")
    left = User.objects.get()
    assert (left.email, left.name, left.is_active) == (
        f"erased-{left.pk}@erased.invalid",
        "",
        False,
    )
    assert not left.check_password("x")
    assert not StaffRole.objects.exists()
    assert (Institution.objects.get().contact, Institution.objects.get().email) == (None, "")
    assert request.outcome["unlinked"] == {
        "accounts.institutions": 2,
        "accounts.institutions.changes": 3,
    }
    assert invariants.broken() == {}


def test_a_trainer_goes_from_search(anna):
    course = factories.course()
    course.trainers.add(factories.trainer(name="Kukkuluuruu Ainokainen", user=anna.user))
    index.refresh([course.pk])
    assert SearchEntry.objects.filter(tokens="kukkuluuruu").exists()
    erasure.erase("anna@example.org")
    assert not SearchEntry.objects.filter(tokens="kukkuluuruu").exists()
    assert SearchEntry.objects.filter(course=course).count() == 3
    assert (Trainer.objects.count(), Course.objects.count()) == (0, 1)


def test_nothing_is_erased_when_one_holding_cannot_be(anna, monkeypatch):
    factories.enrolment(factories.run(starts_on=TODAY - DAY), anna)
    bare = replace(
        holding_of(Person),
        columns=[personal("id", "kind", "name", "user", "language", "created_at")],
    )
    with pytest.raises(emptying.StillNeededError), transaction.atomic():
        emptying.empty(
            subjects.known_by("anna@example.org"),
            [bare if each.model is Person else each for each in privacy.holdings],
        )
    assert anna.email == "anna@example.org"
    assert Enrolment.objects.get().person == anna


def test_rows_that_cannot_go_now_leave_the_request_for_later(anna, monkeypatch, caplog):
    bare = replace(
        holding_of(User), before=lambda _subject: Person.objects.extra(where=["1/0 = 1"]).exists()
    )
    with monkeypatch.context() as patch:
        patch.setitem(privacy.holdings._entries, bare.name, bare)
        request = erasure.erase("anna@example.org")
    assert (request.erased_at, request.finished_at, request.steps) == (None, None, [])
    assert "the rows failed: DataError" in caplog.text
    assert Person.objects.get().name == "Anna"
    assert suppression.reason_for("anna@example.org") is None
    assert erasure.resume() == []
    assert not Person.objects.exists()


def test_every_child_comes_before_its_parent():
    order = [holding.model for holding in emptying.children_first(privacy.holdings)]
    for child in order:
        for column in child._meta.concrete_fields:
            if column.related_model in order and column.related_model is not child:
                assert order.index(child) < order.index(column.related_model), (child, column.name)


# --- what is on its way ----------------------------------------------------------------------------


def queued(person):
    return outbox.queue("accounts/code", person, {"what": "sign_in"}, secrets={"code": "12345678"})


def test_what_waits_is_deleted_with_its_steps(anna):
    queued(anna)
    erasure.erase("anna@example.org")
    assert (Message.objects.count(), Delivery.objects.count(), Transition.objects.count()) == (
        0,
        0,
        0,
    )


def test_a_worker_that_had_claimed_it_sends_nothing(anna):
    queued(anna)
    (claimed,) = deliveries.claim(1)
    erasure.erase("anna@example.org")
    assert deliveries.gate(claimed) is False
    assert not Delivery.objects.exists()


def test_a_doubt_ends_with_the_person(anna):
    queued(anna)
    (taken,) = deliveries.claim(1)
    assert deliveries.gate(taken)
    deliveries.doubt(taken, "hung up")
    assert erasure.erase("anna@example.org").finished_at
    assert not Delivery.objects.exists()


def test_what_a_server_is_taking_now_is_waited_for(anna):
    queued(anna)
    (taken,) = deliveries.claim(1)
    assert deliveries.gate(taken)
    request = erasure.erase("anna@example.org")
    assert (request.finished_at, request.steps) == (None, [])
    left = Delivery.objects.get()
    assert (left.state, left.address, left.message.context, left.message.secrets) == (
        "transmitting",
        "",
        {},
        {},
    )
    assert erasure.resume() == [request]
    deliveries.sent(taken, "250 OK anna@example.org")
    assert erasure.resume() == []
    assert not Delivery.objects.exists()
    assert not Person.objects.exists()


def test_a_frozen_audience_stays_whole_and_knows_no_address(anna):
    factories.grant(anna)
    factories.grant(factories.person("bo@example.org"))
    message = outbox.campaign(
        "mailing/newsletter", Person.objects.all(), {}, purpose="newsletter", not_after=NOW + DAY
    )
    request = erasure.erase("anna@example.org")
    mine = Delivery.objects.get(person=anna)
    assert (mine.address, mine.state, mine.decision) == ("", "suppressed", "erased")
    assert message.deliveries.count() == message.audience_size == 2
    assert [each["holding"] for each in request.outcome["kept"]] == ["mailing.deliveries"]
    assert invariants.broken() == {}


# --- steps -------------------------------------------------------------------------------------------


def test_a_step_that_fails_leaves_the_others_done_and_is_tried_again(anna, caplog):
    calls = []

    def away(subject: Subject) -> None:
        calls.append(subject.emails)
        if len(calls) == 1:
            raise OSError(*subject.emails)

    privacy.traces.add(Trace("tests.away", "for this test", away))
    try:
        request = erasure.erase("anna@example.org")
        assert (request.finished_at, "portal.mails" in request.steps) == (None, True)
        assert "tests.away failed: OSError" in caplog.text
        assert "anna@" not in caplog.text
        assert erasure.resume() == []
    finally:
        del privacy.traces._entries["tests.away"]
    assert calls == [("anna@example.org",)] * 2


def test_a_full_disk_keeps_the_erasure_open(
    anna, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.SUPPRESSION_FILE = tmp_path  # a folder cannot be appended to
    with django_capture_on_commit_callbacks(execute=True):
        request = erasure.erase("anna@example.org")
    assert (request.finished_at, "consent.suppressed" in request.steps) == (None, False)
    settings.SUPPRESSION_FILE = tmp_path / "suppressed.log"
    assert erasure.resume() == []
    assert suppression.last_words(settings.SUPPRESSION_FILE) == {
        suppression.digest_of("anna@example.org"): "erased"
    }


def test_uploads_go_with_their_rows(anna, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    name = default_storage.save("own/cv.pdf", ContentFile(b"CV"))
    own = Institution.objects.create(
        slug="own", name="Own", short_name="Own", logo=name, email="anna@example.org"
    )
    theirs = replace(
        holding_of(Institution),
        columns=[personal("id", "logo")],
        whose=privacy.of(email="email"),
        erased=Erased.DELETED,
    )
    monkeypatch.setitem(privacy.holdings._entries, theirs.name, theirs)
    assert erasure.erase("anna@example.org").finished_at
    assert not Institution.objects.filter(pk=own.pk).exists()
    assert not default_storage.exists(name)


# --- the command ------------------------------------------------------------------------------------


def test_the_command_lists_what_is_kept_and_why(anna, capsys):
    factories.enrolment(factories.run(starts_on=TODAY - DAY), anna)
    call_command("subject_erase", "anna@example.org")
    said = capsys.readouterr().out
    assert "kept: courses.enrolments 1, Accounting Act 1336/1997" in said
    assert "until six years from the end" in said
    assert "done: portal.mails" in said


def test_the_command_reports_as_json(anna, capsys):
    call_command("subject_erase", "anna@example.org", "--json")
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["kept"], report["deleted"]["consent.people"]) == (True, [], 1)


def test_an_unknown_address_is_said_to_be_so(anna):
    with pytest.raises(CommandError, match="Nobody is known by this address"):
        call_command("subject_erase", "bo@example.org")
    assert not SubjectRequest.objects.exists()
    assert anna.email == "anna@example.org"


def test_marketing_needs_a_new_permission_after_a_new_beginning(anna):
    factories.grant(anna)
    erasure.erase("anna@example.org")
    again = factories.person("anna@example.org")
    assert permission.may_contact(again, "newsletter").allowed is False
    factories.grant(again)
    assert permission.may_contact(again, "newsletter").allowed is True
