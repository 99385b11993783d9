"""Every page's markup says what it means: headings, labels, languages, addresses within the page (E1). No browser."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.utils import translation
from lxml import html

from tests.browser.pages import WALKS, World, world

pytestmark = pytest.mark.django_db
PERSONAL = {"name": "name", "email": "email", "login": "email", "password": "current-password"}
Check = Callable[[Any, str], object]


@pytest.fixture
def shown() -> World:
    return world()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", [name for name in WALKS if not name.endswith("wrong")])
def test_markup_has_no_fault(client, shown, name, language):
    walk = WALKS[name]
    if visitor := walk.visitor(shown):
        client.force_login(visitor, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language  # for the pages without a language in their path
    with translation.override(language):
        path = walk.path(shown)
    asked = client.get(path.replace("/fi/", f"/{language}/"), headers={"accept-language": language})
    page = html.fromstring(asked.content)
    faults = {check.__name__: check(page, language) for check in CHECKS}
    assert {fault: found for fault, found in faults.items() if found} == {}


def headings_other_than_one_h1_and_no_gaps(page: Any, language: str) -> object:
    levels = [int(each.tag[1]) for each in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    gaps = [below for above, below in pairwise(levels) if below > above + 1]
    return gaps or levels.count(1) != 1


def language_not_said(page: Any, language: str) -> object:
    return page.get("lang") != language


def title_without_page_or_site(page: Any, language: str) -> object:
    about, dash, site = " ".join(page.findtext(".//title").split()).rpartition(" – ")
    return not (about and dash and site == "Kudelma")


def ids_used_twice(page: Any, language: str) -> object:
    return [each for each, times in Counter(page.xpath("//@id")).items() if times > 1]


def names_of_ids_that_are_not_there(page: Any, language: str) -> object:
    named = page.xpath("//@for | //@aria-labelledby | //@aria-describedby | //@aria-controls")
    inside = {href[1:] for href in page.xpath("//a/@href") if href.startswith("#")}
    return ({each for text in named for each in text.split()} | inside) - set(page.xpath("//@id"))


def fields_without_label(page: Any, language: str) -> object:
    labelled = set(page.xpath("//label/@for"))
    fields = page.xpath("//input[not(@type='hidden')] | //select | //textarea")
    return [
        html.tostring(field)
        for field in fields
        if field.get("id") not in labelled
        and not field.get("aria-label")
        and not field.xpath("ancestor::label[normalize-space()]")
    ]


def personal_fields_that_do_not_fill_themselves(page: Any, language: str) -> object:
    fields = page.xpath("//main//form[@method='post']//input")
    asked = [field for field in fields if field.get("name") in PERSONAL]
    others = {"off"} if page.cssselect(".staff-menu") else set()  # staff fill in others' data
    fills = [{PERSONAL[field.get("name")], *others} for field in asked]
    return [
        f.get("name") for f, a in zip(asked, fills, strict=True) if f.get("autocomplete") not in a
    ]


def parts_that_say_too_little(page: Any, language: str) -> object:
    wanting = ["//th[not(@scope)]", "//img[not(@alt)]", "//a[not(@href)]"]
    wanting += ["//svg[not(@aria-hidden) and not(@role)]"]
    return [html.tostring(each) for path in wanting for each in page.xpath(path)]


def inline_styles_or_handlers(page: Any, language: str) -> object:
    return page.xpath("//@style | //style | //@*[starts-with(name(), 'on')]")


def order_that_is_forced(page: Any, language: str) -> object:
    return [each for each in page.xpath("//@tabindex") if int(each) > 0]


def skip_link_not_first(page: Any, language: str) -> object:
    first = page.xpath("//body//a | //body//button | //body//input[not(@type='hidden')]")[0]
    return first.get("href") != "#content" or not page.xpath("//main[@id='content']")


def no_single_place_for_news(page: Any, language: str) -> object:
    return [each.get("id") for each in page.xpath("//*[@role='status']")] != ["status"]


CHECKS: list[Check] = [
    headings_other_than_one_h1_and_no_gaps,
    language_not_said,
    title_without_page_or_site,
    ids_used_twice,
    names_of_ids_that_are_not_there,
    fields_without_label,
    personal_fields_that_do_not_fill_themselves,
    parts_that_say_too_little,
    inline_styles_or_handlers,
    order_that_is_forced,
    skip_link_not_first,
    no_single_place_for_news,
]
