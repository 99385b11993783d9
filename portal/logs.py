"""Log lines without addresses: whatever a server or a library says, an e-mail address does not reach the log (A23)."""

import logging
import re

ADDRESS = re.compile(r"[^\s<>\"'(),:;=\[\]]+@[\w-]+(?:\.[\w-]+)+")
MASK = "…@…"


class Masking(logging.Formatter):
    """Writes a mask in place of each e-mail address, in the message and in the trace under it."""

    def format(self, record: logging.LogRecord) -> str:
        return ADDRESS.sub(MASK, super().format(record))
