"""An erasure killed anywhere is finished by the clock: nothing is half erased, nothing is forgotten (D2.4)."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from common.days import database_now
from consent import erasure, subjects, suppression
from consent.models import Person, SubjectRequest
from consent.tasks import resume_erasures
from portal import invariants
from tests import canary, factories
from tests.faults.test_ledger import wait_until_nobody_writes

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

EMAIL = "anna@example.org"
STEPS = [
    "consent.rows",
    "consent.suppressed",
    "consent.files",
    "courses.search",
    "portal.cache",
    "portal.mails",
]
# killed while the rows are being erased, then between each step's work and the mark that it is done
ERASER = """
import os, signal, sys
import django
django.setup()
from consent import erasure
from django.core.management import call_command

def die(*_args):
    os.kill(os.getpid(), signal.SIGKILL)

mark = erasure.mark
erasure.mark = lambda request, name: die() if name == sys.argv[1] else mark(request, name)
if sys.argv[1] == "in the transaction":
    erasure.suppression.suppress = die
call_command("subject_erase", "anna@example.org")
"""


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.DEMO_DIR = tmp_path
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "1.eml").write_text(f"To: {EMAIL}\n\nHei\n")


@pytest.fixture
def anna():
    user = factories.user(EMAIL, name="Anna Merkki")
    factories.trainer(name="Anna Merkki", user=user)
    factories.enrolment(factories.run(), user.person)
    factories.grant(user.person)
    return user.person


def killed(at, settings):
    """Run the command in a process that is killed at this point; its exit status."""
    done = subprocess.run(
        [sys.executable, "-c", ERASER, at],
        env={
            **os.environ,
            "DEMO_DIR": str(settings.DEMO_DIR),
            "SUPPRESSION_FILE": str(settings.SUPPRESSION_FILE),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    wait_until_nobody_writes()
    return done.returncode


def is_known():
    try:
        return subjects.known_by(EMAIL).is_known
    except subjects.UnknownError:
        return False


@pytest.mark.parametrize("at", ["in the transaction", *STEPS])
def test_killed_and_finished_by_the_clock(at, anna, settings):
    assert killed(at, settings) == -signal.SIGKILL
    request = SubjectRequest.objects.get()
    done = STEPS[: STEPS.index(at)] if at in STEPS else []
    assert (request.steps, request.finished_at) == (done, None)
    assert is_known() is (at == "in the transaction")
    assert bool(request.erased_at) is (at != "in the transaction")
    assert resume_erasures() == 0
    request.refresh_from_db()
    assert (request.steps, request.subject) == (STEPS, {})
    assert request.finished_at is not None
    assert not is_known()
    assert not list((settings.DEMO_DIR / "mail").iterdir())
    assert suppression.last_words(settings.SUPPRESSION_FILE) == {
        suppression.digest_of(EMAIL): "erased"
    }
    assert "Merkki" not in canary.dump()
    assert invariants.broken() == {}


def test_control_without_the_clock_it_stays_unfinished_and_is_noticed(anna, settings):
    killed("courses.search", settings)
    assert EMAIL in canary.dump()  # the request still knows whom it is about
    SubjectRequest.objects.update(received_at=database_now() - timedelta(days=2))
    assert invariants.broken().keys() == {"r1"}


def test_the_same_address_again_goes_on_with_the_same_request(anna, settings):
    killed("portal.cache", settings)
    request = erasure.erase(EMAIL)
    assert request.finished_at is not None
    assert SubjectRequest.objects.count() == 1
    assert not Person.objects.exists()
