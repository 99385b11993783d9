"""An older backup is restored: it sends nothing, and whoever was erased since is erased again first (F24, A18)."""

import json
import os
import subprocess
import sys

import pytest

from consent import erasure, ledger, verification
from consent.models import Person
from mailing import outbox
from tests import canary, databases, factories

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

COPY = "restored_backup"


def run(program, *words, database=None):
    address = (
        databases.address("DATABASE_URL", database) if database else os.environ["DATABASE_URL"]
    )
    return subprocess.run(
        [canary.program(program), "--dbname", address, *words],
        capture_output=True,
        text=True,
        check=True,
    )


class Copy:
    """The restored database, with the portal's commands run in it as in another installation."""

    def __init__(self, settings):
        self.environment = {
            **os.environ,
            "DATABASE_URL": databases.address("DATABASE_URL", COPY),
            "SUPPRESSION_FILE": str(settings.SUPPRESSION_FILE),
            "CHECKPOINT_FILE": str(settings.CHECKPOINT_FILE),
        }

    def manage(self, *words):
        """Exit status, output, and what it said of errors."""
        return self.python("manage.py", *words)

    def python(self, *words):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=databases.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.strip(), done.stderr

    def rows(self, statement):
        with databases.superuser(COPY) as cursor:
            cursor.execute(statement)
            return sorted(row[0] for row in cursor.fetchall())

    def addresses(self):
        return self.rows("SELECT email FROM consent_address")


@pytest.fixture
def copy(settings, tmp_path):
    """Anna is erased and Bo objects after the backup; Eve was erased before it, and came back of her own will."""
    eve = factories.user("eve@example.org", name="Eve Entinen")
    erasure.erase(eve.email)
    factories.user("eve@example.org", name="Eve Uusi")
    anna = factories.user("anna@example.org", name="Anna Merkki")
    bo = factories.person("bo@example.org", name="Bo")
    factories.person("cecilia@example.org", name="Cecilia")
    for person in (anna.person, bo):
        factories.grant(person)
        outbox.queue("accounts/code", person, {"what": "sign_in"}, secrets={"code": "1"})
    verification.examine_nightly()
    run("pg_dump", "--format", "custom", "--file", tmp_path / "backup")
    erasure.erase("anna@example.org")
    ledger.object_to_marketing(bo, method="form")
    verification.examine_nightly()
    with databases.superuser("postgres") as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {COPY}")
    run("pg_restore", tmp_path / "backup", database=COPY)
    yield Copy(settings)
    with databases.superuser("postgres") as cursor:
        cursor.execute(f"DROP DATABASE {COPY} WITH (FORCE)")


DRAIN = "import django; django.setup(); from mailing import gateway; print(gateway.drain())"


def test_a_restored_backup_sends_nothing_and_erases_again_before_it_may(copy, inbox):
    everybody = ["anna@example.org", "bo@example.org", "cecilia@example.org", "eve@example.org"]
    assert copy.addresses() == everybody
    assert copy.manage("sending", "status")[1].startswith("off: another installation")
    assert copy.python("-c", DRAIN)[:2] == (0, "0")
    status, said, _ = copy.manage("sending", "on")
    assert (status, said.splitlines()[-1]) == (0, "on")
    assert "1 people erased again, 1 objections recorded again" in said
    assert copy.addresses() == everybody[1:]
    assert copy.rows("SELECT name FROM consent_person WHERE name <> ''") == [
        "Bo",
        "Cecilia",
        "Eve Uusi",
    ]
    assert "Merkki" not in run("pg_dump", database=COPY).stdout
    assert copy.rows("SELECT action FROM consent_state WHERE purpose = '*'") == ["objected"]
    assert copy.manage("check_invariants")[0] == 0
    again = json.loads(copy.manage("replay_suppressions", "--json")[1])
    assert again == {"ok": True, "entries": 0, "erased": [], "objected": 0, "unfinished": 0}
    assert copy.python("-c", DRAIN)[:2] == (0, "1")  # to Bo, who is still a customer
    assert [mail["To"] for mail in inbox(1)] == ["bo@example.org"]


def test_the_ledger_is_older_than_its_checkpoint_until_somebody_says_why(copy):
    status, said, _ = copy.manage("verify_ledger", "--json")
    assert status == 1
    assert [each["check"] for each in json.loads(said)["breaks"]] == ["checkpoint"]
    assert copy.manage("verify_ledger", "--begin-anew", "the backup of Monday night")[0] == 0
    assert copy.manage("verify_ledger")[0] == 0


def test_control_without_the_list_a_copy_is_not_switched_on(copy, settings):
    settings.SUPPRESSION_FILE.rename(settings.SUPPRESSION_FILE.with_suffix(".away"))
    status, _, error = copy.manage("sending", "on")
    assert status == 1
    assert "there is no suppression list" in error
    assert copy.manage("sending", "status")[1].startswith("off")
    assert "anna@example.org" in copy.addresses()  # nobody else would have erased her
    assert copy.manage("replay_suppressions")[0] == 1
    assert copy.manage("sending", "on", "--without-list")[:2] == (0, "on")
    assert (
        Person.objects.filter(name="Anna Merkki").count() == 0
    )  # where she was erased she stays so
