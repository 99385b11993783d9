"""A course of a feed as values for the catalogue; what the catalogue has no place for is kept beside it (E4.4)."""

import re
from itertools import chain
from typing import Any

from lxml import etree

from courses.exchange.xcri import values
from courses.exchange.xcri.nodes import SITE, Node, by_language, kind
from courses.exchange.xcri.places import in_order
from courses.exchange.xcri.presentations import run
from courses.exchange.xcri.records import CourseRecord, Provider, RunRecord
from courses.exchange.xcri.texts import cut, one_line
from courses.models import Course

# Field of the course: the elements, or types of description, whose texts it joins.
FIELDS = {
    "summary": ("abstract",),
    "why": ("aim", "careeroutcome", "leadsto", "specialfeature"),
    "what_and_how": (
        *("description", "topic", "syllabus", "structure", "teachingstrategy"),
        *("contacthours", "contactpattern", "studyhours", "events"),
        *("assessment", "assessmentstrategy", "support"),
        *("requiredresource", "providedresource", "indicativeresource"),
    ),
    "outcomes": ("learningoutcome", "objective"),
    "prerequisites": ("prerequisite", "prerequisites", "entryrequirements", "entryprofile"),
}
ASKING = {
    "outcomes": ("learningoutcome",),
    "prerequisites": ("objective",),
}
LONGEST = 20_000
LONGEST_TITLE = 300
OPENING = 240
CHOPPED = 130  # XCRI-CAP allows 140 characters, and exports cut in the middle of a word
REMARK = 60  # a shorter description of a presentation is a remark on it, not on the course
CODE = re.compile(r"[A-Z]{1,4}[\d.]+[A-Z\d.]*")
INCOMPLETE = re.compile(r"(?:in|of|for|and|with) ")

Texts = dict[str, dict[str, str]]


class NoCourseError(Exception):
    """The entry lacks what a course cannot be without; the text says what."""


def course(
    element: etree._Element, line: int, provider: Provider, *, objectives_ask: bool = False
) -> CourseRecord:
    """The course and its runs; raises NoCourseError when nothing could name it, or find it again.

    `objectives_ask` says that the feed's producer writes entry requirements into the objective.
    """
    node = Node(element)
    presentations = [Node(each) for each in node.take("presentation")]
    written = _written(provider, presentations)
    unmapped: dict[str, Any] = {}
    column = _identity(node, unmapped) | _titles(node, presentations, written, unmapped)
    title = next(text for code in [written, *SITE] if (text := column[f"title_{code}"]))
    column |= _credits_and_level(node) | _subjects([node, *presentations], unmapped)
    column["format"] = _format(node)
    fields = FIELDS | ASKING if objectives_ask else FIELDS
    own, *theirs = (_texts(each, written, fields) for each in [node, *presentations])
    runs = [run(each, title, written, provider.place) for each in presentations]
    _share(own, theirs, runs)
    column |= _columns(own, unmapped)
    column["unmapped"] = {key: kept for key, kept in {**node.rest(), **unmapped}.items() if kept}
    is_deleted = element.get("recstatus") == "3"
    return CourseRecord(line, column.pop("names"), title, column, tuple(runs), is_deleted)


def _written(provider: Provider, presentations: list[Node]) -> str:
    """The language of texts that name none: the provider's; Finnish or Swedish where taught in it; English."""
    if provider.language in SITE:
        return provider.language
    taught = chain.from_iterable(each.peek("languageofinstruction") for each in presentations)
    code = next((values.language_code(one_line(each)) for each in taught), "")
    return code if code in SITE else "en"


def _identity(node: Node, unmapped: dict[str, Any]) -> dict[str, Any]:
    identifiers = in_order(node.take("identifier"))
    said = next(filter(None, map(one_line, node.peek("url"))), "")
    address = values.web_address(said)
    if not values.beside(address, said):
        node.line("url")  # taken; words beside the address stay to be kept
    address = address or next(filter(None, map(values.web_address, identifiers)), "")
    if not identifiers and not address:
        reason = "it has neither an identifier nor an address, so no later feed could find it again"
        raise NoCourseError(reason)
    unmapped["identifiers"] = list(identifiers[1:])
    return {"names": identifiers or (address,), "source_url": address}


def _titles(
    node: Node, presentations: list[Node], written: str, unmapped: dict[str, Any]
) -> dict[str, str | None]:
    """The title by language. Where it is the end of a sentence, “in Food Hygiene”, the award begins it."""
    found = by_language(node.take("title"), written)
    if not found:
        found = by_language(
            chain.from_iterable(each.peek("title") for each in presentations), written
        )
    if not found:
        reason = "it has no title"
        raise NoCourseError(reason)
    titles = {code: " ".join(texts[0].split()) for code, texts in found.items()}
    unmapped["title"] = [text for code, texts in found.items() for text in texts[code in SITE :]]
    for code, title in titles.items():
        if INCOMPLETE.match(title):
            unmapped["title"].append(title)
            titles[code] = " ".join(filter(None, [*_award(node), title]))
    unmapped["title"] += [title for title in titles.values() if len(title) > LONGEST_TITLE]
    return {f"title_{code}": cut(titles.get(code, ""), LONGEST_TITLE) or None for code in SITE}


