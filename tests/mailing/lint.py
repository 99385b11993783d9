"""What a mail's HTML keeps to, so that it looks and reads the same in every program: one function names the faults."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import html

from mailing.templates import Rendered
from tests.portal.test_contrast import contrast

TAGS = {
    *("html", "head", "meta", "title", "style", "body"),
    *("table", "tbody", "tr", "td", "h1", "h2", "p", "a", "strong", "br", "ul", "li"),
}
MEDIA = re.compile(r"@media \(prefers-color-scheme: dark\) *\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
COLOURS = {"background", "background-color", "color", "border-color"}
Styles = dict[str, str]


def faults(mail: Rendered, language: str, most: int = 60_000) -> list[str]:
    """Everything that is wrong with the mail's HTML; empty when it is as it should be."""
    page = html.fromstring(mail.html)
    found = [*of_markup(page, language), *of_styles(page), *of_links(page, mail.text)]
    found += [f"{size} bytes" for size in [len(mail.html.encode())] if size > most]
    return found or [*of_contrast(page, {}), *of_contrast(page, in_dark(page))]


def of_markup(page: Any, language: str) -> Iterator[str]:
    """Only tables for layout, all of them said to be that, and nothing that acts or comes from elsewhere."""
    if page.get("lang") != language:
        yield f"lang is {page.get('lang')}"
    yield from {f"<{each.tag}>" for each in page.iter() if each.tag not in TAGS | {"img"}}
    yield from (f"{name} does something" for name in page.xpath("//@*[starts-with(name(), 'on')]"))
    if page.xpath("//table[not(@role='presentation')]"):
        yield "a table that is not said to be layout"
    for image in page.xpath("//img"):
        if not image.get("alt") or not image.get("src", "").startswith("cid:"):
            yield "an image from elsewhere, or without words"


def of_styles(page: Any) -> Iterator[str]:
    """Styles stand on the elements; a sheet only changes colours for the dark, and may be lost."""
    sheet = "\n".join(page.xpath("//style/text()"))
    if MEDIA.sub("", sheet).strip():
        yield "rules outside the media query for the dark"
    declared = {name for _, body in RULE.findall(sheet_of_dark(page)) for name in parsed(body)}
    yield from (f"the dark changes {name}" for name in declared - COLOURS)
    yield from (
        f"<{each.tag} class={each.get('class')}> looks otherwise without the sheet"
        for each in page.xpath("//body//*[@class and not(@style)]")
    )
    if re.search(
        r"url\(|@import|expression\(|position:|float:|display: *(flex|grid)",
        html.tostring(page).decode(),
    ):
        yield "a style that mail programs do not know, or that loads something"


def of_links(page: Any, text: str) -> Iterator[str]:
    """The text part leads to the same places."""
    in_html = set(page.xpath("//a/@href"))
    in_text = set(re.findall(r"https?://\S+", text))
    yield from (f"{link} is not in the text" for link in in_html - in_text)
    yield from (f"{link} is only in the text" for link in in_text - in_html)


def of_contrast(page: Any, over: dict[Any, Styles]) -> Iterator[str]:
    """WCAG 2.2 AA for every word that is seen; `over` are styles laid over the elements' own."""

    def walk(element: Any, ink: str, ground: str) -> Iterator[str]:
        style = parsed(element.get("style", "")) | over.get(element, {})
        if style.get("display") == "none":
            return
        ink = style.get("color", ink)
        ground = style.get("background", style.get("background-color", ground))
        words = [element.text, *(child.tail for child in element)]
        if any((each or "").strip() for each in words) and contrast(ink, ground) < 4.5:
            yield f"{ink} on {ground}: {element.text_content().strip()[:30]}"
        for child in element:
            yield from walk(child, ink, ground)

    yield from walk(page.find("body"), "#000000", "#ffffff")


def in_dark(page: Any) -> dict[Any, Styles]:
    """What the media query lays over the elements."""
    over: dict[Any, Styles] = {}
    for selector, body in RULE.findall(sheet_of_dark(page)):
        for element in page.cssselect(selector.strip()):
            over[element] = over.get(element, {}) | parsed(body)
    return over


def sheet_of_dark(page: Any) -> str:
    return "\n".join(MEDIA.findall("\n".join(page.xpath("//style/text()"))))


def parsed(style: str) -> Styles:
    """Declarations by name."""
    pairs = (each.partition(":") for each in style.replace("!important", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}
