"""Programs of ours under test: started in a folder, found again by it, and counted."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def start(
    *words: str,
    folder: Path,
    account: tuple[int, int] | None = None,
    settings: dict[str, str] | None = None,
) -> subprocess.Popen[str]:
    """`python words…` with DEMO_DIR=folder and no addresses of this test run's servers."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("_URL") and name != "MAKELEVEL"
    }
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**inherited, "DEMO_DIR": str(folder), **(settings or {})},
        user=account and account[0],
        group=account and account[1],
        extra_groups=[] if account else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], seconds: float = 120) -> tuple[int, str]:
    """Exit status and output."""
    with process:
        output, _ = process.communicate(timeout=seconds)
    return process.returncode, output


def alive(folder: Path) -> dict[int, str]:
    """Processes that run for the folder, by number: it is in their environment, or they work in it.

    (A server that shows what it does in its title writes over its environment.) Zombies have
    neither: they are dead, and only wait for a parent to ask.
    """
    mark = f"DEMO_DIR={folder}\0".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            works_in = (entry / "cwd").readlink()
            if mark in (entry / "environ").read_bytes() + b"\0" or works_in.is_relative_to(folder):
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:  # gone meanwhile, or another user's
            continue
    return found


def none_left(folder: Path, seconds: float = 10) -> dict[int, str]:
    """What still runs for the folder once that time is over; empty as soon as nothing does."""
    deadline = time.monotonic() + seconds
    while (found := alive(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 120) -> None:
    """Until the file is there; fails when the process ends first."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, f"no {path} after {seconds:.0f} s"
        time.sleep(0.05)
