"""Log lines that name nobody: no address, mailed link or quoted row, whatever a server or a library says (A23).

Django writes the path of a page it refuses, and so the token of a mailed link; a database error quotes the row.
"""

import logging
import re

MASK = "…@…"
HIDDEN = (
    (re.compile(r"[^\s<>\"'(),:;=\[\]?&/]+(?:@|%40)[\w-]+(?:\.[\w-]*[^\W\d][\w-]*)+"), MASK),
    (re.compile(r"\b\d+[.:][\w-]{43}\b"), "…token…"),  # as django.core.signing makes them
    (re.compile(r"(?<=DETAIL:).*"), " …"),  # the rows that PostgreSQL quotes
)


class Masking(logging.Formatter):
    """Writes a mask in place of each of them, in the message and in the trace under it."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for pattern, mask in HIDDEN:
            text = pattern.sub(mask, text)
        return text
