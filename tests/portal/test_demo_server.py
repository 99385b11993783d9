"""`make demo`: refuses with a sentence, serves, survives a kill, and leaves no process behind."""

import contextlib
import os
import signal
import socket
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import demo_server
from portal.embedded.children import free_port
from tests.processes import ROOT, alive, finish, none_left, start, wait_for

DEMO = ("-m", "portal.demo_server")


def refused(folder: Path, **settings: str) -> str:
    """The sentence with which a demo does not start; nothing is written."""
    status, output = finish(start(*DEMO, folder=folder, settings=settings))
    assert status == 1
    assert output.count("\n") == 1
    assert not folder.exists()
    return output.strip()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80 80", "http", "٨٠"])
def test_a_port_that_is_none_is_refused(port, tmp_path):
    sentence = f"PORT must be a number from 1 to 65535, not {port}."
    assert refused(tmp_path / "demo", PORT=port) == sentence


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_busy_port_is_refused(family, tmp_path):
    with socket.socket(family) as other:
        try:
            other.bind(("localhost", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        other.listen()
        port = other.getsockname()[1]
        sentence = f"Port {port} is in use. Choose another: make demo PORT={port + 1}"
        assert refused(tmp_path / "demo", PORT=str(port)) == sentence


@pytest.mark.parametrize(
    ("feed", "path"),
    [
        ("no/such/feed.xml", "no/such/feed.xml"),
        ("file:///no/such%20feed.xml", "/no/such feed.xml"),
        (str(ROOT), str(ROOT)),
    ],
)
def test_a_missing_feed_is_refused(feed, path, tmp_path):
    sentence = f"There is no file {path} (FEED)."
    settings = {"PORT": str(free_port()), "FEED": feed}
    assert refused(tmp_path / "demo", **settings) == sentence


def test_a_feed_may_be_a_file_or_its_address(tmp_path):
    feed = tmp_path / "my feed.xml"
    feed.touch()
    for named in ("", str(feed), feed.as_uri(), "https://x.example/feed.xml"):
        demo_server._refuse_missing(named)


@contextlib.contextmanager
def served(folder: Path, port: int) -> Iterator[int]:
    """A demo that is ready; its process number."""
    with start(*DEMO, folder=folder, settings={"PORT": str(port)}) as process:
        try:
            wait_for(folder / "env", process, seconds=300)
            yield process.pid
            process.wait(30)
        finally:
            process.kill()


def announced(folder: Path) -> dict[str, str]:
    """The addresses in `env`; empty without the file."""
    try:
        lines = (folder / "env").read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.fault
def test_a_demo_serves_and_a_killed_one_starts_again_with_its_data(tmp_path):
    folder, port = tmp_path / "my demo", free_port()
    with served(folder, port) as number:
        first = announced(folder)
        assert stat.S_IMODE((folder / "env").stat().st_mode) == 0o600
        assert first["BASE_URL"] == f"http://localhost:{port}"
        for name in ("localhost", "127.0.0.1"):
            with urllib.request.urlopen(f"http://{name}:{port}/readyz") as answer:
                assert answer.status == 200
        os.kill(number, signal.SIGKILL)
    assert not none_left(folder)
    assert announced(folder) == first, "the control: a killed demo cannot take its word back"

    settings = {"PORT": str(port), "DATABASE_URL": "postgresql://stale/"}
    with start(*DEMO, folder=folder, settings=settings) as process:
        while announced(folder) == first:
            assert process.poll() is None
        wait_for(folder / "env", process)
        second = announced(folder)
        process.send_signal(signal.SIGTERM)
        assert finish(process)[0] == 128 + signal.SIGTERM
    assert second["SECRET_KEY"] == first["SECRET_KEY"]
    assert second["DATABASE_URL"] != first["DATABASE_URL"]
    assert not (folder / "env").exists()
    assert not none_left(folder, seconds=0)


@pytest.mark.fault
def test_a_demo_whose_part_dies_says_which_and_stops(tmp_path):
    folder, port = tmp_path / "demo", free_port()
    with start(*DEMO, folder=folder, settings={"PORT": str(port)}) as process:
        wait_for(folder / "worker.log", process, seconds=300)
        (worker, *_) = (
            pid
            for pid, command in alive(folder).items()
            if "celery" in command and " worker " in command
        )
        os.kill(worker, signal.SIGKILL)
        status, output = finish(process)
    assert (status, "worker stopped (status -9)." in output) == (1, True)
    assert not none_left(folder)


def test_make_demo_runs_it_in_makes_own_place():
    """So that killing make reaches it: no shell stands between."""
    recipe = (ROOT / "Makefile").read_text()
    assert "\t@exec $(BIN)/python -m portal.demo_server\n" in recipe
