"""Fixtures of the customer register's tests: staff, a customer and their page, and calls made at once."""

import time
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from lxml import html

from tests import factories
from tests.factories import DAY, NOW

HELD = 0.2  # seconds: as long as the first is not committed, the second must not pass
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


@pytest.fixture
def at_once():
    """Run each call in a thread and a transaction of its own, all begun together; what each raised, or None."""

    def run_all(*calls):
        start, told = Barrier(len(calls)), {}

        def run(number, call):
            try:
                with transaction.atomic():
                    start.wait(5)
                    call()
                    time.sleep(HELD)
                told[number] = None
            except Exception as error:  # noqa: BLE001  it is what the test looks at
                told[number] = type(error)
            finally:
                connection.close()

        threads = [Thread(target=run, args=each) for each in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        return [told[number] for number in range(len(calls))]

    return run_all
