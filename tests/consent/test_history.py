"""The time machine: how it stood at any moment, and what was shown then (D1.6)."""

import pytest
from django.utils import translation

from consent import ledger, permission
from consent.models import Wording
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(set_clock):
    """Yes to digi on the first day, no to everything on the third, yes again in a newer wording on the fifth."""
    person, digi = factories.person("anna@example.org"), factories.topic("digi")
    set_clock(NOW)
    factories.grant(person, topic=digi)
    set_clock(NOW + 2 * DAY)
    ledger.withdraw(person, "newsletter", method="one_click")
    set_clock(NOW + 4 * DAY)
    newer = Wording.objects.create(purpose="newsletter", version=2, language="fi", body="Uusi")
    ledger.grant(person, "newsletter", topic=digi, wording=newer, method="form")
    return person


def stood(person, moment):
    return [
        (each.topic and each.topic.slug, each.allowed, each.wording[:5], each.since)
        for each in permission.at(person, moment)
    ]


def test_every_moment_has_its_state_and_text(anna):
    fifth = NOW + 4 * DAY
    assert stood(anna, NOW - DAY) == []
    assert stood(anna, NOW + DAY) == [("digi", True, "Halua", NOW)]
    assert stood(anna, NOW + 3 * DAY) == [
        (None, False, "", NOW + 2 * DAY),
        ("digi", False, "", NOW + 2 * DAY),
    ]
    assert stood(anna, fifth) == [(None, False, "", NOW + 2 * DAY), ("digi", True, "Uusi", fifth)]


def test_history_is_told_in_the_reader_s_words(anna):
    with translation.override("fi"):
        told = [str(entry) for entry in permission.history(anna)]
    assert told == [
        "Lupa annettu: Uutiskirje, aihe Digi, sähköposti (lomakkeella)",
        "Lupa peruttu tai kielletty: Uutiskirje, sähköposti (sähköpostin linkistä yhdellä painalluksella)",
        "Lupa annettu: Uutiskirje, aihe Digi, sähköposti (lomakkeella)",
    ]


def test_an_objection_and_a_restriction_stand_beside(set_clock):
    set_clock(NOW)
    person, tamk = factories.person(), factories.institution("tamk")
    clerk = factories.staff(tamk, "sales", "clerk@example.org")
    factories.sale(person, tamk)
    ledger.object_to_marketing(person, method="form")
    ledger.restrict(person, method="staff", by=clerk)
    standing = {each.about: each for each in permission.at(person, NOW)}
    with translation.override("en"):
        named = {each.about: each.allowed for each in standing.values()}
        how = [each.how for each in standing.values() if each.purpose == "processing"]
    assert named == {
        "All marketing": False,
        "All processing": False,
        "Similar training, TAMK, e-mail": False,
    }
    assert how == ["through our staff, recorded by Liisa Virtanen"]


def test_a_closed_address_of_today_says_nothing_of_the_past(anna):
    anna.addresses.update(closed_at=NOW, closed_because="complaint")
    assert [each.allowed for each in permission.at(anna, NOW + DAY)] == [True]


def test_a_release_ends_a_restriction(set_clock):
    set_clock(NOW)
    person = factories.person()
    ledger.restrict(person, method="form")
    set_clock(NOW + DAY)
    ledger.release(person, method="form")
    assert [each.allowed for each in permission.at(person, NOW)] == [False]
    assert [each.allowed for each in permission.at(person, NOW + DAY)] == [True]
