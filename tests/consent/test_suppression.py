"""Erased and objecting addresses stay away: digests alone, in the database and outside it (D3.5)."""

import pytest
from django.conf import settings

from consent import ledger, suppression
from consent.models import Suppression
from tests import factories

pytestmark = pytest.mark.django_db


def outside():
    return suppression.last_words(settings.SUPPRESSION_FILE)


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_suppressed_address_is_known_in_any_case_and_is_no_address(commit):
    with commit():
        suppression.suppress("Anna@Example.org", "erased")
    assert suppression.reason_for(" anna@example.ORG ") == "erased"
    assert suppression.reason_for("bo@example.org") is None
    assert "anna" not in settings.SUPPRESSION_FILE.read_text()
    assert outside() == {suppression.digest_of("anna@example.org"): "erased"}


def test_another_key_makes_another_digest(settings):
    one = suppression.digest_of("anna@example.org")
    settings.SUPPRESSION_KEY = "another"
    assert suppression.digest_of("anna@example.org") != one


def test_erasure_outlasts_an_objection_and_not_the_other_way(commit):
    for reason in ("objected", "erased", "objected"):
        with commit():
            suppression.suppress("anna@example.org", reason)
    assert suppression.reason_for("anna@example.org") == "erased"
    assert len(settings.SUPPRESSION_FILE.read_text().splitlines()) == 2


def test_an_objection_suppresses_and_one_s_own_consent_lifts_it(commit):
    person = factories.person("anna@example.org")
    with commit():
        ledger.object_to_marketing(person, method="form")
    assert suppression.reason_for("anna@example.org") == "objected"
    with commit():
        factories.grant(person)
    assert suppression.reason_for("anna@example.org") is None
    assert list(outside().values()) == ["lifted"]


def test_what_staff_record_lifts_nothing(commit):
    person = factories.person("anna@example.org")
    suppression.suppress("anna@example.org", "erased")
    factories.grant(person, method="import")
    assert suppression.reason_for("anna@example.org") == "erased"


def test_what_is_rolled_back_is_not_written_outside(commit):
    suppression.suppress(
        "anna@example.org", "erased"
    )  # the transaction of the test ends in a rollback
    assert outside() == {}


def test_replaying_brings_back_what_a_backup_does_not_know(commit):
    person = factories.person("bo@example.org")
    with commit():
        suppression.suppress("anna@example.org", "erased")
        suppression.suppress("bo@example.org", "objected")
    with commit():
        factories.grant(person)
    Suppression.objects.all().delete()
    suppression.suppress("bo@example.org", "objected")  # as the backup has it
    assert suppression.replay(settings.SUPPRESSION_FILE) == 2
    assert suppression.reason_for("anna@example.org") == "erased"
    assert suppression.reason_for("bo@example.org") is None
    assert suppression.replay(settings.SUPPRESSION_FILE) == 0


def test_a_line_cut_short_is_no_line(commit):
    settings.SUPPRESSION_FILE.write_text("2026-11-23T10:00:00+00:00\tabc")
    assert suppression.replay(settings.SUPPRESSION_FILE) == 0


def test_a_full_disk_is_made_good_at_night(commit, settings, tmp_path, caplog):
    settings.SUPPRESSION_FILE = tmp_path  # a folder cannot be appended to
    with commit():
        suppression.suppress("anna@example.org", "erased")
    assert "cannot be written" in caplog.text
    settings.SUPPRESSION_FILE = tmp_path / "suppressed.log"
    assert (suppression.write_missing(), suppression.write_missing()) == (1, 0)
    assert list(outside().values()) == ["erased"]
