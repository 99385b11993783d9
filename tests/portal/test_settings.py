"""A value that cannot be meant stops the start, and the sentence names it and says what is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = {
    "0": "Must be greater than 0.",
    "-1": "Must be greater than 0.",
    "nan": "Special numeric values (nan or infinity) are not permitted.",
    "inf": "Special numeric values (nan or infinity) are not permitted.",
    "kahdeksan": "Not a valid number.",
    "8 h": "Not a valid number.",
}


def started(**said):
    """How reading the settings ends, and its last line."""
    done = subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DEBUG": "1", **said},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize("name", ["STAFF_SESSION_HOURS", "STAFF_SESSION_IDLE_MINUTES"])
@pytest.mark.parametrize("value", REFUSALS)
def test_how_long_staff_stay_signed_in_is_a_length_of_time(name, value):
    code, told = started(**{name: value})
    assert code == 1
    assert f'"{name}" invalid' in told
    assert REFUSALS[value] in told


def test_control_a_length_of_time_is_taken():
    values = {"STAFF_SESSION_HOURS": "0.5", "STAFF_SESSION_IDLE_MINUTES": "60"}
    assert started(**values) == (0, "")
