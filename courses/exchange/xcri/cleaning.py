"""Bytes of a feed to text that an XML parser accepts and that cannot trick it (A03).

Real feeds name a wrong encoding, hold control characters, HTML entities and bare ampersands; all that is
put right here. A feed that declares entities or names a DTD is refused before any parser sees it, so there
is nothing left to expand or to fetch.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from html.entities import html5

from courses.exchange.xcri.sources import UnreadableError

PROLOG = 65_536
DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# what claims to be one of these is mostly UTF-8, Windows-1252, or both in one file
WESTERN = {"utf-8": "cp1252", "ascii": "cp1252", "iso8859-1": "cp1252", "cp1252": "cp1252"}
WESTERN["iso8859-15"] = "iso8859-15"
OTHERS = re.compile(r"iso8859-\d+|cp125\d|koi8-[ru]|mac-roman|utf-16")


def text(pieces: Iterable[bytes]) -> Iterator[str]:
    """The feed from its root element on, with as many line ends as before it, in pieces that cut no entity."""
    decoded = _decoded(iter(pieces))
    waiting = ""
    for piece in _without_prolog(decoded):
        ready, waiting = _cut(waiting + _without_controls(piece))
        yield REFERENCE.sub(_reference, ready)
    yield REFERENCE.sub(_reference, waiting)


# --- encodings ----------------------------------------------------------------------


def _decoded(pieces: Iterator[bytes]) -> Iterator[str]:
    head = b""
    while len(head) < 1024 and (piece := next(pieces, b"")):
        head += piece
    encoding, errors = _encoding(head)
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    yield decoder.decode(head)
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _encoding(head: bytes) -> tuple[str, str]:
    """Encoding and error handler. The first bytes count for more than the declaration, which lies often."""
    if head[:4] in {codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"<\0\0\0", b"\0\0\0<"}:
        raise UnreadableError(_refused("UTF-32"))
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding, "replace" if encoding != "utf-8" else _mending("cp1252")
    declared = DECLARED.match(head)
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = "utf-8"
    if known in WESTERN:
        return "utf-8", _mending(WESTERN[known])
    if not OTHERS.match(known):
        raise UnreadableError(_refused(name))
    return ("utf-8", _mending("cp1252")) if known.startswith("utf-16") else (known, "replace")


def _refused(encoding: str) -> str:
    return f"The feed is in the encoding {encoding}, which is not accepted; UTF-8 is best."


def _mending(fallback: str) -> str:
    """Name of an error handler that reads bytes which are not UTF-8 as the fallback's characters."""

    def mend(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)  # noqa: S101  the handler is used for decoding only
        return error.object[error.start : error.end].decode(fallback, "replace"), error.end

    codecs.register_error(f"xcri.{fallback}", mend)
    return f"xcri.{fallback}"


# --- characters and references ---------------------------------------------------------

CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
SPACES = {"\x0b": " ", "\x0c": " ", "\u2028": "\n", "\u2029": "\n"}
# an ampersand that does not begin one of XML's own five references
REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:(#?[0-9A-Za-z]{1,31});)?")
UNFINISHED = re.compile(r"&#?\w{0,31}\Z")


def _without_controls(piece: str) -> str:
    return CONTROL.sub(_readable, piece)


def _readable(control: re.Match[str]) -> str:
    """A space, nothing, or what a character between U+0080 and U+009F is in Windows-1252."""
    character = control[0]
    if "\x80" <= character <= "\x9f":
        return character.encode("latin-1").decode("cp1252", "ignore")
    return SPACES.get(character, "")


def _cut(piece: str) -> tuple[str, str]:
    unfinished = UNFINISHED.search(piece, max(len(piece) - 40, 0))
    at = unfinished.start() if unfinished else len(piece)
    return piece[:at], piece[at:]


def _reference(found: re.Match[str]) -> str:
    """What a reference stands for: a character, or an ampersand meant as such."""
    name = found[1]
    if not name:
        return "&amp;"
    if not name.startswith("#"):
        return _escaped(html5[f"{name};"]) if f"{name};" in html5 else f"&amp;{name};"
    try:
        code = int(name[2:], 16) if name[1:2] in "xX" else int(name[1:])
        character = chr(code)
    except (ValueError, OverflowError):
        return " "
    return _escaped(_without_controls(character) if code not in {9, 10, 13} else character)


def _escaped(character: str) -> str:
    return character.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- what stands before the root element ------------------------------------------------

SKIPPED = re.compile(
    r"[\s\ufeff]+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+[\w:.-]+\s*>", re.DOTALL | re.IGNORECASE
)
ROOT = re.compile(r"<[^\W\d]")


def _without_prolog(pieces: Iterator[str]) -> Iterator[str]:
    head = ""
    for piece in pieces:
        head += piece
        rest = _after_prolog(head)
        if ROOT.match(rest) or len(head) > PROLOG:
            break
    if not ROOT.match(_after_prolog(head)):
        raise UnreadableError(_no_root(head))
    rest = _after_prolog(head)
    yield "\n" * head[: len(head) - len(rest)].count("\n") + rest
    yield from pieces


def _after_prolog(head: str) -> str:
    at = 0
    while skipped := SKIPPED.match(head, at):
        at = skipped.end()
    return head[at:]


def _no_root(head: str) -> str:
    rest = _after_prolog(head)
    if rest[:9].upper() == "<!DOCTYPE":
        return "The feed brings a document type with entities or a DTD of its own, which is not accepted."
    if not rest:
        return "The feed is empty."
    return "This is not XML: there is no root element at its beginning."
