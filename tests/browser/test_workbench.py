"""A day at the workbench by keyboard with htmx, and without JavaScript (C2.2, Staff 360 4, E1)."""

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from crm.models import Task
from tests import factories
from tests.browser.pages import sign_in
from tests.browser.test_a11y import axe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def me():
    return factories.staff(factories.institution("tamk"), "sales")


@pytest.fixture
def today(page: Page, live_server, me) -> Page:
    """The first page, with two tasks and three people of one name."""
    for what in ("Call Anna", "Send a quote"):
        factories.task(what, assignee=me, due_at=timezone.now())
    for name in ("Anna Virtanen", "Liisa Virtanen"):
        factories.person(name=name)
    sign_in(page.context, live_server.url, me)
    page.goto(f"{live_server.url}/staff/")
    return page


def names(page: Page) -> list[str]:
    return page.locator("#staff-found .found__name").all_text_contents()


# --- the search --------------------------------------------------------------------------------


def test_slash_goes_to_the_search_which_finds_as_one_types(today: Page):
    complaints: list[str] = []
    today.on("console", lambda message: complaints.append(message.text))
    today.keyboard.press("/")
    expect(today.locator("#staff-q")).to_be_focused()
    expect(today.locator("#staff-q")).to_have_value("")
    today.keyboard.type("anna virt")
    expect(today.locator("#staff-found .found__row")).to_have_count(1)
    expect(today.locator("#status")).to_have_text("1 found")
    assert names(today) == ["Anna Virtanen"]
    assert "anna" not in today.url
    assert complaints == []
    assert axe(today) == []


def test_arrows_move_among_what_was_found_and_escape_goes_back(today: Page):
    today.keyboard.press("/")
    today.keyboard.type("virtanen")
    rows = today.locator("#staff-found a")
    expect(rows).to_have_count(3)
    today.keyboard.press("ArrowDown")
    expect(rows.nth(0)).to_be_focused()
    today.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    for _ in range(2):
        today.keyboard.press("ArrowUp")
    expect(today.locator("#staff-q")).to_be_focused()
    today.keyboard.press("ArrowDown")
    today.keyboard.press("Escape")
    expect(today.locator("#staff-q")).to_be_focused()
    expect(rows).to_have_count(0)
    expect(today.locator("#staff-q")).to_have_value("virtanen")


def test_enter_on_a_name_opens_it_and_in_the_field_opens_all_that_was_found(today: Page):
    today.keyboard.press("/")
    today.keyboard.type("virtanen")
    expect(today.locator("#staff-found a")).to_have_count(3)
    today.keyboard.press("Enter")
    expect(today.locator("main .found__row")).to_have_count(3)
    today.keyboard.press("/")
    today.keyboard.press("Control+A")
    today.keyboard.type("anna virt")
    expect(today.locator("#staff-found a")).to_have_count(1)
    today.keyboard.press("ArrowDown")
    today.keyboard.press("Enter")
    expect(today.locator("h1")).to_contain_text("Anna Virtanen")


def test_a_slash_in_a_field_is_a_slash(today: Page, live_server):
    today.goto(f"{live_server.url}/staff/tasks/new/")
    today.locator("#id_what").press_sequentially("1/2?")
    expect(today.locator("#id_what")).to_have_value("1/2?")
    expect(today.locator("#id_what")).to_be_focused()
    expect(today.locator("#keys")).to_be_hidden()


# --- keys ------------------------------------------------------------------------------------------


def test_the_question_mark_shows_the_keys_and_escape_closes_them(today: Page):
    today.keyboard.press("?")
    expect(today.locator("#keys")).to_be_visible()
    assert axe(today) == []
    today.keyboard.press("Escape")
    expect(today.locator("#keys")).to_be_hidden()


def test_switched_off_the_single_keys_do_nothing(today: Page, live_server):
    today.goto(f"{live_server.url}/staff/keys/")
    today.locator("main button").click()
    expect(today.locator(".staff-bar[data-keys]")).to_have_count(0)
    today.keyboard.press("/")
    today.keyboard.press("?")
    expect(today.locator("#staff-q")).not_to_be_focused()
    expect(today.locator("#keys")).to_be_hidden()


# --- tasks ----------------------------------------------------------------------------------------


def test_one_press_does_it_and_the_next_takes_it_back_and_focus_stays(today: Page):
    row = today.locator(".task-row", has_text="Call Anna")
    row.get_by_role("button", name="Done Call Anna").focus()
    today.keyboard.press("Enter")
    undo = row.get_by_role("button", name="Undo Call Anna")
    expect(undo).to_be_focused()
    expect(today.locator("#status")).to_have_text("Done: Call Anna")
    assert Task.objects.filter(done_at__isnull=False).count() == 1
    today.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Done Call Anna")).to_be_focused()
    assert Task.objects.filter(done_at__isnull=False).count() == 0


def test_without_javascript_everything_can_be_done(browser: Browser, live_server, me):
    factories.task("Call Anna", assignee=me, due_at=timezone.now())
    factories.person(name="Anna Virtanen")
    context = browser.new_context(java_script_enabled=False, locale="en")
    sign_in(context, live_server.url, me)
    page = context.new_page()
    page.goto(f"{live_server.url}/staff/")
    page.get_by_role("button", name="Done Call Anna").click()
    expect(page.locator(".messages")).to_contain_text("Done: Call Anna")
    expect(page).to_have_url(f"{live_server.url}/staff/")
    page.locator("#staff-q").fill("anna")
    page.locator("#staff-q").press("Enter")
    page.get_by_role("link", name="Anna Virtanen").click()
    expect(page.locator("h1")).to_contain_text("Anna Virtanen")
    page.locator(".staff-menu summary").last.click()
    page.get_by_role("link", name="Keyboard").click()
    expect(page.locator("main kbd")).to_have_count(10)
    context.close()
