"""Nobody changes the ledger unseen: not even a superuser with the triggers off (A19, D3.2)."""

import json

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from consent import ledger, permission, tasks, verification
from consent.ledger import Proof
from consent.models import Checkpoint, Event, Suppression, Verification
from consent.verification import LedgerBrokenError
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(db):
    """The third of five people's chains; each has said yes and no twice, with evidence."""
    chains = []
    for _ in range(5):
        person = factories.person()
        for _ in range(2):
            event = factories.grant(person, evidence=Proof(note="a note"))
            ledger.withdraw(person, "newsletter", method="form")
        chains.append(event.chain_id)
    verification.examine_nightly()
    return chains[2]


ATTACKS = {
    "change an action": (
        "UPDATE consent_event SET action = 'granted', basis = 'consent', wording_id = 1 WHERE chain_id = %s AND seq = 2",
        {"a1"},
    ),
    "date back": (
        """
        UPDATE consent_event SET recorded_at = recorded_at - interval '1 year',
          occurred_at = occurred_at - interval '1 year' WHERE chain_id = %s AND seq = 1
        """,
        {"a1"},
    ),
    "name another author": (
        "UPDATE consent_event SET by_kind = 'system', method = 'system' WHERE chain_id = %s AND seq = 1",
        {"a1"},
    ),
    "take one from the middle": (
        "DELETE FROM consent_event WHERE chain_id = %s AND seq = 2",
        {"a1", "a2"},
    ),
    "cut the end": (
        "DELETE FROM consent_event WHERE chain_id = %s AND seq = 4",
        {"a2", "a3", "checkpoint"},
    ),
    "turn the state": (
        "UPDATE consent_state SET allowed = NOT allowed WHERE chain_id = %s",
        {"a3"},
    ),
    "lose the state": ("DELETE FROM consent_state WHERE chain_id = %s", {"a3"}),
    "change the text that was shown": (
        """
        UPDATE consent_wording SET body = 'jotain muuta'
        WHERE id = (SELECT min(wording_id) FROM consent_event WHERE chain_id = %s)
        """,
        {"a1"},
    ),
    "change the evidence": (
        "UPDATE consent_evidence SET note = 'x' WHERE event_id IN (SELECT id FROM consent_event WHERE chain_id = %s)",
        {"a4"},
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_is_found(attack, chain, tamper):
    statement, found = ATTACKS[attack]
    assert verification.verify() == []
    assert tamper(statement, chain) > 0
    assert {each.check for each in verification.verify()} == found


def cut_the_end_and_mend_the_head(tamper, chain):
    """The one attack that leaves nothing inside the database that shows it."""
    tamper("DELETE FROM consent_event WHERE chain_id = %s AND seq = 4", chain)
    tamper(
        "UPDATE consent_chain c SET seq = 3, hash = e.hash FROM consent_event e"
        " WHERE c.id = %s AND e.chain_id = c.id AND e.seq = 3",
        chain,
    )
    tamper(
        "UPDATE consent_state s SET action = e.action, allowed = true, event_id = e.id FROM consent_event e"
        " WHERE s.chain_id = %s AND e.chain_id = s.chain_id AND e.seq = 3",
        chain,
    )


def test_a_cut_end_with_a_mended_head_is_found_by_the_checkpoint_alone(chain, tamper):
    cut_the_end_and_mend_the_head(tamper, chain)
    assert [each.check for each in verification.verify()] == ["checkpoint"]


def test_without_a_checkpoint_that_would_not_be_found(chain, tamper):
    settings.CHECKPOINT_FILE.unlink()
    tamper("DELETE FROM consent_checkpoint")
    cut_the_end_and_mend_the_head(tamper, chain)
    assert verification.verify() == []


def test_a_lost_file_is_a_break(chain):
    settings.CHECKPOINT_FILE.unlink()
    assert [each.row[0] for each in verification.verify()] == ["the file is gone"]


def test_an_older_ledger_put_back_is_found(chain, tamper):
    later = factories.grant()
    verification.checkpoint()
    tamper("DELETE FROM consent_state WHERE event_id = %s", later.pk)
    tamper("DELETE FROM consent_event WHERE id = %s", later.pk)
    tamper("DELETE FROM consent_chain WHERE id = %s", later.chain_id)
    tamper("DELETE FROM consent_checkpoint WHERE last_event = %s", later.pk)
    assert [each.check for each in verification.verify()] == ["checkpoint"]


def test_the_first_broken_row_is_named(chain, tamper):
    tamper("UPDATE consent_event SET source = 'x' WHERE chain_id = %s AND seq > 1", chain)
    (broken,) = verification.verify()
    first = Event.objects.get(chain=chain, seq=2)
    assert (broken.row, broken.rows) == ((first.pk, str(chain), 2), 3)


# --- marketing stops ----------------------------------------------------------------------


def test_marketing_stops_while_the_ledger_is_broken(chain, tamper):
    person = factories.person()
    factories.grant(person)
    verification.examine()
    assert permission.may_contact(person, "newsletter").allowed is True
    tamper("UPDATE consent_event SET source = 'x' WHERE chain_id = %s AND seq = 2", chain)
    verification.examine()
    decision = permission.may_contact(person, "newsletter")
    assert (decision.allowed, decision.rule) == (False, "ledger_broken")
    assert permission.may_contact(person, "service").allowed is True
    tamper("UPDATE consent_event SET source = '' WHERE chain_id = %s AND seq = 2", chain)
    verification.examine()
    assert permission.may_contact(person, "newsletter").allowed is True


# --- checkpoints ---------------------------------------------------------------------------


def lines():
    return verification.read_checkpoints()


def test_the_nightly_job_writes_a_checkpoint_outside():
    event = factories.grant()
    Suppression.objects.create(digest="d" * 64, reason="erased")
    tasks.examine_ledger()
    (line,) = lines()
    kept = Checkpoint.objects.get()
    assert (line["last_event"], line["events"], line["chains"]) == (event.pk, 1, 1)
    assert (line["digest"], line["at"]) == (kept.digest, kept.at.isoformat())
    assert "d" * 64 in settings.SUPPRESSION_FILE.read_text()


def test_a_second_run_with_nothing_new_adds_no_line():
    factories.grant()
    tasks.examine_ledger()
    tasks.examine_ledger()
    assert (len(lines()), Checkpoint.objects.count(), Verification.objects.count()) == (1, 1, 2)


def test_a_broken_ledger_gets_no_checkpoint(chain, tamper):
    factories.grant()
    tamper("DELETE FROM consent_state WHERE chain_id = %s", chain)
    tasks.examine_ledger()
    assert len(lines()) == 1
    assert Verification.objects.order_by("pk").last().is_intact is False


def test_a_line_cut_short_is_left_out(chain):
    with settings.CHECKPOINT_FILE.open("a") as file:
        file.write('{"at": "2026-')
    assert verification.verify() == []


def test_later_events_do_not_change_what_a_checkpoint_said(chain):
    for _ in range(3):
        factories.grant()
    assert verification.verify() == []


# --- the command --------------------------------------------------------------------------


def run(capsys, **options):
    call_command("verify_ledger", **options)
    return capsys.readouterr().out


def test_the_command_is_content_with_an_intact_ledger(chain, capsys):
    assert run(capsys) == "20 events, intact\n"
    assert json.loads(run(capsys, json=True)) == {"ok": True, "events": 20, "breaks": []}


def test_the_command_fails_and_names_the_row(chain, capsys, tamper):
    tamper("UPDATE consent_event SET source = 'x' WHERE chain_id = %s AND seq = 2", chain)
    first = Event.objects.get(chain=chain, seq=2)
    with pytest.raises(SystemExit) as stop:
        run(capsys, json=True)
    assert stop.value.code == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["breaks"][0]["row"]) == (False, [first.pk, str(chain), 2])
    with pytest.raises(SystemExit):
        run(capsys)
    assert f"{first.pk}, {chain}, 2 (1)" in capsys.readouterr().out


def test_the_command_writes_a_checkpoint_when_asked(capsys):
    factories.grant()
    run(capsys, checkpoint=True)
    assert len(lines()) == 1


def test_after_an_older_backup_the_operator_begins_anew(chain, capsys, tamper):
    cut_the_end_and_mend_the_head(tamper, chain)
    run(capsys, begin_anew="restored the backup of Monday")
    assert lines()[-1]["note"] == "restored the backup of Monday"
    assert verification.verify() == []


def test_a_broken_chain_is_not_begun_anew(chain, tamper):
    tamper("DELETE FROM consent_state WHERE chain_id = %s", chain)
    with pytest.raises(CommandError):
        call_command("verify_ledger", begin_anew="never mind")
    with pytest.raises(LedgerBrokenError):
        verification.begin_anew("never mind")
    assert len(lines()) == 1
