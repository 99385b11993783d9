"""Filtering the catalogue in a browser: by keyboard with htmx, and without JavaScript (Catalogue 1–3, A1.2)."""

import pytest
from playwright.sync_api import Page, expect

from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

WATCH = """
window.said = 0;
new MutationObserver(() => window.said++).observe(document.querySelector("#status"), {childList: true});
"""


@pytest.fixture
def catalogue(live_server) -> str:
    """Address of a catalogue with three courses, two of them on digi, one of these online."""
    for theme, delivery in [("digi", "online"), ("digi", "on_site"), ("talous", "on_site")]:
        make.run(make.course(f"{theme} {delivery}", themes=(theme,)), delivery=delivery)
    return f"{live_server.url}/en/courses/"


def count(page: Page, number: int) -> None:
    expect(page.locator(".course-row")).to_have_count(number)


def test_filter_by_keyboard_keeps_focus_and_says_the_count_once(page: Page, catalogue):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(catalogue)
    page.evaluate(WATCH)
    page.locator("#theme-digi").focus()
    page.keyboard.press("Space")
    count(page, 2)
    expect(page.locator("#theme-digi")).to_be_focused()
    expect(page.locator("#status")).to_have_text("2 courses found")
    assert page.evaluate("window.said") == 1
    expect(page).to_have_url(f"{catalogue}?theme=digi")
    expect(page.locator("#delivery-online ~ .choice__count")).to_have_text("1")
    swedish = page.locator("#languages a[lang=sv]").get_attribute("href") or ""
    assert "theme=digi" in swedish
    assert complaints == []


def test_back_restores_filters_and_results(page: Page, catalogue):
    page.goto(catalogue)
    page.locator("#theme-digi").check()
    count(page, 2)
    page.locator("#delivery-online").check()
    count(page, 1)
    page.go_back()
    count(page, 2)
    expect(page.locator("#theme-digi")).to_be_checked()
    expect(page.locator("#delivery-online")).not_to_be_checked()
    page.go_back()
    count(page, 3)


def test_filters_stay_open_on_a_phone(page: Page, catalogue):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(catalogue)
    page.locator("#facets-summary").click()
    page.locator("#theme-digi").check()
    count(page, 2)
    expect(page.locator("#delivery-online")).to_be_visible()
    expect(page.locator("#facets-summary")).to_contain_text("1")


def test_same_without_javascript(browser, catalogue):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(catalogue)
    page.locator("#theme-digi").check()
    page.locator("#facet-groups > button").click()
    count(page, 2)
    page.locator("#sort").select_option("title")
    page.locator(".results__sort button").click()
    assert page.locator(".course-row__title").all_inner_texts() == ["digi on_site", "digi online"]
    page.locator(".knot").first.click()
    count(page, 2)
    context.close()
