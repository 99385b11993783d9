"""The forms that pages really show: where each goes, what it asks, and what a browser would send."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import Resolver404, resolve
from lxml import html

SEEN_BY_THE_FRAMEWORK = {"csrfmiddlewaretoken"}


@dataclass
class Form:
    """A form that is posted: `action` is the path, `name` the page that takes it, `values` what it holds filled in."""

    action: str
    name: str
    values: dict[str, list[str]] = field(default_factory=dict)

    @property
    def fields(self) -> set[str]:
        """The names it asks for; numbers in them are places in a list."""
        return {re.sub(r"\d+", "#", name) for name in self.values}


def forms_of(body: bytes, path: str) -> Iterator[Form]:
    """The forms of a page that change something."""
    if b"<form" not in body:
        return
    for each in html.fromstring(body).iter("form"):
        if (each.get("method") or "get").lower() != "post":
            continue
        action = (each.get("action") or path).partition("?")[0] or path
        yield Form(action, name_of(action), dict(_values(each)))


def name_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return path


def _values(form: Any) -> Iterator[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for each in form.xpath(
        ".//input[@name] | .//select[@name] | .//textarea[@name] | .//button[@name]"
    ):
        if each.get("name") not in SEEN_BY_THE_FRAMEWORK:
            found.setdefault(each.get("name"), []).extend(_value(each))
    yield from found.items()


def _value(each: Any) -> list[str]:
    if each.tag == "select":
        chosen = [
            option.get("value", "") for option in each.iter("option") if "selected" in option.attrib
        ]
        first = [option.get("value", "") for option in each.iter("option") if option.get("value")]
        return chosen or first[:1]
    if each.tag == "textarea":
        return [each.text or "Tekstiä"]
    kind = each.get("type", "text")
    if kind in {"checkbox", "radio"}:
        wanted = "checked" in each.attrib or (kind == "radio" and "required" in each.attrib)
        return [each.get("value", "on")] if wanted else []
    if kind == "file":
        return []
    return [each.get("value") or {"email": "uusi@example.org", "number": "1"}.get(kind, "Tekstiä")]
