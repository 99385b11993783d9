"""`make demo`: the whole portal on this machine, from three servers to a page one can sign in to.

Reads PORT, DEMO_DIR and FEED (a path or address of an XCRI-CAP file to import too). Exit status 1
with a sentence when something cannot start, 128 + n after signal n; no process is left either way.
"""

import os
import secrets
import shlex
import signal
import socket
import sys
import time
import urllib.request
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from portal.embedded import services
from portal.embedded.children import (
    Child,
    StartError,
    die_with_parent,
    end,
    finish,
    stop_on_signal,
    wait,
)

WORKERS = 2
ENTRIES_LEFT_OUT = 3  # exit status of import_xcri: read whole, but for entries it names
READY = """
{name} is ready:  {url}/
  Sign in as    learner@, partner@, colleague@, trainer@, sales@, coordinator@, manager@ or
                admin@example.org with the password rikastava-demo-2026
  Mail it sends {url}/demo/inbox/
  Its files     {folder}  (database, mail, logs; `set -a; . {env}` lets manage.py and psql join)
Ctrl-C stops it; what you did stays."""


def serve(folder: Path, port: int, feed: str) -> NoReturn:
    """Start everything, say so, and watch until a signal or until a part stops."""
    announced = folder / "env"
    was_killed = os.access(announced, os.F_OK)  # perhaps a moment ago, and its parts still end
    _refuse_busy(port, patience=5 if was_killed else 0)
    _refuse_missing(feed)
    _say("Starting PostgreSQL, Valkey and the mail server")
    with services(folder) as urls:
        settings = {**_settings(folder, port), **urls}
        os.environ.update(settings)
        parts = _parts(folder, port)
        try:
            _prepare(feed)
            for part in parts:
                part.start()
            wait(parts[0], lambda: _ready(parts, f"http://127.0.0.1:{port}/readyz"), timeout=120)
            _write(announced, "".join(f"{k}={shlex.quote(v)}\n" for k, v in settings.items()))
            url, name = settings["BASE_URL"], os.environ.get("SITE_NAME", "Kudelma")
            _say(READY.format(name=name, url=url, folder=folder, env=shlex.quote(str(announced))))
            _watch(parts)
        finally:
            announced.unlink(missing_ok=True)
            end(parts)


def _refuse_busy(port: int, *, patience: float) -> None:
    deadline = time.monotonic() + patience
    while sentence := _why_not(port):
        if time.monotonic() > deadline:
            raise StartError(sentence)
        time.sleep(0.1)


def _why_not(port: int) -> str:
    busy = f"Port {port} is in use. Choose another: make demo PORT={port + 1}"
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except PermissionError:
        return f"Ports below 1024, like {port}, are the administrator's."
    except OSError:
        return busy
    try:  # localhost may also be ::1, where another program would answer in our place
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return ""
    return busy


def _refuse_missing(feed: str) -> None:
    address = urlsplit(feed)
    path = unquote(address.path) if address.scheme == "file" else feed
    if feed and address.scheme not in {"http", "https"} and not Path(path).is_file():
        raise StartError(f"There is no file {path} (FEED).")


def _settings(folder: Path, port: int) -> dict[str, str]:
    """What manage.py needs to join this demo; nothing of the caller's own portal leaks in."""
    return {
        "BASE_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DEBUG": "0",
        "DEMO": "1",
        "DEMO_DIR": str(folder),
        "MEDIA_ROOT": str(folder / "media"),
        "PRIVATE_ROOT": str(folder / "private"),
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": _secret(folder / "secret"),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }


def _secret(file: Path) -> str:
    """Made once, so that a second start keeps people signed in."""
    if not (file.exists() and file.read_text()):
        _write(file, secrets.token_urlsafe(50))
    return file.read_text()


def _parts(folder: Path, port: int) -> list[Child]:
    granian = [
        *("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(WORKERS), "--blocking-threads", "8"),  # a connection each
        *("--workers-kill-timeout", "2"),  # one that is still starting does not hear the signal
    ]
    celery = ["celery", "--app", "portal.celery"]
    beat = ["beat", "--schedule", str(folder / "beat.db"), "--pidfile", ""]
    programs = {
        "web": [*granian, "portal.wsgi:application"],
        "worker": [*celery, "worker", "--concurrency", str(WORKERS), "--loglevel", "INFO"],
        "beat": [*celery, *beat, "--loglevel", "INFO"],
    }
    # a worker that is asked to stop waits for its processes, which may wait for it when its broker has died too; killed,
    # it takes them along, and what it had in hand are rows
    orphaned = {"worker": signal.SIGKILL}
    return [
        Child(
            name,
            [sys.executable, "-m", *words],
            log=folder / f"{name}.log",
            orphaned=orphaned.get(name),
        )
        for name, words in programs.items()
    ]


def _prepare(feed: str) -> None:
    _say("Preparing the database")
    _manage("prepare_demo")
    if feed:
        _say(f"Importing {feed}")
        if _manage("import_xcri", feed, also_good=ENTRIES_LEFT_OUT) == ENTRIES_LEFT_OUT:
            _say("The feed is imported but for the entries named above.")


def _manage(*words: str, also_good: int = 0) -> int:
    child = Child(f"manage.py {words[0]}", [sys.executable, "manage.py", *words])
    child.start()
    status = finish(child)
    if status not in {0, also_good}:
        raise StartError(f"{child.name} failed (status {status}).")
    return status


def _ready(parts: list[Child], url: str) -> bool:
    _refuse_stopped(parts)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _watch(parts: list[Child]) -> NoReturn:
    while True:
        _refuse_stopped(parts)
        time.sleep(0.5)


def _refuse_stopped(parts: list[Child]) -> None:
    for part in parts:
        if part.status is not None:
            raise StartError(f"{part.name} stopped (status {part.status}).\n{part.tail()}")


def _write(file: Path, text: str) -> None:
    """Whole or not at all, and for our eyes only."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.rename(file)


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """The exit status of a demo that could not start or go on."""
    if "MAKELEVEL" in os.environ:  # a killed make takes us along
        die_with_parent(signal.SIGTERM)
    stop_on_signal()
    port, folder = os.environ.get("PORT") or "8000", os.environ.get("DEMO_DIR") or ".demo"
    try:
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise StartError(f"PORT must be a number from 1 to 65535, not {port}.")
        serve(Path(folder).absolute(), int(port), os.environ.get("FEED") or "")
    except (StartError, OSError) as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
