"""Real PostgreSQL, Valkey and SMTP servers from wheels, for demo, development and tests.

This package alone knows of them: with addresses in the environment nothing here is imported.
Each server is a child process that ends with us, even after `kill -9`; the data stays in the folder.
"""

import contextlib
import os
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from portal.embedded.children import Server, end
from portal.embedded.folder import held
from portal.embedded.postgres import postgres
from portal.embedded.servers import mail, valkey

NAMES = ("REDIS_URL", "EMAIL_URL", "DATABASE_URL")


@contextlib.contextmanager
def services(
    folder: Path, *, durable: bool = True, only: Collection[str] = NAMES
) -> Iterator[dict[str, str]]:
    """Run the servers while the block runs; yields their addresses by setting's name.

    A folder serves one process at a time: a second one gets a StartError.
    """
    starters: dict[str, Callable[[Path], Server]] = {
        "REDIS_URL": valkey,
        "EMAIL_URL": mail,
        "DATABASE_URL": partial(postgres, durable=durable),
    }
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # libpq's variables (PGSSLMODE, PGOPTIONS) speak of other servers
    servers: list[Server] = []
    with held(folder):
        try:
            for name, start in starters.items():
                if name in only:
                    servers.append(start(folder))
            for server in servers:
                server.ready()
            yield {name: url for server in servers for name, url in server.urls.items()}
        finally:
            end(server.child for server in reversed(servers))
