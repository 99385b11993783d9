"""Put the lines of a text file together while a quotation mark is open.

Every line is looked at twice at most, whatever its quotation marks: once for what it comes to at the start of a record, once
for what it comes to within quotation marks. Where a record ends is then a matter of these two answers.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST_RECORD = 100_000  # characters of a record of several lines
MOST_LINES = (
    200  # after its first one; a record with more has a quotation mark that is never closed
)
QUOTED = re.compile(
    r'[^"]*+(?:""[^"]*+)*+'
)  # up to the quotation mark that closes, or the line's end


@dataclass
class Ahead:
    """The lines that are read and not yet given, and those of them at which an open quotation mark is closed.

    Lines have numbers of their own, from 0; `sizes` are the characters up to the end of each, line breaks included.
    """

    source: Iterator[str]
    separator: str
    lines: deque[str] = field(default_factory=deque)
    sizes: deque[int] = field(default_factory=deque)
    closing: deque[int] = field(default_factory=deque)
    first: int = 0

    def reaches(self, no: int) -> bool:
        """Read on up to this line; false when there is none."""
        while self.first + len(self.lines) <= no:
            line = next(self.source, None)
            if line is None:
                return False
            if not is_open(line, self.separator, within=True):
                self.closing.append(self.first + len(self.lines))
            self.sizes.append((self.sizes[-1] if self.sizes else 0) + len(line) + 1)
            self.lines.append(line)
        return True

    def take(self) -> str:
        """The first of the lines, which is given now."""
        self.first += 1
        self.sizes.popleft()
        return self.lines.popleft()

    def end(self) -> int | None:
        """The line at which a record that begins with the first one, and is left open there, is closed; None for none."""
        while self.closing and self.closing[0] <= self.first:
            self.closing.popleft()
        before = self.sizes[0] - len(self.lines[0]) - 1
        no, last = self.first + 1, self.first + MOST_LINES
        while not self.closing and no <= last and self.sizes[-1] - before <= LONGEST_RECORD:
            if not self.reaches(no):
                break
            no += 1
        if not self.closing or self.closing[0] > last:
            return None
        whole = self.sizes[self.closing[0] - self.first] - before - 1
        return self.closing[0] if whole <= LONGEST_RECORD else None


def records(every: Iterator[str], separator: str) -> Iterator[str | None]:
    """The file's records; None for one that never closes, whose other lines then come one by one."""
    ahead = Ahead(every, separator)
    while ahead.reaches(ahead.first):
        if not is_open(ahead.lines[0], separator):
            yield ahead.take()
        elif (last := ahead.end()) is None:
            ahead.take()
            yield None
        else:
            yield "\n".join(ahead.take() for _no in range(ahead.first, last + 1))


def is_open(line: str, separator: str, *, within: bool = False) -> bool:
    """Whether the line ends within quotation marks, begun at the start of a record or `within` some.

    As Python's csv reads: a mark in the middle of a cell, as in 27", opens nothing, and one that is followed by anything but a
    separator ends the record where the line ends.
    """
    at = 0
    while True:
        if not within:
            at = opening(line, separator, at)
            if at < 0:
                return False
        end = next(QUOTED.finditer(line, at)).end()  # nothing is a match too
        if end == len(line):
            return True
        if line[end + 1 : end + 2] != separator:
            return False
        at, within = end + 2, False


def opening(line: str, separator: str, at: int) -> int:
    """Where the next quoted cell begins, after its mark; the cell at `at` may be one. Less than nothing when there is none."""
    if line.startswith('"', at):
        return at + 1
    found = line.find(f'{separator}"', at)
    return found if found < 0 else found + 2
