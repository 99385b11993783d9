"""Staff, a customer, and their page, for the tests of the customer register."""

import pytest
from lxml import html

from tests import factories
from tests.factories import DAY, NOW

ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _private_folder(settings, tmp_path):
    """Attached files belong to one test."""
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def noon(set_clock):
    set_clock(NOW)
    return NOW


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def anna():
    return factories.person("anna@konepaja.fi", name="Anna Virtanen")


@pytest.fixture
def konepaja(anna):
    return factories.organisation("Konepaja Oy", anna)


@pytest.fixture
def seller(client, tamk):
    """Signed in as a salesperson, who has no right to sensitive notes."""
    user = factories.staff(tamk, "sales", "myyja@example.org")
    user.name = "Matti Myyjä"
    user.save()
    client.force_login(user)
    return user


@pytest.fixture
def coordinator(tamk):
    """Somebody who reads sensitive notes."""
    return factories.staff(tamk, "coordinator", "koordinaattori@example.org")


def words(response, status=200):
    """The page's words on one line."""
    assert response.status_code == status, response.content[:2000]
    page = html.fromstring(response.content).find("body")
    return " ".join(page.text_content().split()).replace("\xa0", " ")


def dom(response, status=200):
    assert response.status_code == status
    return html.fromstring(response.content)


def page_of(customer):
    kind = "organisations" if type(customer).__name__ == "Organisation" else "people"
    return f"/staff/{kind}/{customer.pk}/"


def see(client, customer, status=200, **query):
    return words(client.get(page_of(customer), query, headers=ENGLISH), status)


def days_ago(days):
    return NOW - days * DAY
