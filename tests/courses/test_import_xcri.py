"""The command: what the operator gives, reads and gets as exit status (E4.4, A03)."""

import gzip
import http.server
import io
import json
import sys
import threading
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from courses.exchange.xcri import sources
from courses.models import Course
from courses.search import index
from tests.courses.feeds import course, feed

pytestmark = pytest.mark.django_db
FEED = feed(course("K-1"), course("K-2"))


@pytest.fixture(autouse=True)
def _no_search(monkeypatch):
    monkeypatch.setattr(index, "refresh", lambda _ids, _progress: None)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my feed.xml"
    path.write_text(FEED)
    return path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(source: object, *options: str, err: io.StringIO | None = None) -> tuple[int, str, str]:
    """Exit status, standard output and error of the command."""
    out, err = io.StringIO(), err or io.StringIO()
    try:
        call_command("import_xcri", str(source), *options, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


# --- what it answers ---------------------------------------------------------------------


def test_says_what_it_did(file):
    status, out, err = run(file)
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[:3] == [
        "Institution: poppleton-college",
        "Courses: 2 new, 0 changed, 0 unchanged, 0 unpublished, 0 published again, 0 left out",
        "Runs: 0 new, 0 changed, 0 unchanged, 0 unpublished, 0 published again",
    ]
    assert "courses a second" in lines[3]


def test_says_the_same_as_json(file):
    status, out, _err = run(file, "--json", "--institution", "poppleton")
    report = json.loads(out)
    assert (status, report["source"], report["error"]) == (0, str(file), None)
    assert (report["institutions"], report["is_whole"]) == (["poppleton"], True)
    assert (report["courses"]["new"], report["left_out"]) == (2, [])
    report = json.loads(run(file, "--json", "--institution", "poppleton")[1])
    assert (report["courses"]["new"], report["courses"]["changed"]) == (0, 0)


def test_names_what_was_left_out_and_says_so_by_status_3(file):
    file.write_text(feed(course("K-1"), course("K-2", title="")))
    status, out, err = run(file, "--json")
    assert (status, err) == (3, "line 4, K-2: it has no title\n")
    assert json.loads(out)["left_out"] == [
        {"line": 4, "identifier": "K-2", "reason": "it has no title"}
    ]


def test_status_3_says_that_the_feed_breaks_off(file):
    file.write_text(FEED[:-12])
    status, out, _err = run(file)
    assert (status, Course.objects.count()) == (3, 2)
    assert out.endswith("The feed breaks off before its end, so nothing is unpublished.\n")


def test_a_dry_run_does_nothing(file):
    status, out, _err = run(file, "--dry-run")
    assert (status, out.splitlines()[0]) == (
        0,
        "Dry run, nothing is changed. Institution: poppleton-college",
    )
    assert not Course.objects.exists()


def test_shows_progress_on_a_terminal_only(file):
    assert run(file, err=Terminal())[2] == "\r2 / 2 courses imported\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<html><body>Gone</body></html>", "not an XCRI-CAP feed"),
        ("", "The feed is empty."),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document type"),
        (feed(), "holds no course"),
    ],
)
def test_status_1_says_why_nothing_could_be_read(file, text, reason):
    file.write_text(text)
    status, out, err = run(file, "--json")
    assert (status, reason in err, json.loads(out)["error"]) == (1, True, err)


# --- where the feed may be ----------------------------------------------------------------


def test_reads_a_file_address(file):
    assert run(file.as_uri())[0] == 0


def test_reads_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FEED.encode())))
    assert run("-")[0] == 0
    assert Course.objects.count() == 2


def test_reads_a_packed_file(file):
    file.write_bytes(gzip.compress(FEED.encode()))
    assert run(file)[0] == 0


def test_a_packed_file_that_breaks_off_is_no_whole_feed(file):
    courses = [course(f"K-{no}", f"Title {no * 7919}") for no in range(2000)]
    packed = gzip.compress(feed(*courses).encode())
    file.write_bytes(packed[: len(packed) // 2])
    assert run(file)[0] == 3
    assert 0 < Course.objects.count() < 2000


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("/nowhere/feed.xml", "/nowhere/feed.xml cannot be read: No such file or directory."),
        ("/usr", "/usr cannot be read: Is a directory."),
        ("/dev/zero", "/dev/zero is not a file."),
        ("ftp://x.example/feed.xml", "ftp: is not fetched; name a file, http or https."),
        ("gopher://x.example/", "gopher: is not fetched; name a file, http or https."),
        ("http://[::1", "The feed cannot be fetched: Invalid IPv6 URL."),
        ("a\0b", "cannot be read"),
    ],
)
def test_says_why_a_source_is_none(source, reason):
    status, _out, err = run(source)
    assert status == 1
    assert reason in err


def test_refuses_more_than_is_allowed(file, settings):
    settings.IMPORT_MAX_MB = 1
    file.write_text(feed(course(body=f"<abstract>{'word ' * 300_000}</abstract>")))
    too_large = "The feed is larger than 1 MB, the most that IMPORT_MAX_MB allows."
    assert run(file)[::2] == (1, too_large)
    file.write_bytes(gzip.compress(file.read_bytes()))
    assert run(file)[::2] == (1, too_large)


# --- over the network -----------------------------------------------------------------------


@contextmanager
def serving(answer):
    """A web server that answers every request by `answer(handler)`; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *_args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/feed"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def body(data: bytes, length: int = 0):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(length or len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def redirect(target: str):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.end_headers()

    return answer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


@pytest.mark.parametrize("data", [FEED.encode(), gzip.compress(FEED.encode())])
def test_fetches_over_http(data):
    with serving(body(data)) as address:
        assert run(address)[0] == 0
    assert Course.objects.count() == 2


def test_follows_a_redirect_to_http_only(file):
    with serving(body(FEED.encode())) as target, serving(redirect(target)) as address:
        assert run(address)[0] == 0
    for target in (file.as_uri(), "ftp://x.example/feed"):
        with serving(redirect(target)) as address:
            status, _out, err = run(address)
        assert status == 1
        assert err.startswith(("The server answered 302", "The feed cannot be fetched"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda handler: handler.send_error(404), "The server answered 404 Not Found."),
        (body(b"x", length=999_999_999), "The feed is larger than 150 MB"),
        (body(FEED.encode(), length=9999), "The connection broke before the end"),
        (lambda handler: handler.wfile.write(b"nonsense\r\n"), "The feed cannot be fetched"),
    ],
)
def test_says_why_a_feed_was_not_fetched(answer, reason):
    with serving(answer) as address:
        status, _out, err = run(address)
    assert (status, Course.objects.count()) == (1, 0)
    assert err.startswith(reason)


def test_gives_up_on_a_server_that_is_silent_or_endless(monkeypatch):
    monkeypatch.setattr(sources, "SECONDS_TO_ANSWER", 0.2)
    release = threading.Event()
    with serving(lambda _handler: release.wait(5)) as address:
        assert "timed out" in run(address)[2]
        release.set()
    monkeypatch.setattr(sources, "SECONDS_IN_ALL", -1)
    with serving(body(FEED.encode())) as address:
        assert run(address)[2].startswith("The server took more than")