def _award(node: Node) -> list[str]:
    awards = node.peek("qualification")
    return [one_line(each) for each in node.peek("level")[:1]] + [
        Node(each).line("title") for each in awards[:1]
    ]


def _credits_and_level(node: Node) -> dict[str, Any]:
    """ECTS credits, and the EQF level of the first national level named; what they come from is kept."""
    points, levels = [], [one_line(each) for each in node.peek("level")]
    for each in map(Node, node.peek("credit")):
        scheme, value = each.line("scheme"), each.line("value")
        points.append((not values.ECTS.search(f"{scheme} {value}"), values.ects(scheme, value)))
        levels.append(f"{scheme} level {each.line('level')}")
    for each in map(Node, node.peek("qualification")):
        levels += [each.line("educationlevel", "level"), each.line("title")]
    known = sorted((converted, amount) for converted, amount in points if amount)
    return {
        "credits": known[0][1] if known else None,
        "eqf_level": next(filter(None, map(values.eqf_level, levels)), None),
    }


def _subjects(nodes: list[Node], unmapped: dict[str, Any]) -> dict[str, list[str]]:
    """Words as subjects; codes of classifications are kept by classification."""
    words: dict[str, str] = {}
    codes: dict[str, list[str]] = {}
    for each in chain.from_iterable(node.take("subject") for node in nodes):
        word, code = one_line(each), (each.get("identifier") or "").strip()
        if word == code or (kind(each) and CODE.fullmatch(word)):
            word, code = "", word
        if code and code not in codes.setdefault(kind(each) or "code", []):
            codes[kind(each) or "code"].append(code)
        if word:
            words.setdefault(word.casefold(), cut(word, 200))
    unmapped["subject_codes"] = codes
    listed = ",".join(map(one_line, nodes[0].take("metadatakeywords", "keywords")))
    keywords = dict.fromkeys(cut(" ".join(word.split()), 200) for word in re.split("[,;]", listed))
    return {"subjects": list(words.values()), "keywords": [word for word in keywords if word]}


def _format(node: Node) -> str:
    said = {one_line(each).lower() for each in node.peek("type")}
    return next((form for form in Course.Format.values if form in said), Course.Format.COURSE)


def _texts(node: Node, written: str, fields: dict[str, tuple[str, ...]]) -> Texts:
    """The node's texts by field and language."""
    return {
        field: {
            code: "\n\n".join(texts)
            for code, texts in by_language(node.take(*names), written).items()
        }
        for field, names in fields.items()
    }


def _share(own: Texts, theirs: list[Texts], runs: list[RunRecord]) -> None:
    """Let the course have the texts that only its runs bring; a run keeps those that differ from the course's."""
    for field in FIELDS:
        descriptions = (
            each[field] for each in theirs if len("".join(each[field].values())) > REMARK
        )
        own[field] = own[field] or next(descriptions, {})
        for texts, each in zip(theirs, runs, strict=True):
            if texts[field] and texts[field] != own[field]:
                each.values["notes"][field] = "\n\n".join(texts[field].values())


def _columns(texts: Texts, unmapped: dict[str, Any]) -> dict[str, str | None]:
    """A column for each field and language; texts in other languages, and those too long, are kept whole."""
    column: dict[str, str | None] = {}
    for field, by_code in texts.items():
        for code in SITE:
            column[f"{field}_{code}"] = cut(by_code.get(code, ""), LONGEST) or None
        kept = {c: text for c, text in by_code.items() if c not in SITE or len(text) > LONGEST}
        unmapped[field] = kept
    for code in SITE:
        column[f"outcomes_{code}"] = _one_on_a_line(column[f"outcomes_{code}"])
        column[f"summary_{code}"] = _summary(
            column[f"summary_{code}"] or "", column[f"what_and_how_{code}"] or ""
        )
    return column


def _one_on_a_line(text: str | None) -> str | None:
    lines = (line.removeprefix("- ") for line in (text or "").splitlines())
    return "\n".join(filter(None, lines)) or None


def _summary(abstract: str, description: str) -> str | None:
    """The abstract; where there is none, or only a chopped-off beginning of the description, its first sentences."""
    short, long = " ".join(abstract.split()), " ".join(description.split())
    chopped = short and short[-1] not in ".!?…:;)"
    if short and not (chopped and long.startswith(short)):
        return f"{short.rpartition(' ')[0]}…" if chopped and len(short) > CHOPPED else abstract
    opening = " ".join(
        description.partition("\n\n")[0].replace("\n- ", "; ").removeprefix("- ").split()
    )
    end = opening.rfind(". ", OPENING // 3, OPENING)
    if len(opening) > OPENING and end > 0:
        return opening[: end + 1]
    return cut(opening, OPENING) or None
