"""The README's promise, from outside: `make demo` in a fresh clone, one enrolment by HTTP, its mail, and an end without a trace.

    python3 -m tests.smoke.demo_journey CLONE [FEED]

Standard library only, for nothing is installed yet. Exit status 0 when all of it came true.
"""

import email
import email.policy
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeVar

from tests.processes import alive

Seen = TypeVar("Seen")
FEED_COURSE = "accounting"  # a word that only the feed's courses have
VISITOR = "savu.testaaja@example.org"


def main(clone: Path, feed: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = clone / ".demo"
    settings = {"PORT": str(port), "DEMO_DIR": str(folder), "FEED": feed}
    command = ["make", "demo", *(f"{name}={value}" for name, value in settings.items())]
    demo = subprocess.Popen(command, cwd=clone, start_new_session=True)
    try:
        wait_until("the demo is ready", (folder / "env").exists, demo, seconds=900)
        journey(folder, feed)
    finally:
        os.killpg(demo.pid, signal.SIGINT)  # as Ctrl-C does
        demo.wait(60)
    say(f"stopped (status {demo.returncode})")
    wait_until("no process is left", lambda: not alive(folder), seconds=10)
    assert not (folder / "env").exists(), "the addresses of a stopped demo are still there"


def journey(folder: Path, feed: str) -> None:
    settings = dict(line.split("=", 1) for line in (folder / "env").read_text().splitlines())
    visitor = Browser(settings["BASE_URL"])
    for path in (
        "/healthz",
        "/readyz",
        "/",
        "/fi/",
        "/sv/",
        "/en/",
        "/en/courses/",
        "/sitemap.xml",
    ):
        visitor.get(path)
    if feed:
        found = json.loads(visitor.get(f"/api/v1/search/?q={FEED_COURSE}&lang=en"))
        assert found["count"] > 0, "the feed's courses are not found"
    enrol_page, title = open_run(visitor)
    visitor.get(enrol_page)
    visitor.submit(name="Savu Testaaja", email=VISITOR)
    code = wait_until("the code arrives by mail", lambda: code_in(mails(folder)))
    answer = visitor.submit(code=code)
    assert title in answer, "the last page does not name the course"
    confirmed = wait_until("the confirmation arrives by mail", lambda: calendar_in(mails(folder)))
    assert "BEGIN:VEVENT" in confirmed, "no date in the calendar file"
    assert title in visitor.get("/en/me/"), "my page does not show the enrolment"


def open_run(visitor: "Browser") -> tuple[str, str]:
    """The enrolment page of the first course found that takes enrolments and has dates, and its title."""
    found = json.loads(visitor.get("/api/v1/search/?q=koulutus&lang=en&page_size=50"))
    for result in found["results"]:
        page = visitor.get(urllib.parse.urlsplit(result["url"]).path)
        link = re.search(r'href="(/en/courses/[\w-]+/\d+/enrol/)"', page)
        if link and "<time" in page:
            say(f"course: {result['title']}")
            return link[1], result["title"]
    message = "no course takes enrolments"
    raise AssertionError(message)


class Browser(HTMLParser):
    """Just enough of one: cookies, links, and the form of the last page."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = self.page = base
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))
        self.forms: list[dict[str, str]] = []

    def get(self, path: str) -> str:
        return self.open(self.base + path)

    def submit(self, **typed: str) -> str:
        """Fill in the last page's form that has these fields, and send it to the page itself."""
        (form, *_) = (form for form in self.forms if typed.keys() <= form.keys())
        data = urllib.parse.urlencode({**form, **typed}).encode()
        return self.open(self.page, data)

    def open(self, address: str, data: bytes | None = None) -> str:
        with self.opener.open(address, data, timeout=30) as answer:
            text: str = answer.read().decode()
            self.page = answer.url
        say(f"{answer.status} {'POST' if data else 'GET'} {self.page}")
        self.forms = []
        self.feed(text)
        return text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        if tag == "input" and self.forms and "name" in values:
            self.forms[-1][values["name"]] = values.get("value", "")


def mails(folder: Path) -> list[EmailMessage]:
    """What the visitor got, oldest first."""
    files = sorted((folder / "mail").glob("*.eml"))
    everything = [
        email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files
    ]
    return [mail for mail in everything if VISITOR in mail["to"]]


def code_in(received: list[EmailMessage]) -> str:
    for mail in received:
        body = mail.get_body(("plain",))
        code = (
            re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*)\s*$", body.get_content(), re.M)
            if body
            else None
        )
        if code:
            return code[1]
    return ""


def calendar_in(received: list[EmailMessage]) -> str:
    for mail in received:
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                say(f"mail: {mail['subject']}")
                return str(part.get_content())
    return ""


def wait_until(
    what: str,
    seen: Callable[[], Seen],
    process: "subprocess.Popen[bytes] | None" = None,
    seconds: float = 60,
) -> Seen:
    began = time.monotonic()
    while not (found := seen()):
        assert process is None or process.poll() is None, f"ended before {what}"
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)
    say(f"{what} ({time.monotonic() - began:.1f} s)")
    return found


def say(text: str) -> None:
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else "")
