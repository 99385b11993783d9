"""A list of the register by its keys, with htmx, and with the keys turned off (WCAG 2.1.4)."""

import pytest
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.browser.pages import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
LISTED = "{}/staff/organisations/"


@pytest.fixture
def listed(page: Page, live_server) -> Page:
    """Three organisations, two of them small, seen by a salesperson."""
    for name, size in (("Aalto Oy", "micro"), ("Berg Oy", "micro"), ("Celsius Oy", "large")):
        made = make.organisation(name)
        made.size = size
        made.save()
    seller = make.staff(make.institution("tamk"), "sales")
    sign_in(page.context, live_server.url, seller)
    page.set_extra_http_headers({"accept-language": "en"})
    page.goto(LISTED.format(live_server.url))
    return page


def link(page: Page, name: str):
    return page.get_by_role("link", name=name, exact=True)


def ticked(page: Page) -> int:
    return page.locator("[name=chosen]:checked").count()


def test_keys_go_through_the_rows_tick_and_open(listed: Page):
    listed.keyboard.press("j")
    expect(link(listed, "Aalto Oy")).to_be_focused()
    listed.keyboard.press("x")
    for key in "jjj":
        listed.keyboard.press(key)
    expect(link(listed, "Celsius Oy")).to_be_focused()
    listed.keyboard.press("k")
    expect(link(listed, "Berg Oy")).to_be_focused()
    listed.keyboard.press("x")
    assert ticked(listed) == 2
    listed.keyboard.press("Enter")
    expect(listed.locator("h1")).to_contain_text("Berg Oy")


def test_switched_off_on_their_page_the_keys_of_a_list_do_nothing(listed: Page):
    listed.get_by_role("link", name="Keyboard", exact=True).last.click()
    listed.get_by_role("button", name="Switch single keys off").click()
    listed.get_by_role("button", name="Switch single keys on").wait_for()
    listed.goto(LISTED.format(listed.url.split("/staff/")[0]))
    listed.keyboard.press("j")
    expect(link(listed, "Aalto Oy")).not_to_be_focused()
    link(listed, "Aalto Oy").focus()
    listed.keyboard.press("x")
    assert ticked(listed) == 0


def test_a_ticked_row_is_no_field_in_which_one_writes(listed: Page):
    listed.locator("[name=chosen]").first.focus()
    listed.keyboard.press("j")
    expect(link(listed, "Berg Oy")).to_be_focused()


def test_what_is_typed_in_a_field_is_no_key(listed: Page):
    listed.locator("[name=wanted]").fill("")
    listed.locator("[name=wanted]").press("j")
    expect(listed.locator("[name=wanted]")).to_have_value("j")
    expect(link(listed, "Aalto Oy")).not_to_be_focused()


def test_a_filter_narrows_the_list_and_stays_in_the_address(listed: Page):
    complaints: list[str] = []
    listed.on("console", lambda message: complaints.append(message.text))
    listed.get_by_text("Filters", exact=True).click()
    listed.locator("[name=size]").focus()
    listed.keyboard.press("ArrowDown")
    expect(listed.locator("[data-row]")).to_have_count(2)
    expect(listed.locator("#status")).to_have_text("2 organisations")
    expect(listed.locator("[name=size]")).to_be_focused()
    assert "size=micro" in listed.url
    assert complaints == []


def test_names_are_offered_and_the_likely_shown_as_one_types(listed: Page):
    listed.goto(listed.url + "new/")
    listed.locator("[name=name]").fill("aalto oy")
    listed.locator("[name=business_id]").focus()
    likely = listed.locator("#likely")
    expect(likely.get_by_role("link", name="Aalto Oy", exact=True)).to_be_visible()
    listed.locator("[name=parent]").press_sequentially("ber")
    expect(listed.locator("#organisations option")).to_have_count(1)
