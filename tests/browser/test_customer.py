"""A call is written down by keyboard alone, with scripts and without; filters and the next step too (C2.2, C2.1)."""

import pytest
from playwright.sync_api import Browser, Page, expect

from crm.models import Encounter, Task
from tests import factories
from tests.browser.pages import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def scripts(request):
    return request.param


@pytest.fixture
def page(browser: Browser, live_server, scripts):
    """A salesperson, signed in."""
    context = browser.new_context(java_script_enabled=scripts, locale="en")
    sign_in(context, live_server.url, factories.staff(factories.institution("tamk"), "sales"))
    yield context.new_page()
    context.close()


def tab_to(page: Page, name: str) -> None:
    """Go on with the Tab key to the control of this name."""
    for _stop in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("name") == name:
            return
    pytest.fail(f"the Tab key never comes to {name}")


def test_a_call_with_its_next_step_by_keyboard_alone(page, live_server, scripts):
    anna = factories.person("anna@konepaja.fi", name="Anna Virtanen")
    page.goto(f"{live_server.url}/staff/people/{anna.pk}/")
    tab_to(page, "kind")
    page.keyboard.press("Space")  # the first: a call
    tab_to(page, "text")
    page.keyboard.type("Soitin.")
    if scripts:
        page.keyboard.press("Enter")
        page.keyboard.type("Palaan asiaan.")
        page.keyboard.press("Control+Enter")
    else:
        tab_to(page, "step_what")
        page.keyboard.type("Palaa asiaan")
        page.keyboard.press("Enter")  # in a field of one line it sends
    expect(page.get_by_text("Written on the timeline.")).to_be_visible()
    written = Encounter.objects.get()
    assert (written.kind, written.person) == ("crm.call", anna)
    assert written.text.split() == ["Soitin.", *(["Palaan", "asiaan."] if scripts else [])]
    assert [task.what for task in Task.objects.all()] == ([] if scripts else ["Palaa asiaan"])


def test_the_timeline_is_narrowed_by_keyboard(page, live_server):
    anna = factories.person(name="Anna Virtanen")
    for kind in ("crm.call", "crm.visit"):
        Encounter.objects.create(kind=kind, person=anna, text=kind)
    page.goto(f"{live_server.url}/staff/people/{anna.pk}/")
    expect(page.locator(".event")).to_have_count(2)
    page.locator("select[name=kind]").select_option("crm.visit")
    page.locator("select[name=kind]").focus()
    page.get_by_role("button", name="Narrow").press("Enter")
    expect(page.locator(".event")).to_have_count(1)
    assert "kind=crm.visit" in page.url
