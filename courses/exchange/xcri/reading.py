"""Read a feed course by course; each is parsed alone, so that a broken one spoils no other (A03)."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from courses.exchange.xcri import cleaning
from courses.exchange.xcri.sources import Feed, UnreadableError
from courses.exchange.xcri.splitting import HEAD, Piece, Splitter

MOST_IDENTIFIERS = 20
IDENTIFIER = re.compile(
    r"<(?:[\w.-]+:)?identifier\b[^<>]*>(?:\s*<!\[CDATA\[)?([^<>]+)(?:\]\]>\s*)?</", re.IGNORECASE
)
PRESENTATION = re.compile(r"<(?:[\w.-]+:)?presentation\b", re.IGNORECASE)
OBJECTIVE = re.compile(r"<(?:[\w.-]+:)?objective\b.{0,2000}", re.IGNORECASE | re.DOTALL)
PREREQUISITE = re.compile(r"<(?:[\w.-]+:)?(?:prerequisite|entryRequirement)", re.IGNORECASE)
ASKING = re.compile(
    r"entry requirement|one of the following|standard grade|\bgcse|\ba[- ]levels?\b|\bhighers?\b"
    r"|(?:applicants?|you|candidates?|students) (?:must|should)|or equivalent|experience|interview",
    re.IGNORECASE,
)


class DamagedError(Exception):
    """A course that is not XML: the line in the feed, and what the parser says."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass
class Survey:
    """What a first reading finds: the courses' number, in how many each identifier stands, and all around them."""

    courses: int = 0
    uses: Counter[str] = field(default_factory=Counter)
    outline: etree._Element | None = None
    is_whole: bool = False
    is_delta: bool = False  # it lists changes only: what it does not name is not gone
    objectives: int = 0
    asking: int = 0
    prerequisites: int = 0

    @property
    def objectives_ask(self) -> bool:
        """Whether the producer, having no other place for them, writes entry requirements into the objective."""
        return not self.prerequisites and self.asking * 2 > self.objectives

    def note(self, piece: Piece) -> None:
        self.courses += 1
        self.uses.update(set(identifiers(piece)))
        self.is_delta |= "recstatus" in piece.text.partition(">")[0]
        self.prerequisites += bool(PREREQUISITE.search(piece.text))
        if objective := OBJECTIVE.search(piece.text):
            self.objectives += 1
            self.asking += bool(ASKING.search(objective[0]))


def survey(feed: Feed) -> Survey:
    """Read the feed to its end before anything is written; raises UnreadableError when it is none."""
    splitter, found = Splitter(), Survey()
    for piece in splitter.pieces(cleaning.text(feed.pieces())):
        found.note(piece)
    if not found.courses and splitter.root not in {"catalog", "provider"}:
        reason = (
            f"This is not an XCRI-CAP feed: its root element is {splitter.root or 'not there'}."
        )
        raise UnreadableError(reason)
    found.outline, _errors = _parse(splitter.outline)
    found.is_whole = splitter.is_whole
    return found


def pieces(feed: Feed) -> Iterator[Piece]:
    """The feed's courses as text, one after another."""
    return Splitter().pieces(cleaning.text(feed.pieces()))


def identifiers(piece: Piece) -> list[str]:
    """What the piece names as the course's identifiers, found even when it cannot be parsed."""
    presentation = PRESENTATION.search(piece.text)
    end = presentation.start() if presentation else max(HEAD, len(piece.text))
    matches = islice(IDENTIFIER.finditer(piece.text, 0, end), MOST_IDENTIFIERS)
    found = (html.unescape(each[1]) for each in matches)
    return list(filter(None, (" ".join(each.split()) for each in found)))


def course(piece: Piece) -> etree._Element:
    """The course's element, within elements that hand down language and namespaces; raises DamagedError."""
    catalog, provider = piece.around
    root, errors = _parse(
        f"<catalog{catalog}><provider{provider}>{piece.text}</provider></catalog>"
    )
    if piece.flaw:
        raise DamagedError(piece.line, piece.flaw)
    if root is None or errors:
        line, said = (errors[0].line, errors[0].message) if errors else (1, "no XML")
        reason = said.partition("\n")[0].strip()
        raise DamagedError(piece.line + line - 1, f"it is not well-formed XML: {reason}")
    return root[0][0]


def _parse(markup: str) -> tuple[etree._Element | None, list[etree._LogEntry]]:
    """The root and what is wrong with the XML. That nobody declared a prefix is not: names are enough here."""
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(markup, parser) if markup.strip() else None
    return root, [error for error in parser.error_log if error.domain_name != "NAMESPACE"]
