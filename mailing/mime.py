"""Read a mail that somebody else has written, whatever it is: nothing in it may cost more than a moment (RFC 2045).

Of a mail PARSED octets are looked at, the rest is counted and hashed as it passes. What is built to hurt a parser, with
more headers, parts, layers or parameters than any mail has, is read as headers alone, and of those the first.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import getaddresses
from typing import Any, BinaryIO

from lxml import etree, html

PARSED = 1_000_000  # octets; ours are 100 kB, and a reply's words come before its attachments
HEADERS = 65_536  # octets; longer ones no mail server lets pass
CHUNK = 65_536
LINE_ENDS = re.compile(rb"\r\n?")
LAYERS = re.compile(rb"boundary[\s*\d]*=|message/", re.IGNORECASE)
BLOCKS = re.compile(rb"delivery-status", re.IGNORECASE)
PARAMETERS = re.compile(rb"^content-[a-z-]+:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
MOST_LAYERS, MOST_LOOKS, MOST_PARTS, MOST_HEADERS, LONGEST_HEADER = 100, 1_000_000, 1000, 20, 2000
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,189}")
HIDDEN = "//script | //style | //title | //head"
QUOTED = "//blockquote | //*[contains(@class, 'gmail_quote') or @id='appendonsend' or @id='divRplyFwdMsg']"
AFTER_QUOTED = "//*[@id='appendonsend' or @id='divRplyFwdMsg']/following-sibling::*"
LINES = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "hr"}


@dataclass(frozen=True)
class Taken:
    """A mail as it came in: its beginning, its whole size in octets, and the SHA-256 of all of it."""

    head: bytes
    size: int
    digest: str


def take(stream: BinaryIO) -> Taken:
    """Read the stream to its end, keeping no more than PARSED octets of it."""
    head, size, digest = bytearray(), 0, hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        head += chunk[: PARSED - len(head)]
    return Taken(bytes(head), size, digest.hexdigest())


def parse(head: bytes) -> Message:
    """The mail as parts, or as headers alone."""
    text = LINE_ENDS.sub(b"\n", head)
    if is_harmless(text):
        try:
            return BytesParser(policy=policy.compat32).parsebytes(text)
        except RecursionError:
            pass
    mail = BytesHeaderParser(policy=policy.compat32).parsebytes(text[:HEADERS])
    mail.set_payload("")
    del mail["Content-Type"]  # what it says of its body may be the trap
    return mail


def is_harmless(text: bytes) -> bool:
    """Whether the parser's work stays in proportion: it looks at each line once in every layer, squares parameters,
    and makes an object of each part and block.
    """
    layers = len(LAYERS.findall(text))
    return (
        b"\n\n" in text[:HEADERS]
        and layers <= MOST_LAYERS
        and layers * text.count(b"\n") <= MOST_LOOKS
        and text.count(b"\n--") <= MOST_PARTS
        and (text.count(b"\n\n") <= MOST_PARTS or not BLOCKS.search(text))
        and all(len(found[0]) <= LONGEST_HEADER for found in PARAMETERS.finditer(text))
    )


def parts(mail: Message) -> Iterator[Message]:
    """Its leaves in order, what reports enclose among them."""
    return (part for part in mail.walk() if not part.is_multipart())


def header(mail: Message, name: str) -> str:
    """The header's text on one line without what a database or a log cannot hold; empty when there is none."""
    raw = values(mail, name)[:1]
    try:
        pieces = decode_header(raw[0]) if raw else []
    except (HeaderParseError, ValueError):
        pieces = [(raw[0], None)]
    text = "".join(
        decoded(octets(piece) if isinstance(piece, str) else piece, charset)
        for piece, charset in pieces
    )
    return " ".join(clean(text).split())


def values(mail: Message, *names: str) -> list[str]:
    """The first headers of these names as they came; octets beyond ASCII are surrogates."""
    found = [str(value)[:LONGEST_HEADER] for key, value in mail.raw_items() if key.lower() in names]
    return found[:MOST_HEADERS]


def octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def decoded(raw: bytes, charset: str | None) -> str:
    """The octets as text, in whatever charset they say, or look like, they are."""
    for each in (charset, "utf-8"):
        try:
            return raw.decode(each or "utf-8")
        except (LookupError, ValueError):
            continue
    return raw.decode("windows-1252", errors="replace")


def clean(text: str) -> str:
    """Without NUL, and without halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def addresses(mail: Message, *names: str) -> list[str]:
    """All addresses in these headers, in lower case; what is none is left out."""
    found = getaddresses([clean(value) for value in values(mail, *names)])
    return [address.lower() for _name, address in found if ADDRESS.fullmatch(address)]


def text_of(mail: Message) -> str:
    """What a person reads of the mail: its first text, else its first page without what it quotes."""
    for part in parts(mail):
        if part.get_content_type() == "text/plain" and (words := body(part)).strip():
            return words
    for part in parts(mail):
        if part.get_content_type() == "text/html":
            return text_of_page(body(part))
    return ""


def body(part: Message) -> str:
    """The text of a part, whatever it claims of its coding."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = part.get_content_charset()
    return clean(decoded(raw, charset))


def text_of_page(page: str) -> str:
    """The words of an HTML page, a line for each of its blocks, without its quotations."""
    try:
        tree: Any = html.fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return ""
    for xpath in (AFTER_QUOTED, QUOTED, HIDDEN):
        for element in tree.xpath(xpath):
            if element.getparent() is not None:
                element.drop_tree()
    for element in tree.iter(*LINES):
        element.tail = "\n" + (element.tail or "")
    return clean(str(tree.text_content())).replace("\xa0", " ")
