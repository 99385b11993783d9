"""A mail server with faults: `python -m tests.faults.sink PORT FOLDER [IDLE_SECONDS [SLOW_MILLISECONDS]]`.

What it accepts stands in FOLDER/relay.log, on the disk before it says so, as in a relay's queue; workers read that as
RELAY_LOG. The word after the last dot of a recipient's box says what goes wrong, most of it the first time only. While
FOLDER/closed exists, it greets with 421. At some points it writes FOLDER/<word> and waits for FOLDER/go.
"""

import contextlib
import os
import re
import socket
import socketserver
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

AT_RCPT = {
    "dead": "550 5.1.1 No such person",
    "later": "451 4.7.1 Come back later",
    "once": "451 4.7.1 Come back later",
    "closing": "421 4.3.2 Going down",
}
FIRST_TIME_ONLY = {"once", "closing", "before", "after", "silent", "mute", "cut", "wait", "hold"}
MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(\S+)")


class Gone(Exception):  # noqa: N818  a way out, no error
    """The session is over."""


class Session(socketserver.StreamRequestHandler):
    """One client."""

    server: "Sink"

    def handle(self) -> None:
        self.connection.settimeout(self.server.idle)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.word = self.fault = self.recipient = ""
        with contextlib.suppress(Gone, OSError):
            if (self.server.folder / "closed").exists():
                self.say("421 4.3.2 Closed")
                return
            self.server.count("sessions")
            self.say("220 sink")
            while True:
                self.answer(self.line().strip())

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def line(self) -> bytes:
        line = self.rfile.readline()
        if not line:
            raise Gone
        return line

    def answer(self, command: bytes) -> None:
        verb = command[:4].upper()
        if verb == b"RCPT":
            self.rcpt(command.decode())
        elif verb == b"DATA":
            self.data()
        elif verb == b"QUIT":
            self.say("221 Bye")
            raise Gone
        else:
            self.say("250 OK")

    def rcpt(self, command: str) -> None:
        self.recipient = command.split("<", 1)[1].split(">", maxsplit=1)[0]
        self.word = self.recipient.partition("@")[0].rpartition(".")[2]
        answer = AT_RCPT.get(self.word)
        if answer and self.is_due():
            self.say(answer)
            if self.word == "closing":
                raise Gone
        else:
            self.say("250 OK")

    def is_due(self) -> bool:
        """Whether the fault still happens to this recipient."""
        return self.server.is_due(self.word, self.recipient)

    def data(self) -> None:
        self.fault_at("wait", "cut")
        self.say("354 Go on")
        if self.fault == "cut":
            raise Gone
        body = b""
        while (line := self.line()) != b".\r\n":
            body += line
        self.fault_at("big", "before", "after", "silent", "mute", "deaf", "hold")
        if self.fault == "big":
            self.say("552 5.3.4 Too big")
        elif self.fault == "before":
            raise Gone
        else:
            self.take(body)

    def fault_at(self, *words: str) -> None:
        """Look whether one of these happens here; what a client that has gone did not see still waits for it."""
        self.fault = self.word if self.word in words and self.is_due() else ""
        if self.fault == "wait":
            self.pause()

    def take(self, body: bytes) -> None:
        """Accept the mail, or fall silent without a trace."""
        if self.fault not in {"mute", "deaf"}:
            self.server.keep(body, self.recipient)
        self.reply()

    def reply(self) -> None:
        """What follows when it has taken the mail, or says nothing about it."""
        time.sleep(self.server.slow)
        if self.fault == "after":
            raise Gone
        if self.fault in {"silent", "mute", "deaf"}:
            self.connection.settimeout(None)
            self.line()  # until the client goes
        if self.fault == "hold":
            self.pause()
        self.say("250 2.0.0 Queued")

    def pause(self) -> None:
        (self.server.folder / self.word).touch()
        while not (self.server.folder / "go").exists():
            time.sleep(0.01)


class Sink(socketserver.ThreadingTCPServer):
    """The server, and what it remembers of all sessions."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, folder: Path, idle: float, slow: float) -> None:
        self.folder, self.idle, self.slow = folder, idle, slow
        self.lock = threading.Lock()
        self.met: set[str] = set()
        self.log = (folder / "relay.log").open("ab", buffering=0)
        super().__init__(("127.0.0.1", port), Session)

    def is_due(self, word: str, recipient: str) -> bool:
        """Whether the fault happens: the first time, or always."""
        with self.lock:
            if word in FIRST_TIME_ONLY and recipient in self.met:
                return False
            self.met.add(recipient)
            return True

    def keep(self, body: bytes, recipient: str) -> None:
        found = MESSAGE_ID.search(body)
        name = found.group(1) if found else b"<none@none>"
        at = datetime.now(UTC).isoformat().encode()
        with self.lock:
            self.log.write(b" ".join([at, name, recipient.encode()]) + b"\n")
            os.fsync(self.log.fileno())

    def count(self, what: str) -> None:
        with self.lock, (self.folder / what).open("a") as file:
            file.write(".")


if __name__ == "__main__":
    numbers = [float(word) for word in sys.argv[3:]]
    idle, slow = [*numbers, *[60.0, 1.0][len(numbers) :]]
    Sink(int(sys.argv[1]), Path(sys.argv[2]), idle, slow / 1000).serve_forever()
