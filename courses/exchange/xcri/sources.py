"""Where a feed comes from: a file, http(s), or standard input; never more of it than allowed (A03)."""

import gzip
import stat
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import unquote, urlsplit

MEGABYTE = 1_048_576
PIECE = MEGABYTE // 4
GZIP = b"\x1f\x8b"
SECONDS_TO_ANSWER = 20
SECONDS_IN_ALL = 600


class UnreadableError(Exception):
    """Nothing of the feed can be imported; the text says why, in a sentence for the operator."""


class Buffered(Protocol):
    """Files, archives and answers of servers: they give what they have without waiting for more."""

    def read1(self, size: int, /) -> bytes: ...


class Feed:
    """A feed on this machine that can be read from its start any number of times."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes

    def pieces(self) -> Iterator[bytes]:
        """Its bytes, unpacked when they are gzip; a damaged archive ends where the damage begins."""
        with self.path.open("rb") as file:
            packed = file.read(2) == GZIP
            file.seek(0)
            unpacked = gzip.GzipFile(fileobj=file) if packed else file
            yield from _limited(unpacked, self.max_bytes)


@contextmanager
def opened(source: str, max_bytes: int) -> Iterator[Feed]:
    """The feed named by a path, a file, http or https address, or `-` for standard input."""
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    if scheme in {"http", "https"}:
        with _kept(_download(source, max_bytes), max_bytes) as feed:
            yield feed
    elif source == "-":
        with _kept(_limited(cast("Buffered", sys.stdin.buffer), max_bytes), max_bytes) as feed:
            yield feed
    elif scheme in {"", "file"}:
        with _local(source, max_bytes) as feed:
            yield feed
    else:
        reason = f"{scheme}: is not fetched; name a file, http or https."
        raise UnreadableError(reason)


@contextmanager
def _local(source: str, max_bytes: int) -> Iterator[Feed]:
    path = Path(source)
    if source.lower().startswith("file:"):
        path = Path(unquote(urlsplit(source).path))
    try:
        found = path.stat()
        with path.open("rb") as file:
            if stat.S_ISFIFO(found.st_mode):
                with _kept(_limited(file, max_bytes), max_bytes) as feed:
                    yield feed
                return
    except (OSError, ValueError) as error:
        reason = f"{source} cannot be read: {getattr(error, 'strerror', error)}."
        raise UnreadableError(reason) from error
    if not stat.S_ISREG(found.st_mode):
        reason = f"{source} is not a file."
        raise UnreadableError(reason)
    if found.st_size > max_bytes:
        raise UnreadableError(_too_large(max_bytes))
    yield Feed(path, max_bytes)


@contextmanager
def _kept(pieces: Iterator[bytes], max_bytes: int) -> Iterator[Feed]:
    """What cannot be read twice lies in a temporary file for the time of the import."""
    with tempfile.NamedTemporaryFile(prefix="xcri-") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        yield Feed(Path(file.name), max_bytes)


def _limited(file: Buffered, max_bytes: int) -> Iterator[bytes]:
    total = 0
    while piece := _read(file):
        total += len(piece)
        if total > max_bytes:
            raise UnreadableError(_too_large(max_bytes))
        yield piece


def _read(file: Buffered) -> bytes:
    """What there is at once, so that neither a slow server nor a damaged archive takes it all away."""
    try:
        return file.read1(PIECE)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return b""


def _too_large(max_bytes: int) -> str:
    return (
        f"The feed is larger than {max_bytes // MEGABYTE} MB, the most that IMPORT_MAX_MB allows."
    )


def _download(address: str, max_bytes: int) -> Iterator[bytes]:
    headers = {"User-Agent": "Kudelma", "Accept-Encoding": "gzip"}
    try:
        request = urllib.request.Request(address, headers=headers)  # noqa: S310  see _opener
        with _opener().open(request, timeout=SECONDS_TO_ANSWER) as answer:
            yield from _body(answer, max_bytes)
    except urllib.error.HTTPError as error:
        reason = f"The server answered {error.code} {error.reason}."
        raise UnreadableError(reason) from error
    except (OSError, HTTPException, ValueError) as error:
        reason = f"The feed cannot be fetched: {getattr(error, 'reason', error)}."
        raise UnreadableError(reason) from error


def _body(answer: HTTPResponse, max_bytes: int) -> Iterator[bytes]:
    """The whole body: one that is too large, too slow or cut off is none."""
    missing = answer.length
    if (missing or 0) > max_bytes:
        raise UnreadableError(_too_large(max_bytes))
    deadline = time.monotonic() + SECONDS_IN_ALL
    for piece in _limited(answer, max_bytes):
        yield piece
        missing = missing and missing - len(piece)
        if time.monotonic() > deadline:
            reason = f"The server took more than {SECONDS_IN_ALL} seconds."
            raise UnreadableError(reason)
    if missing:
        reason = "The connection broke before the end of the feed."
        raise UnreadableError(reason)


def _opener() -> urllib.request.OpenerDirector:
    """Knows http and https and nothing else, so that no redirect leads to a file or another protocol."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener
