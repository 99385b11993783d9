"""Which alphabet the bytes of a text file are in, by evidence: strict UTF-8 first, then the one that gives Finnish words."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

PIECE = 262_144  # bytes
SAMPLE = 262_144  # bytes of lines that are not ASCII
MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
# as old programs of Windows, Unix, the Macintosh and DOS write; a tie is the former's
OLD = ("cp1252", "iso8859-15", "mac-roman", "cp850")
SURE = 0.5  # a file of Finnish or Swedish scores about 1, one in another alphabet less than 0
LETTERS = frozenset("åäöÅÄÖ")
LIKELY = frozenset("éèêëüÜšŠžŽæøÆØßçñáíóúćčłńőőā–—‘’“”„•…€°§®™´`·½ ")


@dataclass(frozen=True)
class Encoding:
    """How to decode a file. `mixed`: it is UTF-8 but for some bytes, which are in this other encoding."""

    name: str
    mixed: str = ""

    @property
    def errors(self) -> str:
        """The handler of bytes that do not fit: the other encoding, or a mark in their place."""
        return f"kudelma-{self.mixed}" if self.mixed else "replace"


def encoding_of(path: Path) -> Encoding:
    """The encoding of a text file, read in pieces."""
    with path.open("rb") as file:
        head = file.read(PIECE)
    for mark, name in MARKS:
        if head.startswith(mark):
            return Encoding(name)
    if wide := without_mark(head):
        return Encoding(wide)
    told = foreign(path)
    if told.wrong == 0:
        return Encoding("utf-8")
    old = old_encoding(bytes(told.sample))
    return Encoding("utf-8", mixed=old) if told.right > told.wrong else Encoding(old)


def without_mark(head: bytes) -> str:
    """UTF-16 that does not say so: every other byte of what is mostly Latin letters is zero."""
    even, odd = head[0:4000:2], head[1:4000:2]
    if len(odd) and odd.count(0) > len(odd) / 2 and even.count(0) < len(even) / 10:
        return "utf-16-le"
    if len(even) and even.count(0) > len(even) / 2 and odd.count(0) < len(odd) / 10:
        return "utf-16-be"
    return ""


@dataclass
class Foreign:
    """Lines with bytes beyond ASCII: how many are UTF-8, how many not, and a sample of the latter."""

    right: int
    wrong: int
    sample: bytearray


def foreign(path: Path) -> Foreign:
    """What the file's lines beyond ASCII are."""
    told = Foreign(0, 0, bytearray())
    for line in lines_beyond_ascii(path):
        try:
            line.decode()
        except UnicodeDecodeError:
            told.wrong += 1
            if len(told.sample) < SAMPLE:
                told.sample += line
        else:
            told.right += 1
    return told


def lines_beyond_ascii(path: Path) -> Iterator[bytes]:
    """The lines, the longest in pieces that end between characters of UTF-8."""
    with path.open("rb") as file:
        while line := file.readline(PIECE):
            while line[-1] & 0b1100_0000 == 0b1000_0000 and (more := file.read(1)):
                line += more
            if not line.isascii():
                yield line


def old_encoding(sample: bytes) -> str:
    """The eight-bit encoding in which the sample reads best."""
    best = max(OLD, key=lambda name: score(sample, name))
    if score(sample, best) >= SURE:
        return best
    guess = from_bytes(sample).best()
    return guess.encoding if guess else best


def score(sample: bytes, encoding: str) -> float:
    """How much the characters beyond ASCII look like Finnish or Swedish: 1 for each letter of theirs, on average."""
    text = sample.decode(encoding, errors="replace")
    points = [worth(text, at) for at, letter in enumerate(text) if not letter.isascii()]
    return sum(points) / max(len(points), 1)


def worth(text: str, at: int) -> float:
    """A letter of Finnish is good, what people type besides is possible, anything else speaks against the encoding."""
    letter = text[at]
    before = text[at - 1] if at else " "
    if letter.isupper() and before.islower():
        return -1  # a capital in the middle of a word
    if letter in LETTERS:
        return 1
    return 0.4 if letter in LIKELY else -1


def fallback(name: str) -> None:
    """Let `errors="kudelma-<name>"` decode what is not UTF-8 by that encoding."""

    def decode(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        bad = error.object[error.start : error.end]
        return bad.decode(name, errors="replace"), error.end

    codecs.register_error(f"kudelma-{name}", decode)
