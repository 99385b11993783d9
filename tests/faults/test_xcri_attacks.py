"""Feeds made to harm: refused at once, in little memory, and without a look at file or network (A03)."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.courses.feeds import NAMESPACES, course, feed, presentation

pytestmark = pytest.mark.fault
ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1_048_576
READ = """
import json, socket, sys, time

def refuse(*_args, **_options):
    raise SystemExit("a socket was used")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse

from courses.exchange.xcri import reading, sources

began, damaged, answer = time.monotonic(), 0, "read"
try:
    with sources.opened(sys.argv[1], 150 * 1_048_576) as feed:
        count = reading.survey(feed).courses
        for piece in reading.pieces(feed):
            try:
                assert "root:" not in "".join(map(str, reading.course(piece).itertext()))
            except reading.DamagedError:
                damaged += 1
except sources.UnreadableError as error:
    answer = str(error)
seconds = time.monotonic() - began
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps([answer, damaged, seconds, int(status["VmHWM"].split()[0]) / 1024]))
"""


@pytest.fixture
def read(tmp_path):
    """Answer, damaged courses, seconds and peak memory in MB of a process that reads the feed."""

    def read(data: str | bytes):
        path = tmp_path / "feed.xml"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return measured(path)

    return read


def measured(path: Path):
    process = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def doctype(inside: str, text: str = "") -> str:
    body = feed(course(body=f"<abstract>{text}</abstract>"))
    return f'<?xml version="1.0"?>\n<!DOCTYPE catalog {inside}>\n{body}'


LAUGHS = "".join(f'<!ENTITY a{no} "{f"&a{no - 1};" * 10}">' for no in range(1, 12))
ENTITIES = {
    "file": doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]', "&x;"),
    "parameter": doctype('[<!ENTITY % x SYSTEM "file:///etc/passwd">%x;]'),
    "address": doctype('[<!ENTITY x SYSTEM "http://127.0.0.1:9/">]', "&x;"),
    "dtd": doctype('SYSTEM "http://127.0.0.1:9/x.dtd"', "&x;"),
    "public": doctype('PUBLIC "-//X//X" "http://127.0.0.1:9/x.dtd"'),
    "laughs": doctype(f'[<!ENTITY a0 "ha">{LAUGHS}]', "&a11;"),
    "quadratic": doctype(f'[<!ENTITY x "{"x" * 100_000}">]', "&x;" * 100_000),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", ENTITIES)
def test_refuses_entities_and_dtds_in_any_encoding(read, name, encoding):
    answer, _damaged, seconds, peak = read(ENTITIES[name].encode(encoding))
    assert answer.startswith("The feed brings a document type with entities or a DTD")
    assert seconds < 1
    assert peak < 100


@pytest.mark.parametrize("encoding", ["utf-7", "utf-32", "cp037"])
def test_refuses_encodings_in_which_they_could_hide(read, encoding):
    text = ENTITIES["file"].replace("?>", f' encoding="{encoding}"?>', 1)
    answer, _damaged, seconds, peak = read(text.encode(encoding))
    assert answer != "read"
    assert seconds < 1
    assert peak < 100


def test_refuses_200_megabytes_by_their_size(tmp_path):
    path = tmp_path / "feed.xml"
    with path.open("wb") as file:
        file.write(feed(course()).encode())
        file.truncate(200 * MEGABYTE)
    answer, _damaged, seconds, peak = measured(path)
    assert answer.startswith("The feed is larger than 150 MB")
    assert seconds < 1
    assert peak < 100


def test_stops_unpacking_at_the_limit(read):
    answer, _damaged, _seconds, peak = read(
        gzip.compress(b"<catalog>" + b"<provider>" + b" " * (160 * MEGABYTE), compresslevel=1)
    )
    assert answer.startswith("The feed is larger than 150 MB")
    assert peak < 100


@pytest.mark.parametrize(
    "body",
    [
        "<x>" * 100_000,
        "<dc:title>" + "x" * 3_900_000,
        f"<dc:title a='{'x' * 3_900_000}'/>",
        "<x " + " ".join(f"a{no}='1'" for no in range(100_000)) + "/>",
        "<x " + " ".join("a='1'" for no in range(100_000)) + "/>",
        "<dc:identifier>" + " " * 3_000_000 + "<x/></dc:identifier>",
        "".join(f"<x xmlns:n{no}='u{no}'>" for no in range(1000)),
        "<!-- " + "x" * 10_000_000,
        "<![CDATA[" + "x" * 10_000_000,
        "<dc:description>" + "&lt;div&gt;" * 300_000 + "</dc:description>",
    ],
    ids=[
        "deep",
        "text",
        "attribute",
        "attributes",
        "same",
        "spaces",
        "names",
        "comment",
        "cdata",
        "html",
    ],
)
def test_a_course_made_to_harm_costs_only_itself(read, body):
    answer, _damaged, seconds, peak = read(feed(course("A"), course("B", body=body), course("C")))
    assert answer == "read"
    assert seconds < 5
    assert peak < 150


@pytest.mark.parametrize(
    "text",
    [
        "<catalog " + "x" * (20 * MEGABYTE),
        "<catalog>" + "<x>" * 7_000_000,
        "<!--" + "x" * (20 * MEGABYTE),
        "x" * (20 * MEGABYTE),
        "<" * (20 * MEGABYTE),
    ],
    ids=["tag", "tags", "comment", "text", "brackets"],
)
def test_megabytes_that_are_no_feed_are_refused(read, text):
    answer, _damaged, seconds, peak = read(text)
    assert answer != "read"
    assert seconds < 5
    assert peak < 150


@pytest.mark.chaos
def test_150_megabytes_pass_in_constant_memory(tmp_path):
    description = "<dc:description>" + "A sentence of the description, as they are. " * 80
    body = description + "</dc:description>" + "".join(presentation(f"R-{no}") for no in range(4))
    path = tmp_path / "feed.xml"
    with path.open("w") as file:
        file.write(f"<catalog {NAMESPACES}><provider>")
        for no in range(38_000):
            file.write(course(f"K-{no}", f"Course {no}", body))
        file.write("</provider></catalog>")
    assert 140 < path.stat().st_size / MEGABYTE < 150
    answer, damaged, _seconds, peak = measured(path)
    assert (answer, damaged) == ("read", 0)
    assert peak < 100
