"""A frozen process holds no lock for long, and nobody waits for one for long (R17)."""

import os

import psycopg2
import pytest
from django.conf import settings
from django.db import OperationalError, connection

from consent import ledger
from consent.models import Event
from tests import databases, factories
from tests.faults.harness import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

OPTIONS = settings.DATABASES["default"]["OPTIONS"]["options"]


@pytest.fixture
def frozen():
    """Makes a process that stopped in the middle: it holds the heads of all chains, as a gate does, and is silent."""
    links = []

    def stop(options=OPTIONS):
        link = psycopg2.connect(os.environ["DATABASE_URL"], options=options)
        link.cursor().execute("SELECT FROM consent_chain FOR SHARE")
        links.append(link)

    yield stop
    for link in links:
        link.close()


def is_held():
    with databases.superuser(connection.settings_dict["NAME"]) as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'idle in transaction')"
        )
        return cursor.fetchone()[0]


def test_site_and_workers_have_the_same_short_limits():
    limits = {}
    with connection.cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            limits[name] = cursor.fetchone()[0]
    assert list(limits.values()) == ["5s", "3s", "5s"]


def test_a_lock_of_a_frozen_process_ends_and_the_withdrawal_is_recorded(frozen):
    person = factories.person()
    factories.grant(person)
    frozen()
    assert is_held()
    until(lambda: not is_held(), "the end of its transaction", seconds=60)
    ledger.withdraw(person, "newsletter", method="one_click")
    assert Event.objects.count() == 2


def test_a_control_without_the_limit_holds_it_as_long_as_it_is_frozen(frozen):
    person = factories.person()
    factories.grant(person)
    frozen(OPTIONS.replace("idle_in_transaction_session_timeout=5000", "jit=off"))
    for _ in range(3):  # three times as long as one waits for a lock, longer than the limit
        with pytest.raises(OperationalError, match="lock timeout"):
            ledger.withdraw(person, "newsletter", method="one_click")
    assert is_held()
