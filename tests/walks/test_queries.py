"""Whatever stands in an address's query, a page answers, and shows no row more for it (A22)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.http import HttpResponse
from lxml import html

from courses.models import Course
from tests import factories
from tests.walks.allowed import EVERYBODY
from tests.walks.pages import Page, every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of

pytestmark = pytest.mark.django_db

ANSWERS = {200, 301, 302, 304, 400, 403, 404, 405, 409, 410, 422}
EVIL = {
    "a statement": "'; DROP TABLE courses_course; --",
    "a condition": "1' OR '1'='1",
    "a union": "1 UNION SELECT password FROM accounts_user",
    "a lookup": "contact__password__startswith",
    "an order": "-password",
    "a huge number": str(10**9),
    "a number past all columns": str(10**30),
    "less than nothing": "-1",
    "ten kilobytes": "a" * 10_240,
    "two kilobytes": "å" * 300,
    "NUL": "a\0b",
    "half a character": "\udc80",
    "a slow pattern": "(a+)+$" + "a" * 40 + "!",
    "braces": "{{7*7}}{% load %}%s%(x)s${7*7}",
}
# names that a page may know, besides those of its own links and forms
NAMES = ["q", "page", "order", "order_by", "sort", "before", "after", "at", "state", "language"]
LOOKUPS = [
    "contact__password__startswith",
    "password",
    "institution__id__in",
    "id__regex",
    "_to_field",
]


@pytest.fixture
def rows(db):
    return Rows("tamk")


def names_of(body: bytes) -> set[str]:
    """Parameters that the page itself uses: in forms that only look, and in links."""
    if b"<html" not in body:
        return set()
    page: Any = html.fromstring(body)
    asked: list[str] = page.xpath("//form[not(@method) or @method='get']//*[@name]/@name")
    links: list[str] = page.xpath("//a/@href[contains(., '?')]")
    linked = [
        name
        for link in links
        for name, _value in parse_qsl(link.partition("?")[2], keep_blank_values=True)
    ]
    return {*asked, *linked} - {"next"}


def queries(page: Page, names: set[str]) -> Iterator[str]:
    """Each evil on all names at once; and the worst on each name, but in Django's own lists."""
    every = sorted({*names, *NAMES})
    for value in EVIL.values():
        yield encoded(dict.fromkeys(every, value))
    for name in sorted(names) if page.model_admin is None else ():
        for kind in ("a condition", "a number past all columns"):
            yield encoded({name: EVIL[kind]})
    for name in LOOKUPS:
        yield encoded({name: "pbkdf2"})


def encoded(values: dict[str, str]) -> str:
    return urlencode(values, errors="surrogateescape")


def count(body: bytes) -> int:
    """Rows and entries of lists, as many as the page shows."""
    return len(re.findall(rb"<tr|<article|<li", body))


def wrong(client, page: Page, rows: Rows) -> list[tuple[str, int]]:
    """The queries that the page answers in no way that it may, or with more than it has."""
    path = path_of(page, rows)
    plain = client.get(path)
    if plain.status_code != 200 or plain.streaming:
        return [(path, plain.status_code)] if plain.status_code not in ANSWERS else []
    found = []
    for query in queries(page, names_of(plain.content)):
        answer = client.get(f"{path}?{query}")
        shown = count(answer.content) if answer.status_code == 200 else 0
        if answer.status_code not in ANSWERS or shown > count(plain.content) + ECHOES:
            found.append((f"{path}?{query[:200]}", answer.status_code))
    return found


ECHOES = 40  # entries that only repeat what was asked: chips to take a filter away, alternatives to an empty list


@pytest.mark.parametrize("who", ["visitor", "admin"])
def test_pages_answer_whatever_they_are_asked(client, rows, who):
    if who == "admin":
        client.force_login(factories.staff(None, "admin"))
    pages = [
        page
        for page in every_page()
        if (page.name in EVERYBODY) is (who == "visitor") and page.name not in QUIET
        if page.model_admin is None or page.name.endswith("_changelist")
    ]
    assert {page.name: found for page in pages if (found := wrong(client, page, rows))} == {}
    assert Course.objects.count() == 1


QUIET = {
    "account_logout",
    "admin:logout",
    "site:healthz",
    "site:readyz",  # these ask nothing of the query, and are asked every second
    "site:styleguide",
}


def test_control_a_page_that_gives_the_query_to_the_database_is_found(client, rows, monkeypatch):
    client.force_login(factories.staff(None, "admin"))
    client.raise_request_exception = False
    page = next(each for each in every_page() if each.name == "site:staff_deliveries")

    def deliveries(request):
        found = Course.objects.order_by(request.GET.get("order_by", "pk"))
        return HttpResponse(f"<html>{len(found)}</html>")

    monkeypatch.setattr(page.pattern, "callback", deliveries)
    assert 500 in {status for _query, status in wrong(client, page, rows)}


def test_control_and_one_that_shows_more_for_it(client, rows, monkeypatch):
    page = next(each for each in every_page() if each.name == "portal:terms")

    def terms(request):
        is_asked = "OR" in request.GET.get("q", "")
        return HttpResponse("<html>" + "<tr>" * (100 if is_asked else 1) + "</html>")

    monkeypatch.setattr(page.pattern, "callback", terms)
    assert [status for _query, status in wrong(client, page, rows)] == [200]
