"""Encounters and what people may do for organisations (C2.3)."""

import pytest
from django.db import IntegrityError, transaction

from courses import kinds
from crm import timeline
from crm.models import Affiliation, Encounter, Organisation
from tests import factories

pytestmark = pytest.mark.django_db


def test_what_happened_is_written_with_its_facts():
    person = factories.person()
    timeline.record(kinds.ENROLLED, person=person, run=12, title="Tekoäly")
    encounter = Encounter.objects.get()
    assert (encounter.kind, encounter.person) == ("courses.enrolled", person)
    assert encounter.data == {"run": 12, "title": "Tekoäly"}


def test_a_kind_nobody_registered_is_refused():
    with pytest.raises(KeyError):
        timeline.record("courses.juggled", person=factories.person())
    assert not Encounter.objects.exists()


def test_only_a_current_affiliation_counts():
    person = factories.person()
    organisation = factories.organisation("Konepaja Oy", person)
    assert list(Organisation.objects.of(person)) == [organisation]
    Affiliation.objects.update(until=factories.NOW - factories.DAY / 2)
    assert list(Organisation.objects.of(person)) == []


def test_a_member_manages_nothing_and_an_administrator_does():
    person = factories.person()
    organisation = factories.organisation("Konepaja Oy", person)
    assert list(Organisation.objects.managed_by(person)) == []
    Affiliation.objects.update(rights=Affiliation.Rights.ADMIN)
    assert list(Organisation.objects.managed_by(person)) == [organisation]


def test_a_person_has_one_open_affiliation_to_an_organisation():
    person = factories.person()
    organisation = factories.organisation("Konepaja Oy", person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Affiliation.objects.create(person=person, organisation=organisation)
    assert Affiliation.objects.count() == 1
