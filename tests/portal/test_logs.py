"""No address reaches the log, whatever says it (A23)."""

import logging

import pytest

from portal.logs import Masking


def line(message, *values, error=None):
    record = logging.LogRecord(
        "x", logging.ERROR, "x.py", 1, message, values, error and (type(error), error, None)
    )
    return Masking("%(levelname)s %(name)s: %(message)s").format(record)


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("550 <anna.virtanen@example.org>: unknown", "550 <…@…>: unknown"),
        ("Key (lower(email))=(anna+x@työ.example.fi) exists", "Key (lower(email))=(…@…) exists"),
        ("to a@b.fi,c@d.fi", "to …@…,…@…"),
        ("nothing at all @ noon", "nothing at all @ noon"),
    ],
)
def test_addresses_are_masked(said, logged):
    assert line("%s", said) == f"ERROR x: {logged}"


def test_a_trace_is_masked_too():
    assert "anna@" not in line("failed", error=ValueError("anna@example.org"))
    assert "ValueError: …@…" in line("failed", error=ValueError("anna@example.org"))


def test_the_portal_logs_through_it():
    (handler,) = [
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    ]
    assert isinstance(handler.formatter, Masking)
