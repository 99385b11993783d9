"""A person is erased while they, their mail and staff are busy: nothing of them is left, and every promise holds (D2.4)."""

import pytest
from django.db import DatabaseError

from consent import erasure, ledger
from consent.models import Person
from consent.tasks import resume_erasures
from courses import enrolment
from mailing import deliveries, outbox
from tests import canary, factories
from tests.invariants.conftest import FAR_AHEAD

pytestmark = pytest.mark.django_db(transaction=True)


def test_erased_in_the_middle_of_everything(crowd, all_promises_hold):
    anna = factories.user("anna@example.org", name="Anna Merkki").person
    factories.grant(anna)
    runs = [factories.run(seats=1, enrolment_closes_at=FAR_AHEAD) for _ in range(6)]
    for run in runs:
        factories.enrolment(run, status="waiting")
    for _ in range(20):
        outbox.queue("accounts/code", anna, {"what": "sign_in"}, secrets={"code": "1"})

    def enrol(run):
        return enrolment.enrol(run, Person.objects.get(pk=anna.pk))

    def gate(_):
        for each in deliveries.claim(5):
            if deliveries.gate(each):
                deliveries.sent(each, "250 OK")

    calls = [
        *(lambda run=run: enrol(run) for run in runs),
        *(lambda: gate(None) for _ in range(3)),
        lambda: ledger.withdraw(anna, "newsletter", method="form"),
        lambda: erasure.erase("anna@example.org"),
        lambda: erasure.erase("anna@example.org"),
    ]
    crowd.all_at_once(lambda call: call(), calls)
    for error in crowd.errors:  # what they were doing comes to nothing
        assert isinstance(
            error,
            DatabaseError | Person.DoesNotExist | erasure.subjects.UnknownError,
        ), error
    assert resume_erasures() == 0
    dump = canary.dump()
    assert "Merkki" not in dump
    assert "anna@example.org" not in dump
    all_promises_hold()
