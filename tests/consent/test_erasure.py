"""A person is erased: rows at once, the rest step by step, and what is kept is kept for a reason (D2.4)."""

from datetime import date

import pytest

from accounts.models import User
from consent import erasure
from consent.models import ChainOwner, Event, Person
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_smoke(set_clock):
    set_clock(NOW)
    user = factories.user("anna@example.org", name="Anna")
    factories.grant(user.person)
    request = erasure.erase("Anna@example.org")
    print(request.outcome, request.steps)
    assert request.finished_at
    assert request.due_on == date(2026, 12, 23)
    assert not User.objects.exists()
    assert not Person.objects.exists()
    assert not ChainOwner.objects.exists()
    assert Event.objects.count() == 1
