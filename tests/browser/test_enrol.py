"""The main job in a browser: from the course to a confirmed seat, by keyboard, and without JavaScript (A5.1)."""

import pytest
from playwright.sync_api import Browser, Page, expect

from courses.models import Enrolment
from portal.signin import Adapter
from tests import factories as make

CODE = "1234-5678"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def visitor(browser: Browser, request):
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def run():
    run = make.run(
        make.course("Tekoäly työssä"), seats=1, enrolment_closes_at=make.NOW.replace(year=2100)
    )
    make.session(run)
    return run


@pytest.fixture(autouse=True)
def _known_code(monkeypatch):
    """The code is the same each time: a worker that runs for other tests may send it, and blank it, at any moment."""
    monkeypatch.setattr(Adapter, "generate_login_code", lambda self: CODE)


def type_into(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).focus()
    page.keyboard.type(text)


def enrol(page: Page, live_server, run, address: str) -> None:
    """From the course page to the page that says what happens next, with the keyboard alone."""
    page.goto(f"{live_server.url}/en/courses/{run.course.slug}/")
    page.locator(f"a[href$='/{run.pk}/enrol/']").first.focus()
    page.keyboard.press("Enter")
    type_into(page, "Your name", "Anna Virtanen")
    type_into(page, "E-mail address", address)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/en/courses/{run.course.slug}/{run.pk}/enrol/code/")
    type_into(page, "Code from the e-mail", CODE)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/en/courses/{run.course.slug}/{run.pk}/done/")


def test_a_visitor_gets_a_seat_and_leaves_it(visitor, live_server, run):
    enrol(visitor, live_server, run, "anna@example.org")
    assert Enrolment.objects.get().status == "confirmed"
    visitor.goto(f"{live_server.url}/en/me/")
    visitor.locator("a[href$='/cancel/']").focus()
    visitor.keyboard.press("Enter")
    visitor.locator("main form button").focus()
    visitor.keyboard.press("Enter")
    expect(visitor).to_have_url(f"{live_server.url}/en/me/")
    assert Enrolment.objects.get().status == "cancelled"


def test_a_mistake_keeps_what_was_typed_and_says_where_it_is(visitor, live_server, run):
    visitor.goto(f"{live_server.url}/en/courses/{run.course.slug}/{run.pk}/enrol/")
    type_into(visitor, "Your name", "Anna Virtanen")
    type_into(visitor, "E-mail address", "Anna <anna@example.org>")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_label("Your name", exact=True)).to_have_value("Anna Virtanen")
    summary = visitor.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(visitor.get_by_label("E-mail address", exact=True)).to_be_focused()


def test_the_second_one_waits_and_takes_the_seat_when_it_is_offered(browser, live_server, run):
    pages = [browser.new_context().new_page() for _ in range(2)]
    for page, address in zip(pages, ("anna@example.org", "bertta@example.org"), strict=True):
        enrol(page, live_server, run, address)
    expect(pages[1].locator("main")).to_contain_text("number 1")
    pages[0].goto(f"{live_server.url}/en/me/")
    pages[0].locator("a[href$='/cancel/']").click()
    pages[0].locator("main form button").click()
    expect(pages[0]).to_have_url(f"{live_server.url}/en/me/")
    pages[1].goto(f"{live_server.url}/en/me/")
    pages[1].locator("a[href$='/accept/']").click()
    pages[1].locator("main form button").click()
    expect(pages[1]).to_have_url(f"{live_server.url}/en/courses/{run.course.slug}/{run.pk}/done/")
    states = Enrolment.objects.order_by("pk").values_list("status", flat=True)
    assert list(states) == ["cancelled", "confirmed"]
    for page in pages:
        page.context.close()
