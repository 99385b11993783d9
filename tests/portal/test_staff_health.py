"""The state of the portal, for staff: ledger, promises, deliveries (D3.2)."""

import pytest

from consent import verification
from consent.models import Address, Verification
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/staff/health/"


@pytest.fixture
def clerk(client):
    client.force_login(factories.staff(factories.institution("tamk"), "trainer"))
    return client


def text(client):
    response = client.get(PAGE, headers={"accept-language": "en"})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_learner_is_refused(client):
    client.force_login(factories.user())
    assert client.get(PAGE).status_code == 403


def test_before_the_first_night_nothing_has_been_examined(clerk):
    assert "Not examined yet" in text(clerk)


def test_an_intact_ledger(clerk):
    factories.grant()
    verification.examine_nightly()
    seen = text(clerk)
    assert "Intact" in seen
    assert "1 event examined at" in seen
    assert "Last checkpoint outside the database" in seen
    assert "promises, and all hold." in seen


def test_a_broken_ledger_names_the_row(clerk):
    broken = {"check": "a1", "promise": "no event has been changed", "row": [7, "c0ffee", 2]}
    Verification.objects.create(events=9, is_intact=False, breaks=[{**broken, "rows": 1}])
    seen = text(clerk)
    assert "Broken: no marketing is sent" in seen
    assert "<code>7, c0ffee, 2</code>" in seen


def test_a_broken_promise_is_named(clerk):
    factories.person()
    Address.objects.update(is_primary=False)
    assert "<li>p2: " in text(clerk)
