"""Elements whose children are taken by name, in any order, case and namespace; what nobody takes is kept."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from lxml import etree

from courses.exchange.xcri.texts import LANGUAGE, language, local, one_line, plain

SITE = ("fi", "sv", "en")


class Node:
    """An element and those of its children that nobody has taken yet.

    A description of a type is a child named like the type: XCRI-CAP 1.1 wrote
    `<description xsi:type="terms:learningOutcome">` for the `<learningOutcome>` of 1.2.
    """

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._left: dict[str, list[etree._Element]] = defaultdict(list)
        for child in element.iterchildren("*"):
            name = local(child)
            self._left[(name == "description" and kind(child)) or name].append(child)

    def take(self, *names: str) -> list[etree._Element]:
        return [child for name in names for child in self._left.pop(name, [])]

    def peek(self, *names: str) -> list[etree._Element]:
        """As `take`, but they stay to be kept."""
        return [child for name in names for child in self._left.get(name, [])]

    def line(self, *names: str) -> str:
        """The first text that is not empty of the children of these names, in one line; the others stay."""
        for name in names:
            for child in self.peek(name):
                if text := one_line(child):
                    self._left[name].remove(child)
                    return text
        return ""

    def rest(self) -> dict[str, Any]:
        """What is left, by name: texts, or what the child holds in turn."""
        kept = {name: [kept_of(child) for child in left] for name, left in self._left.items()}
        return _without_empty(kept)


def kind(element: etree._Element) -> str:
    """The local name of its xsi:type in lower case, whether or not the prefix is declared."""
    values = (value for name, value in element.attrib.items() if local(str(name)) == "type")
    return local(str(next(values, "")).strip())


def kept_of(element: etree._Element) -> Any:
    """The element as JSON: its text, or a dictionary when it has attributes or fields of its own."""
    attributes = {
        local(str(name)): str(value)
        for name, value in element.attrib.items()
        if name != LANGUAGE and local(str(name)) not in {"schemalocation", "interval", "dtf"}
    }
    fields = {} if _is_text(element) else Node(element).rest()
    text = plain(element) if not fields else ""
    text = "" if text in attributes.values() else text
    return _without_empty({"text": text} | attributes | fields) if attributes or fields else text


def _is_text(element: etree._Element) -> bool:
    inner = {local(child) for child in element.iterchildren("*")}
    return not inner or bool(
        inner & {"div", "p", "ul", "br", "span", "a", "b", "i", "em", "strong"}
    )


def _without_empty(kept: dict[str, Any]) -> dict[str, Any]:
    tidy = {}
    for name, value in kept.items():
        values = [each for each in value if each] if isinstance(value, list) else value
        if values:
            tidy[name] = values[0] if isinstance(values, list) and len(values) == 1 else values
    return tidy


def by_language(elements: Iterable[etree._Element], default: str) -> dict[str, list[str]]:
    """The different texts of the elements by language: the site's, or another only beside one of the site's."""
    found: dict[str, list[str]] = {}
    for element in elements:
        text, code = plain(element), language(element) or default
        known = found.setdefault(code, [])
        if text and not any(text in other for other in known):
            known.append(text)
    found = {code: texts for code, texts in found.items() if texts}
    if found and not found.keys() & set(SITE):
        return {default: [text for texts in found.values() for text in texts]}
    return found
