"""Every page by WCAG 2.2 AA as far as a machine can tell: axe, reflow, large text, keyboard, motion (E1)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import looks
from tests.browser.pages import WALKS, World, sign_in, world

pytestmark = pytest.mark.a11y
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = (
    "cat.color"  # all that the dark changes: the structure is the same, and looked at in the light
)


@dataclass(frozen=True)
class Site:
    """The running site, what it shows, and a browser to look with."""

    url: str
    world: World
    browser: Browser

    @contextmanager
    def open(self, name: str, **options: Any) -> Iterator[Page]:
        """A page of WALKS in a context of its own."""
        walk = WALKS[name]
        context = self.browser.new_context(**options)
        context.set_default_timeout(20_000)
        if visitor := walk.visitor(self.world):
            sign_in(context, self.url, visitor)
        page = context.new_page()
        page.goto(self.url + walk.path(self.world))
        walk.then(page)
        yield page
        context.close()


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, browser: Browser) -> Iterator[Site]:
    """One catalogue for the whole walk: the tests only look."""
    with django_db_blocker.unblock():
        server = LiveServer("localhost")
        yield Site(server.url, world(), browser)
        server.stop()
        with connection.cursor() as cursor:
            cursor.execute("SELECT reference.restore()")


@pytest.fixture(scope="module", params=WALKS)
def page(request, site: Site) -> Iterator[Page]:
    """Each page in turn, opened once."""
    with site.open(request.param, reduced_motion="reduce") as opened:
        yield opened


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert axe(page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_colours_can_be_told_apart_in_the_dark(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark")
    found = axe(page, [COLOURS])
    page.emulate_media(color_scheme="light")
    assert found == []


def test_page_reflows_at_320(page):
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(looks.PAST_THE_EDGE) == []


@pytest.mark.parametrize(
    "style", [looks.LARGE, looks.LARGE + looks.SPACED], ids=["200 %", "spaced"]
)
def test_large_text_fits(page, style):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate(looks.ADD_STYLE, style)
    width, clipped = (
        page.evaluate("document.documentElement.scrollWidth"),
        page.evaluate(looks.CLIPPED),
    )
    page.evaluate("document.adoptedStyleSheets = []")
    assert width <= 1280
    assert clipped == []


@pytest.mark.parametrize("width", [390, 1280])
def test_keyboard_reaches_everything_in_order(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    stops = tabbed(page)
    assert 2 <= len(stops) < looks.MOST_STOPS, "a trap, or nothing to reach"
    assert [stop["order"] for stop in stops] == sorted(stop["order"] for stop in stops)
    assert [stop["name"] for stop in stops if not stop["ring"]] == []
    assert [stop["name"] for stop in stops if not stop["seen"]] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_targets_are_large_enough(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate(looks.SMALL) == []


def test_nothing_moves_for_those_who_ask(page):
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_page_obeys_its_policy(page):
    page.wait_for_load_state("networkidle")
    assert refused(page) == []


@pytest.mark.parametrize("name", WALKS)
def test_page_stands_without_javascript(site, name):
    with site.open(name, java_script_enabled=False) as page:
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator("h1")).to_be_visible()
        assert refused(page) == []


def test_policy_refuses_what_breaks_it(site):
    with site.open("catalogue") as page:
        page.evaluate("document.body.setAttribute('style', 'color: red')")
        assert len(refused(page)) == 1


def test_dark_colours_that_cannot_be_told_apart_are_found(site):
    with site.open("catalogue", color_scheme="dark") as page:
        page.evaluate(looks.ADD_STYLE, "h1 { color: #222 !important }")
        assert [rule for rule, _place in axe(page, [COLOURS])] == ["color-contrast"]


def test_filters_work_without_javascript(site):
    with site.open("catalogue", java_script_enabled=False) as page:
        page.locator("input[name=theme][value=talous]").check()
        page.locator("#filters button.button").click()
        page.wait_for_url(re.compile("theme=talous"))
        expect(page.locator(".course-row")).to_have_count(1)


def test_filter_is_announced_once_and_keeps_the_focus(site):
    with site.open("catalogue") as page:
        page.evaluate(looks.WATCH_STATUS)
        page.locator("input[name=theme][value=talous]").focus()
        page.keyboard.press("Space")
        expect(page.locator(".course-row")).to_have_count(1)
        page.wait_for_url(re.compile("theme=talous"))
        assert page.evaluate("document.activeElement.value") == "talous"
        assert len(set(page.evaluate("said"))) == 1
        assert axe(page) == []


def test_own_colours_keep_what_colour_told(site):
    with site.open("catalogue", forced_colors="active") as page:
        edge = page.locator(".knot").first.evaluate("e => getComputedStyle(e).borderTopWidth")
        assert edge == "2px"
        assert page.locator(".band").first.is_hidden()


# every style sheet that the page's one imports, and whether it came
STYLES = """() => Object.fromEntries([...document.styleSheets[0].cssRules]
  .filter(rule => rule instanceof CSSImportRule).map(rule => [rule.href, rule.styleSheet?.cssRules.length ?? 0]))"""


def test_course_prints_on_two_sheets(site):
    with site.open("course") as page:
        page.emulate_media(media="print")  # laid out for paper before the first sheet is cut
        page.evaluate("document.fonts.ready")
        styles = page.evaluate(STYLES)
        sheets = re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True))
        assert 1 <= len(sheets) <= 2, styles


def refused(page: Page) -> list[str]:
    """What the browser would not do for the page because of its security policy."""
    said = [message.text for message in page.console_messages()]
    return [text for text in said if "Content Security Policy" in text]


def axe(page: Page, rules: list[str] = RULES) -> list[tuple[str, str]]:
    """Rules that the page breaks, each with the first place."""
    # no rule here reads style sheets; axe would fetch each of them once more, at every look
    answer = Axe().run(page, options={"runOnly": rules, "preload": False}).response
    return [(rule["id"], rule["nodes"][0]["html"][:160]) for rule in answer["violations"]]


def tabbed(page: Page) -> list[dict[str, Any]]:
    """Every stop of the Tab key from the top of the page to its end."""
    page.evaluate(
        "document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)"
    )
    stops: list[dict[str, Any]] = []
    while len(stops) < looks.MOST_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(looks.STOP)
        if stop is None or (stops and stop["order"] <= stops[0]["order"]):
            break
        stops.append(stop)
    return stops
