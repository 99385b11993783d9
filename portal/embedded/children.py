"""Child processes that cannot outlive us: the kernel stops each of them when we die, however we die."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartError(Exception):
    """Something did not start; the text is for the person at the terminal."""


class Account(NamedTuple):
    """The system user a process runs as."""

    uid: int
    gid: int


@dataclass
class Child:
    """A process on a leash. Without a log it writes where we write.

    `attached` leaves it in the terminal's session, for a program somebody types into. `orphaned` is the signal that ends
    it when we die, where that is not `stop`.
    """

    name: str
    argv: list[str]
    log: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop: signal.Signals = signal.SIGTERM
    orphaned: signal.Signals | None = None
    attached: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it. Only from the main thread: the leash follows the thread, not the process."""
        parent = os.getpid()

        def leash() -> None:  # runs after setuid, which would clear the death signal
            die_with_parent(self.orphaned or self.stop)
            if os.getppid() != parent:
                os._exit(1)

        with contextlib.ExitStack() as files:
            out = files.enter_context(self.log.open("wb")) if self.log else None
            self.process = subprocess.Popen(
                self.argv,
                env={**os.environ, **self.env},
                cwd="/" if self.account else None,
                user=self.account and self.account.uid,
                group=self.account and self.account.gid,
                extra_groups=[] if self.account else None,
                stdin=None if self.attached else subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
                start_new_session=not self.attached,
                preexec_fn=leash,
            )

    @property
    def status(self) -> int | None:
        """Exit status, None while it runs."""
        return self.process.poll() if self.process else None

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-1500:].strip() if self.log else ""


@dataclass(frozen=True)
class Server:
    """A started server: its addresses by setting's name, and how to wait until it serves."""

    child: Child
    urls: dict[str, str]
    ready: Callable[[], None]


def die_with_parent(number: signal.Signals) -> None:
    """Ask the kernel (Linux) to send this process the signal when its parent ends."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(number))


def finish(child: Child) -> int:
    """Wait for the end of a started child; its exit status, 128 + n after signal n."""
    assert child.process is not None  # noqa: S101 (it is started)
    try:
        status = child.process.wait()
    finally:
        end([child])
    return status if status >= 0 else 128 - status


def end(children: Iterable[Child], timeout: float = 10) -> None:
    """Ask all to stop, then make them: nothing of their process groups is left afterwards."""
    started = [(child, child.process) for child in children if child.process]
    for child, process in started:
        if process.poll() is None:
            process.send_signal(child.stop)
    deadline = time.monotonic() + timeout
    for child, process in started:
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
        if not child.attached:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


def wait(child: Child, ready: Callable[[], bool], timeout: float = 60) -> None:
    """Wait until the child serves; say why when it does not."""
    deadline = time.monotonic() + timeout
    while not ready():
        if child.status is not None:
            raise StartError(f"{child.name} stopped (status {child.status}).\n{child.tail()}")
        if time.monotonic() > deadline:
            raise StartError(f"{child.name} was not ready in {timeout:.0f} s.\n{child.tail()}")
        time.sleep(0.02)


def stop_on_signal() -> None:
    """Turn the first Ctrl-C, TERM or HUP into an orderly exit with status 128 + n, once."""

    def stop(number: int, _frame: object) -> None:
        for each in STOPPING:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in STOPPING:
        signal.signal(number, stop)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, *, send: bytes = b"", expect: bytes) -> bool:
    """Whether a server on this port greets (or replies to what is sent) as expected."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(send)
            return link.recv(64).startswith(expect)
    except OSError:
        return False
