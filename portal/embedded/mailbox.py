"""SMTP server that delivers nowhere: each mail is kept as one .eml file.

Two domains show what servers do that keep none: `refused.example.org` knows no mailbox, and `silent.example.org` hangs
up when it has the mail, without a word.
"""

import asyncio
import os
import sys
import time
import uuid
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

REFUSED, SILENT = "@refused.example.org", "@silent.example.org"


class Keeper:
    """Writes whole files only: a reader of the folder never sees half a mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name and arguments
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address.endswith(REFUSED):
            return "550 5.1.1 There is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        if any(address.endswith(SILENT) for address in envelope.rcpt_tos):
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
            return "250 nobody hears this"
        kept = self.folder / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.eml"
        arriving = kept.with_suffix(".new")
        with arriving.open("wb") as file:
            file.write(envelope.original_content or b"")
            file.flush()
            os.fsync(file.fileno())
        arriving.rename(kept)
        return "250 Kept"


async def serve(port: int, folder: Path) -> None:
    keeper = Keeper(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        port,
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
