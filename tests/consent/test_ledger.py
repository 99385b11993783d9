"""The ledger: what verbs record, what the database refuses whoever asks (A19)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from consent import ledger, verification
from consent.kinds import Action
from consent.ledger import NotForWorkError, Proof, RefusalStandsError
from consent.models import Chain, ChainOwner, Event, Evidence, State, Wording
from tests import factories
from tests.consent.conftest import role
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


def words():
    return list(Event.objects.order_by("pk").values_list("purpose", "action", "by_kind"))


# --- what is recorded -----------------------------------------------------------------------


def test_consent_is_recorded_with_its_proof(set_clock):
    set_clock(NOW)
    person, digi = factories.person("anna@example.org"), factories.topic()
    proof = Proof("anna@example.org", "192.0.2.1", "Firefox", "")
    event = factories.grant(person, topic=digi, evidence=proof, source="sign-up 7")
    assert (event.seq, event.action, event.basis, event.method) == (1, "granted", "consent", "form")
    assert (event.by_kind, event.by, event.topic, event.source) == ("self", None, digi, "sign-up 7")
    assert (event.recorded_at, event.occurred_at) == (NOW, NOW)
    assert event.wording == ledger.wording_of("newsletter", "fi")
    kept = Evidence.objects.get()
    assert (kept.event, kept.address, kept.ip) == (event, "anna@example.org", "192.0.2.1")
    assert (len(event.evidence_digest), len(kept.salt)) == (64, 32)
    assert verification.verify() == []


def test_an_event_names_nobody():
    person = factories.person("anna@example.org", name="Anna Öst")
    event = factories.grant(person, evidence=Proof("anna@example.org", "192.0.2.1"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM consent_event e WHERE id = %s", [event.pk])
        (row,) = cursor.fetchone()
    assert "anna" not in row.lower()
    assert "192.0.2.1" not in row


def test_a_person_has_one_chain():
    person = factories.person()
    first, second = factories.grant(person), ledger.withdraw(person, "newsletter", method="form")
    assert (first.chain, first.seq) == (second.chain, 1)
    assert (second.seq, second.prev_hash) == (2, first.hash)
    head = Chain.objects.get()
    assert (head.seq, head.hash) == (2, second.hash)


def test_the_state_is_the_last_word_in_a_scope():
    person, digi = factories.person(), factories.topic()
    factories.grant(person)
    factories.grant(person, topic=digi)
    last = ledger.withdraw(person, "newsletter", topic=digi, method="form")
    states = State.objects.order_by("pk").values_list("topic", "action", "allowed", "event")
    assert list(states)[1:] == [(digi.pk, "withdrawn", False, last.pk)]
    assert State.objects.get(topic=None).allowed is True


def test_withdrawing_twice_says_it_once():
    person = factories.person()
    factories.grant(person)
    assert ledger.withdraw(person, "newsletter", method="one_click").action == "withdrawn"
    assert ledger.withdraw(person, "newsletter", method="one_click") is None
    assert Event.objects.count() == 2


def test_a_no_before_any_yes_is_recorded():
    person = factories.person()
    assert ledger.withdraw(person, "newsletter", method="form").seq == 1


def test_withdrawing_everything_again_counts_after_a_topic_was_permitted():
    person = factories.person()
    ledger.withdraw(person, "newsletter", method="form")
    factories.grant(person, topic=factories.topic())
    assert ledger.withdraw(person, "newsletter", method="form").seq == 3


def test_an_objection_and_a_restriction_are_said_once():
    person = factories.person()
    assert ledger.object_to_marketing(person, method="form").purpose == "*"
    assert ledger.object_to_marketing(person, method="form") is None
    assert ledger.release(person, method="form") is None
    assert ledger.restrict(person, method="form").purpose == "processing"
    assert ledger.restrict(person, method="form") is None
    assert ledger.release(person, method="form").action == Action.RELEASED
    assert [action for _purpose, action, _by in words()] == ["objected", "restricted", "released"]


def test_staff_and_system_sign_for_what_they_record():
    clerk = factories.staff(factories.institution("tamk"), "sales")
    factories.grant(method="staff", by=clerk, evidence=Proof(note="on the phone"))
    factories.grant(method="import", source="import 3")
    assert [by for _purpose, _action, by in words()] == ["staff", "system"]
    assert Event.objects.first().by == clerk


def test_staff_s_own_way_needs_a_name():
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.grant(method="staff")
    assert Event.objects.count() == 0


def test_consent_given_on_paper_keeps_its_day(set_clock):
    set_clock(NOW)
    event = factories.grant(occurred_at=NOW - DAY)
    assert (event.occurred_at, event.recorded_at) == (NOW - DAY, NOW)


def test_nothing_is_recorded_before_it_happens(set_clock):
    set_clock(NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.grant(occurred_at=NOW + timedelta(minutes=2))
    assert Event.objects.count() == 0


def test_consent_needs_a_wording_of_its_purpose():
    person, similar = factories.person(), ledger.wording_of("similar", "fi")
    for wording in (None, similar):
        with pytest.raises(IntegrityError), transaction.atomic():
            ledger.grant(person, "newsletter", wording=wording, method="form")
    assert Event.objects.count() == 0


def test_the_newest_wording_is_shown():
    Wording.objects.create(purpose="newsletter", version=2, language="fi", body="Uusi teksti")
    assert ledger.wording_of("newsletter", "fi").body == "Uusi teksti"
    assert ledger.wording_of("newsletter", "sv").version == 1
    with pytest.raises(Wording.DoesNotExist):
        ledger.wording_of("newsletter", "de")


def test_work_is_a_ground_for_organisations_and_for_topics_of_the_job():
    office = factories.person("info@konepaja.fi", kind="organisation")
    chief = factories.person("anna.ost@konepaja.fi")
    assert ledger.legal_person(office, "newsletter", source="register").basis == "legal_person"
    digi = factories.topic()
    assert ledger.legal_person(chief, "newsletter", topic=digi, source="card 4").topic == digi
    for person, topic in ((chief, None), (factories.person("konepaja@gmail.com"), digi)):
        with pytest.raises(NotForWorkError):
            ledger.legal_person(person, "newsletter", topic=topic, source="card 4")
    assert Event.objects.count() == 2


# --- a refusal stands ----------------------------------------------------------------------


@pytest.mark.parametrize("refuse", ["withdraw", "object"])
@pytest.mark.parametrize("lift", ["import", "staff", "sale", "work"])
def test_a_refusal_is_not_lifted_by_anybody_else(refuse, lift):
    person, tamk = factories.person("anna@konepaja.fi"), factories.institution("tamk")
    scope = {"purpose": "similar", "controller": tamk, "topic": factories.topic()}
    clerk = factories.staff(tamk, "sales")
    if refuse == "object":
        ledger.object_to_marketing(person, method="reply")
    else:
        ledger.withdraw(person, "similar", controller=tamk, method="form")
    before = words()
    attempts = {
        "import": lambda: factories.grant(person, method="import", **scope),
        "staff": lambda: factories.grant(person, method="staff", by=clerk, **scope),
        "sale": lambda: factories.sale(person, tamk),
        "work": lambda: ledger.legal_person(person, source="card 4", **scope),
    }
    with pytest.raises(RefusalStandsError):
        attempts[lift]()
    assert words() == before
    factories.grant(person, "similar", controller=tamk)
    assert words()[-1] == ("similar", "granted", "self")
    assert verification.verify() == []


def test_raw_sql_lifts_no_refusal_either():
    person = factories.person()
    factories.grant(person)
    ledger.withdraw(person, "newsletter", method="form")
    again = """
        INSERT INTO consent_event (chain_id, seq, purpose, channel, action, basis, wording_id, method, source,
                                   by_kind, occurred_at, recorded_at, evidence_digest, prev_hash, hash)
        SELECT chain_id, 9, purpose, channel, action, basis, wording_id, 'import', 'x', 'system',
               now(), '2001-01-01', '', 'forged', 'forged' FROM consent_event WHERE seq = 1
    """
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="own new consent"), transaction.atomic():
            cursor.execute(again)
        assert Event.objects.count() == 2
        cursor.execute(again.replace("'import', 'x', 'system'", "'form', '', 'self'"))
    forged = Event.objects.get(seq=3)
    assert forged.recorded_at > timezone.now() - DAY
    assert verification.verify() == []


# --- after a merge ---------------------------------------------------------------------------


def test_after_a_merge_what_is_said_is_said_on_every_chain():
    kept, other = factories.person(), factories.person()
    factories.grant(kept)
    ledger.withdraw(other, "newsletter", method="form")
    ledger.join(kept, other)
    assert ChainOwner.objects.filter(person=kept).count() == 2
    with pytest.raises(RefusalStandsError):
        factories.grant(kept, method="import")
    assert Event.objects.count() == 2
    factories.grant(kept)
    assert [chain.seq for chain in Chain.objects.of(kept)] == [2, 2]


# --- what the database refuses ------------------------------------------------------------

FORBIDDEN = [
    "UPDATE consent_event SET action = 'granted'",
    "DELETE FROM consent_event",
    "TRUNCATE consent_event CASCADE",
    "UPDATE consent_chain SET seq = 0",
    "UPDATE consent_chain SET seq = seq",
    "DELETE FROM consent_chain",
    "TRUNCATE consent_chain CASCADE",
    "UPDATE consent_state SET allowed = true",
    "DELETE FROM consent_state",
    """
    INSERT INTO consent_state (chain_id, purpose, channel, action, allowed, event_id)
    SELECT chain_id, 'similar', 'email', 'granted', true, id FROM consent_event
    """,
    "UPDATE consent_wording SET body = 'x'",
    "DELETE FROM consent_wording",
    "TRUNCATE consent_wording CASCADE",
    "UPDATE consent_evidence SET note = 'x'",
    "UPDATE consent_verification SET is_intact = true",
    "DELETE FROM consent_checkpoint",
]
ONLY_THE_OWNER_S = [
    "ALTER TABLE consent_event DISABLE TRIGGER ALL",
    "DROP TRIGGER never ON consent_event",
    "SET session_replication_role = replica",
]


@pytest.fixture
def _recorded(db):
    person = factories.person()
    factories.grant(person, evidence=Proof(note="a note"))
    ledger.withdraw(person, "newsletter", method="form")
    verification.examine()
    verification.checkpoint()


@pytest.mark.usefixtures("_recorded")
@pytest.mark.parametrize("statement", FORBIDDEN + ONLY_THE_OWNER_S)
def test_the_application_cannot(statement, refused):
    refused(statement)
    assert Event.objects.count() == 2
    assert verification.verify() == []


@pytest.mark.usefixtures("_recorded")
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_owner_of_the_tables_cannot_by_accident(statement, refused):
    said = refused(statement, "portal_owner")
    assert "forbidden" in said or "derived" in said
    assert verification.verify() == []


@pytest.mark.usefixtures("_recorded")
@pytest.mark.parametrize(
    ("guard", "table", "statement"),
    [
        ("never", "consent_event", "UPDATE consent_event SET source = 'x'"),
        ("never_truncated", "consent_state", "TRUNCATE consent_state"),
        ("derived", "consent_state", "UPDATE consent_state SET allowed = NOT allowed"),
        ("derived", "consent_chain", "UPDATE consent_chain SET seq = seq + 1"),
        ("never", "consent_wording", "UPDATE consent_wording SET body = 'x'"),
    ],
)
def test_without_its_guard_the_statement_passes_and_is_found_out(guard, table, statement):
    """The control: the trigger alone stands in the way, and what it would let through breaks a promise."""
    with role("portal_owner") as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER {guard} ON {table}")
        cursor.execute(statement)
    assert verification.verify() != []


def test_the_application_may_append_lock_and_erase_evidence():
    person = factories.person()
    event = factories.grant(person, evidence=Proof(note="a note"))
    assert list(Chain.objects.of(person).locked()) == [event.chain]
    Evidence.objects.all().delete()
    assert verification.verify() == []


def test_other_evidence_cannot_take_the_place_of_what_was_recorded():
    event = factories.grant(evidence=Proof(note="a note"))
    Evidence.objects.all().delete()
    with pytest.raises(DatabaseError, match="other evidence"), transaction.atomic():
        Evidence.objects.create(event=event, salt="", note="another note")
    assert Evidence.objects.count() == 0


def test_erasing_a_person_leaves_a_chain_that_is_nobodys():
    person = factories.person()
    factories.grant(person)
    person.delete()
    assert (Chain.objects.count(), ChainOwner.objects.count()) == (1, 0)
    assert verification.verify() == []
