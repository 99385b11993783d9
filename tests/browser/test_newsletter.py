"""The life of a permission in a browser: asked for, confirmed, used, explained, withdrawn, looked back on (D2.1, D3.1).

By keyboard, and without JavaScript.
"""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from consent import permission
from consent.models import Event, Person, Preference, Topic
from mailing import gateway, kinds, outbox, switch
from tests import factories as make

ANNA = "anna@example.org"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def visitor(browser: Browser, request):
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def _topics():
    for thread, slug in enumerate(("digi", "talous"), start=1):
        make.theme(slug, thread=thread)


@pytest.fixture(autouse=True)
def _links_lead_to_the_live_server(live_server, settings):
    former, settings.BASE_URL = settings.BASE_URL, live_server.url
    switch.turn(on=True)
    yield
    settings.BASE_URL = former
    switch.turn(on=True)


def press(page: Page, name: str) -> None:
    """Press the button or link of this name in the page's own part, with the keyboard."""
    target = page.locator("main").get_by_role("button", name=name, exact=True)
    (target if target.count() else page.locator("main").get_by_role("link", name=name)).focus()
    page.keyboard.press("Enter")


def links_of(inbox, count: int) -> list[str]:
    """The links in the text of the newest mail, once so many have come."""
    gateway.drain()
    text = inbox(count)[-1].get_body(("plain",)).get_content()
    return re.findall(r"https?://\S+", text)


def is_permitted() -> bool:
    anna, digi = Person.objects.known_by(ANNA).get(), Topic.objects.get(slug="digi")
    return permission.may_contact(anna, "newsletter", topic=digi).allowed


def test_the_whole_way_of_a_permission(visitor, live_server, inbox):
    ask(visitor, live_server.url)
    confirm(visitor, links_of(inbox, 1))
    choose(visitor, links_of(inbox, 2))
    send_a_letter()
    ask_why_and_withdraw(visitor, links_of(inbox, 3))
    look_back(visitor)


def ask(page: Page, site: str) -> None:
    page.goto(f"{site}/en/newsletter/")
    page.locator("main [name=email]").focus()
    page.keyboard.type(ANNA)
    page.locator("main [name=topics][value=digi]").focus()
    page.keyboard.press("Space")
    press(page, "Send me a link to confirm")
    expect(page).to_have_url(f"{site}/en/newsletter/sent/")
    assert not Event.objects.exists()


def confirm(page: Page, links: list[str]) -> None:
    page.goto(next(link for link in links if "/confirm/" in link))
    assert not Event.objects.exists(), "opening a link changes nothing"
    page.locator("main form button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("The newsletter is yours")
    assert is_permitted()


def choose(page: Page, links: list[str]) -> None:
    page.goto(next(link for link in links if "preferences" in link))
    page.locator("main [name=frequency][value=weekly]").focus()
    page.keyboard.press("Space")
    press(page, "Save")
    expect(page.locator("#done")).to_contain_text("Saved")
    assert Preference.objects.get().frequency == "weekly"


def send_a_letter() -> None:
    outbox.queue(
        kinds.NEWSLETTER_MAIL,
        Person.objects.known_by(ANNA).get(),
        {"title": "News of data", "lead": "Two courses.", "items": []},
        language="en",
        purpose=kinds.NEWSLETTER,
        topic=Topic.objects.get(slug="digi"),
    )


def ask_why_and_withdraw(page: Page, links: list[str]) -> None:
    page.goto(next(link for link in links if "/why/" in link))
    expect(page.locator("main")).to_contain_text("Because you have permitted it.")
    expect(page.locator("main")).to_contain_text("Permission given")
    press(page, "Stop these letters")
    expect(page.locator("#done")).to_contain_text("Stopped")
    assert not is_permitted()


def look_back(page: Page) -> None:
    page.locator("main details summary").focus()
    page.keyboard.press("Enter")
    said = page.locator("main details li")
    expect(said).to_have_count(2)
    expect(said.first).to_contain_text("Permission taken back or refused: Newsletter, topic Digi")
    expect(said.last).to_contain_text("Permission given: Newsletter, topic Digi")
