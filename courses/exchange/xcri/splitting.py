"""Cut the text of a feed into its courses without ever holding it whole."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from courses.exchange.xcri.sources import MEGABYTE, UnreadableError

LONGEST_COURSE = 4 * MEGABYTE
LONGEST_OUTLINE = 8 * MEGABYTE
LONGEST_TAG = 65_536
HEAD = 4_000

TAG = re.compile(r"<!--|<!\[CDATA\[|<(/?)(?:[\w.-]+:)?(provider|course)(?=[\s/>])", re.IGNORECASE)
CLOSING = {"<!--": "-->", "<![CDATA[": "]]>"}
COURSE_ENDS = re.compile(r"</(?:[\w.-]+:)?course\s*>", re.IGNORECASE)
COURSE_BEGINS = re.compile(r"<(?:[\w.-]+:)?course(?=[\s/>])", re.IGNORECASE)
ROOT = re.compile(r"<([^\s<>/]+)[^<>]*>")
INHERITED = re.compile(r"""(?<=\s)(xmlns(?::[\w.-]+)?|xml:lang)\s*=\s*("[^"<]*"|'[^'<]*')""")


@dataclass(frozen=True)
class Piece:
    """A course as it stands in the feed: its text, the line it begins on, and what the tags around it declare."""

    line: int
    text: str
    around: tuple[str, ...]
    provider: int
    flaw: str = ""


class Splitter:
    """Finds where courses begin and end, in a text that comes in chunks; all else is the feed's outline.

    A course whose end tag is missing ends where the next begins. Comments and CDATA sections are stepped over, but
    for one that is never closed, or that from within a course reaches into the next: that one spoils its own course.
    """

    def __init__(self) -> None:
        self.root = ""  # name of the root element, without prefix
        self.outline = ""
        self.is_whole = False  # the root element's end was reached
        self._closing = "\0"
        self._around = ["", ""]  # of the root, of the provider
        self._provider = -1
        self._buffer = ""
        self._done = 0  # up to here the buffer is dealt with
        self._line = 1  # of that place
        self._at = 0  # from here on it is searched
        self._in_course = False
        self._begins = 1  # the line of the course
        self._venues = 0  # providers open within the course
        self._head = ""  # of a course that is too long to keep

    def pieces(self, chunks: Iterable[str]) -> Iterator[Piece]:
        """The courses; `outline` and `is_whole` are true once they have all been taken."""
        for chunk in chunks:
            self._buffer += chunk
            if self.root or self._find_root():
                yield from self._scan(LONGEST_COURSE)
                self._forget()
        if self.root:
            yield from self._scan(0)
        if self._in_course:
            yield self._piece(len(self._buffer), "the feed ends in the middle of it")
        self._to_outline(len(self._buffer))

    def _find_root(self) -> bool:
        found = ROOT.search(self._buffer, 0, LONGEST_TAG)
        if found:
            self.root = found[1].rpartition(":")[2].lower()
            self._closing = f"</{found[1]}"
            self._around[0] = _inherited(found[0])
        elif len(self._buffer) > LONGEST_TAG:
            raise UnreadableError(ENDLESS)
        return bool(found)

    def _scan(self, patience: int) -> Iterator[Piece]:
        """Deal with every tag found; one not closed yet is waited for, through at most so many characters."""
        while found := TAG.search(self._buffer, self._at):
            mark = CLOSING.get(found[0].upper(), ">")
            end = self._buffer.find(mark, found.end())
            if end < 0 and len(self._buffer) - found.start() < patience:
                self._at = found.start()
                return
            if end < 0 or (not found[2] and self._runs_away(found.end(), end)):
                self._at = found.end()
            else:
                self._at = end + len(mark)
            if found[2] and self._in_course:
                yield from self._inside(found)
            if found[2] and not self._in_course:
                yield from self._outside(found)
        self._at = max(self._at, len(self._buffer) - 80)

    def _runs_away(self, start: int, end: int) -> bool:
        """Whether what begins in a course goes on over the course's end and the beginning of the next."""
        ends = self._in_course and COURSE_ENDS.search(self._buffer, start, end)
        return bool(ends and COURSE_BEGINS.search(self._buffer, ends.end(), end))

    def _inside(self, found: re.Match[str]) -> Iterator[Piece]:
        closes, is_course = bool(found[1]), found[2].lower() == "course"
        if not is_course and self._buffer[self._at - 2] != "/":
            self._venues += -1 if closes else 1
        if is_course and closes:
            yield self._piece(self._at)
        elif is_course or self._venues < 0:
            yield self._piece(found.start(), "its end tag is missing")

    def _outside(self, found: re.Match[str]) -> Iterator[Piece]:
        """Take note of a provider, or begin a course; what `_inside` has just closed is not met again."""
        if found.start() < self._done or (found[1] and found[2].lower() == "course"):
            return
        tag = self._buffer[found.start() : self._at]
        if found[2].lower() == "provider":
            self._provider += 0 if found[1] else 1
            self._around[1] = "" if found[1] or tag.endswith("/>") else _inherited(tag)
            return
        self._to_outline(found.start())
        self._in_course, self._begins, self._venues, self._head = True, self._line, 0, ""
        if tag.endswith("/>"):
            yield self._piece(self._at)

    def _piece(self, end: int, flaw: str = "") -> Piece:
        if self._head:
            flaw = f"it is longer than {LONGEST_COURSE // MEGABYTE} MB"
        body = self._head or self._buffer[self._done : end]
        piece = Piece(self._begins, body, tuple(self._around), max(self._provider, 0), flaw)
        self._in_course = False
        self.is_whole = self.root == "course" and not flaw
        self._skip_to(end)
        return piece

    def _to_outline(self, end: int) -> None:
        between = self._buffer[self._done : end]
        if between.strip():
            self.outline += between
            self.is_whole |= self._closing in self.outline[-len(between) - len(self._closing) :]
        self._skip_to(end)
        if len(self.outline) > LONGEST_OUTLINE:
            raise UnreadableError(ENDLESS)

    def _skip_to(self, end: int) -> None:
        self._line += self._buffer.count("\n", self._done, end)
        self._done = end
        self._at = max(self._at, end)

    def _forget(self) -> None:
        """Keep of the buffer only what is not dealt with yet, and of a course only what is not too long."""
        if not self._in_course:
            self._to_outline(self._at)
        elif self._head or len(self._buffer) - self._done > LONGEST_COURSE:
            self._head = self._head or self._buffer[self._done : self._done + HEAD]
            self._skip_to(self._at)
        self._buffer = self._buffer[self._done :]
        self._at -= self._done
        self._done = 0


ENDLESS = "This is not an XCRI-CAP feed: it goes on for megabytes without a course."


def _inherited(tag: str) -> str:
    """What a start tag hands down to the elements in it: namespaces and language."""
    found = dict(INHERITED.findall(tag))
    return "".join(f" {name}={value}" for name, value in found.items())
