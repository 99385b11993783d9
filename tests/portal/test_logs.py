"""No address, mailed link or quoted row reaches the log, whatever says it (A23)."""

import logging

import pytest
from django.core.signing import Signer

from portal.logs import Masking

TOKEN = Signer(salt="any", sep=".").sign("12")


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
        ("?email=anna%40sub.example.org&x=1", "?email=…@…&x=1"),
        (f"/en/newsletter/confirm/{TOKEN}/", "/en/newsletter/confirm/…token…/"),
        (f"?key={TOKEN}&done=saved", "?key=…token…&done=saved"),
        ("nothing at all @ noon", "nothing at all @ noon"),
        ("redis://:**@127.0.0.1:6379/0", "redis://:**@127.0.0.1:6379/0"),
        ("worker-1@vm ready, version 5.2.10", "worker-1@vm ready, version 5.2.10"),
    ],
)
def test_addresses_are_masked(said, logged):
    assert line("%s", said) == f"ERROR x: {logged}"


def test_a_trace_is_masked_too():
    assert "anna@" not in line("failed", error=ValueError("anna@example.org"))
    assert "ValueError: …@…" in line("failed", error=ValueError("anna@example.org"))


def test_the_row_that_a_database_quotes_is_masked():
    error = ValueError("violates\nDETAIL:  Failing row contains (7, Anna Öst, 2026).\n")
    assert "DETAIL: …\n" in line("failed", error=error) + "\n"
    assert "Anna" not in line("failed", error=error)


def test_the_portal_logs_through_it():
    (handler,) = [
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    ]
    assert isinstance(handler.formatter, Masking)
