"""pytest plugin (-p portal.testing): real servers up before Django reads its settings.

All xdist workers share one PostgreSQL and one Valkey (each its own database in them); each has
a mail server of its own, so that mails do not mix. The folder is TEST_DIR, else .demo/test:
its database server is kept from run to run, and a second run at the same time needs another folder.
"""

import atexit
import contextlib
import os
from pathlib import Path

import pytest

from portal.embedded import services
from portal.embedded.children import StartError, end
from portal.embedded.servers import mail

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # gw0, gw1, …; empty in the first process
FOLDER = Path(os.environ.get("TEST_DIR") or ".demo/test").absolute()
MAILBOX = FOLDER / f"mail{WORKER}"


def _start_servers(stack: contextlib.ExitStack) -> None:
    os.environ.update(stack.enter_context(services(FOLDER, durable=False)))
    os.environ["DATABASE_URL"] = os.environ["DATABASE_URL"].replace("portal_app@", "postgres@")
    os.environ.update(
        DJANGO_SETTINGS_MODULE="tests.settings",
        DEMO="1",
        DEMO_DIR=str(FOLDER),
        BASE_URL="http://localhost:8000",
        SECRET_KEY="only for tests",  # noqa: S106  signs nothing
    )


def _take_a_part(stack: contextlib.ExitStack) -> None:
    number = int(WORKER.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].removesuffix("/0") + f"/{number}"
    server = mail(FOLDER, MAILBOX.name)
    stack.callback(end, [server.child])
    server.ready()
    os.environ.update(server.urls)


with contextlib.ExitStack() as _starting:
    try:
        (_take_a_part if WORKER else _start_servers)(_starting)
    except StartError as error:
        raise pytest.UsageError(str(error)) from error
    atexit.register(_starting.pop_all().close)
