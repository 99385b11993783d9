"""Who was erased, or objects, comes back by their own doing alone; an import is told why not (A18)."""

import ast
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Institution
from consent import erasure, ledger, people, permission, restoring, suppression
from consent.models import Address, Event, Person, Suppression
from courses.models import Course
from mailing import newsletters, switch
from mailing.models import SignUp
from tests import factories
from tests.courses.feeds import course, feed

pytestmark = pytest.mark.django_db
ANNA = "anna@example.org"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def erased():
    """Anna was a customer, and is erased."""
    factories.grant(factories.user(ANNA, name="Anna").person)
    erasure.erase(ANNA)


def test_an_import_of_who_was_erased_is_refused_and_changes_nothing(erased):
    with pytest.raises(people.SuppressedError) as refused:
        people.imported("Anna@Example.org", name="Anna")
    assert str(refused.value) == "suppressed: erased"
    assert not Person.objects.exists()


def test_an_import_of_who_objects_is_refused_and_changes_nothing():
    person = factories.person(ANNA, name="Anna")
    ledger.object_to_marketing(person, method="form")
    with pytest.raises(people.SuppressedError) as refused:
        people.imported(ANNA, name="Another name")
    assert str(refused.value) == "suppressed: objected"
    assert (Person.objects.get().name, Event.objects.count()) == ("Anna", 1)


def test_an_import_of_anybody_else_is_taken(erased):
    assert people.imported("bo@example.org", name="Bo").email == "bo@example.org"


def test_control_the_door_for_ones_own_doing_would_let_them_in(erased):
    assert people.person_for(ANNA).email == ANNA


def test_no_import_uses_the_door_for_ones_own_doing():
    imports = [
        path
        for path in ROOT.glob("*/**/*.py")
        if path.parts[len(ROOT.parts)] in {"crm", "courses", "community", "billing"}
        and ({"exchange", "importing"} & set(path.with_suffix("").parts))
    ]
    assert len(imports) > 10
    for path in imports:
        names = {getattr(node, "attr", "") for node in ast.walk(ast.parse(path.read_text()))}
        assert "person_for" not in names, path


def test_ones_own_sign_up_begins_clean(erased, client):
    newsletters.request(ANNA, frequency="monthly", language="fi")
    person = Person.objects.get()
    assert (person.name, person.user, person.enrolments.count()) == ("", None, 0)
    assert permission.may_contact(person, "newsletter").allowed is False
    assert suppression.reason_for(ANNA) == "erased"
    newsletters.confirm(SignUp.objects.get())
    assert permission.may_contact(person, "newsletter").allowed is True
    assert suppression.reason_for(ANNA) is None


def test_a_merge_keeps_the_refusal():
    refused, other = factories.person(ANNA), factories.person("anna@work.example")
    factories.grant(other)
    ledger.object_to_marketing(refused, method="form")
    ledger.join(other, refused)
    assert permission.may_contact(other, "newsletter").allowed is False
    with pytest.raises(ledger.RefusalStandsError):
        factories.grant(other, method="import")


# --- catalogue feeds -----------------------------------------------------------------------------


@pytest.fixture
def imported(tmp_path, capsys):
    """Import a feed whose provider and course name Anna; the report."""

    def run():
        told = course("K-1", "Savityö", f"<contact>Kysy: {ANNA}, bo@example.org</contact>")
        file = tmp_path / "feed.xml"
        file.write_text(
            feed(told).replace(
                "</dc:title>", f"</dc:title><location><email>{ANNA}</email></location>", 1
            )
        )
        call_command("import_xcri", str(file), "--institution", "opisto", "--json")
        return capsys.readouterr().out

    return run


def test_control_a_feed_brings_an_address_in(imported):
    imported()
    assert (Institution.objects.get().email, ANNA in str(Course.objects.get().unmapped)) == (
        ANNA,
        True,
    )


def test_a_feed_does_not_bring_back_who_was_erased(erased, imported):
    assert "suppressed: erased" in imported()
    assert Institution.objects.get().email == ""
    told = str(Course.objects.values().get())
    assert ANNA not in told
    assert "bo@example.org" in told


def test_a_feed_again_takes_out_who_was_erased_since(imported):
    imported()
    factories.user(ANNA)
    erasure.erase(ANNA)
    imported()
    assert ANNA not in str(Course.objects.values().get())
    assert Institution.objects.get().email == ""


# --- the list outside ---------------------------------------------------------------------------------


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_who_came_back_before_a_replay_stays(commit):
    with commit():
        suppression.suppress(ANNA, "erased")
    factories.user(ANNA, name="Anna")
    assert restoring.replay().erased == []
    assert Person.objects.get().name == "Anna"


def test_who_was_known_before_the_line_is_erased(commit):
    factories.user(ANNA, name="Anna")
    with commit():
        suppression.suppress(ANNA, "erased")
    assert len(restoring.replay().erased) == 1
    assert not Person.objects.exists()
    assert restoring.replay() == restoring.Replayed()


def test_an_older_table_does_not_overwrite_the_list(commit, settings):
    with commit():
        suppression.suppress(ANNA, "objected")
    older = Suppression.objects.get()
    with commit():
        factories.grant(factories.person(ANNA))
    older.save(force_insert=True)  # as a backup from before brings it
    assert suppression.write_missing() == 0
    assert suppression.last_words(settings.SUPPRESSION_FILE)[older.digest] == "lifted"


def test_sending_stays_off_while_an_erasure_is_unfinished(commit, settings, monkeypatch):
    factories.user(ANNA)
    with commit():
        suppression.suppress(ANNA, "erased")
    switch.turn(on=False)
    monkeypatch.setattr(erasure, "take", lambda *_: False)
    with pytest.raises(Exception, match="sending stays off"):
        call_command("sending", "on")
    assert switch.is_on() is False
    monkeypatch.undo()
    settings.SUPPRESSION_FILE.touch()
    assert Address.objects.count() == 0
