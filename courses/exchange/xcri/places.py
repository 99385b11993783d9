"""Venues and providers of a feed: who offers, and where people meet."""

import re
from itertools import chain
from typing import Any

from lxml import etree

from courses.exchange.xcri.nodes import Node, by_language, kept_of, kind
from courses.exchange.xcri.records import Place, Provider
from courses.exchange.xcri.texts import cut, language, local, one_line
from courses.exchange.xcri.values import ONLINE, web_address

NOTHING = re.compile(r"\W*|n/?a|none|null|not known|unknown|tb[ac]|various", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def providers(outline: etree._Element | None) -> list[Provider]:
    """The feed's providers in its order; a catalog without any is one itself."""
    if outline is None:
        return [Provider({})]
    found = [each for each in outline.iter("*") if local(each) == "provider"]
    return [_provider(each) for each in found or [outline]]


def catalog(outline: etree._Element | None) -> Provider:
    """The feed itself, by the title it may have above its providers'."""
    return Provider({}) if outline is None else _provider(outline)


def _provider(element: etree._Element) -> Provider:
    node = Node(element)
    code = language(element)
    names = {key: texts[0] for key, texts in by_language(node.take("title"), code or "en").items()}
    identifiers = in_order(node.take("identifier"))
    location = Node(next(iter(node.take("location")), element))
    place = _place(location, next(iter(names.values()), ""), "")
    return Provider(
        names={key: " ".join(name.split()) for key, name in names.items()},
        identifiers=identifiers,
        url=web_address(node.line("url")),
        email=_email(location.line("email")),
        phone=cut(location.line("phone"), 40),
        language=code,
        place=place if place and (place.city or place.postcode) else None,
    )


def in_order(elements: list[etree._Element]) -> tuple[str, ...]:
    """Identifiers, those without a type first: they are the ones that XCRI-CAP means to be unique."""
    plain = [one_line(element) for element in elements if not kind(element)]
    typed = [one_line(element) for element in elements if kind(element)]
    return tuple(dict.fromkeys(filter(None, plain + typed)))


def venues(elements: list[etree._Element]) -> list[tuple[Place | None, dict[str, Any]]]:
    """Each place, and what else the feed tells of it. Teaching on the net has no place."""
    providers = [Node(each).take("provider") or [each] for each in elements]
    return [_venue(Node(each)) for each in chain.from_iterable(providers)]


def _venue(node: Node) -> tuple[Place | None, dict[str, Any]]:
    identifier = next(iter(in_order(node.take("identifier"))), "")
    name = _said(node.line("title", "name"))
    locations = node.take("location")
    address = Node(locations[0]) if locations else node
    found = _place(address, name, identifier)
    rest = {**node.rest(), **(address.rest() if address is not node else {})}
    rest |= {"locations": [kept_of(other) for other in locations[1:]]} if locations[1:] else {}
    if name and ONLINE.search(name) and not (found and found.street):
        return None, {"title": name, **rest}
    return found, rest


def _place(address: Node, name: str, identifier: str) -> Place | None:
    lines = address.take("address")
    typed = {kind(line): one_line(line) for line in lines if kind(line)}
    plain = [_said(one_line(line)) for line in lines if kind(line) in {"", "addressline"}]
    plain = [line for line in plain if line]
    city = _said(address.line("town", "city")) or typed.get("town", "") or _town(plain)
    others = dict.fromkeys(line for line in plain if line not in {city, name})
    street = _said(address.line("street")) or ", ".join(others)
    found = Place(
        name=cut(name or street or city, 200),
        street=cut(street, 200),
        postcode=_said(address.line("postcode"))[:20],
        city=cut(city, 100),
        identifier=identifier,
    )
    return found if found.name else None


def _said(text: str) -> str:
    """The text, unless it only fills a field that must not be empty."""
    return "" if NOTHING.fullmatch(text) else text


def _town(lines: list[str]) -> str:
    """The last line of an address, when it is of several and looks like a town."""
    last = lines[-1] if len(lines) > 1 else ""
    return last if last and not re.search(r"[\d@,]", last) else ""


def _email(text: str) -> str:
    found = EMAIL.search(text[:320])
    return found[0] if found and len(found[0]) <= 254 else ""
