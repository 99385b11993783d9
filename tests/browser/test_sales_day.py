"""A salesperson's day, from signing in to the last duplicate, in under 25 presses (C2.2, E3.4, C1.4, C5.2)."""

import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.utils import timezone
from playwright.sync_api import Page, expect

from consent.models import Person
from crm import questions, scanning, tasks
from crm.models import ContactPhone, Duplicate, Encounter, Organisation, Task
from mailing.models import Delivery
from tests import factories

pytestmark = [pytest.mark.a11y, pytest.mark.django_db(transaction=True)]

WORDS = "kolme vihreää porkkanaa"
SECRET = "JBSWY3DPEHPK3PXP"
MOST = 25
# every press of the mouse, and of Enter or the space bar where that does something; kept from page to page
COUNT = """
const pressed = () => { sessionStorage.pressed = 1 + Number(sessionStorage.pressed || 0); };
addEventListener('pointerdown', pressed, true);
addEventListener('keydown', event => {
  const writes = event.target.matches('textarea, input:not([type=radio], [type=checkbox])');
  if (event.key === 'Enter' || (event.key === ' ' && !writes)) pressed();
}, true);
// the telephone: what is dialled is heard, and no window of the browser asks which program should ring
addEventListener('click', event => {
  const link = event.target.closest('a[href^="tel:"]');
  if (!link) return;
  event.preventDefault();
  sessionStorage.dialled = link.getAttribute('href');
});
"""


@pytest.fixture
def seller(settings):
    """Saara, with a password and an app that makes her codes."""
    settings.DEMO = False
    user = factories.staff(None, "sales", "sales@example.org", name="Saara Myyrä")
    user.set_password(WORDS)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    TOTP.activate(user, SECRET)
    return user


def customer(name: str, email: str, at: str, number: str = "") -> Person:
    """Somebody at an organisation, with a phone when a number is given."""
    known = Organisation.objects.filter(name=at).first() or factories.organisation(at)
    made = factories.contact(email, known, name=name)
    if number:
        ContactPhone.objects.create(contact=made.contact_card, number=number, is_primary=True)
    return made


@pytest.fixture
def customers(aila, kari):
    """Whom she calls today: one she should have called yesterday, and one more."""
    return aila, kari


@pytest.fixture
def aila(seller):
    made = customer("Aila Ahola", "aila.ahola@lanka.example", "Hämeen Lanka Oy", "+358401234000")
    late = tasks.end_of(timezone.localdate() - timedelta(days=1))
    tasks.give("Soita kevään ryhmästä", due_at=late, by=seller, assignee=seller, about=made)
    return made


@pytest.fixture
def kari(seller):
    made = customer("Kari Vainio", "kari.vainio@hunaja.example", "Teiskon Hunaja", "+358401234160")
    today = tasks.end_of(timezone.localdate())
    tasks.give("Soita yhteisryhmästä", due_at=today, by=seller, assignee=seller, about=made)
    return made


@pytest.fixture
def question(seller) -> Task:
    asker = questions.visitor("jonna@example.org", name="Jonna Metsälä", language="fi")
    return questions.ask(asker, "Toteutuuko työpaja varmasti?", to=seller)


@pytest.fixture
def twins():
    """One Minna in the register twice, as the nightly search finds her."""
    minna = customer(
        "Minna Kallio", "minna.kallio@lanka.example", "Hämeen Lanka Oy", "+358401234002"
    )
    other = factories.contact("minna.kallio@posti.example", name="Kallio Minna")
    ContactPhone.objects.create(contact=other.contact_card, number="+358401234002", is_primary=True)
    scanning.begin()
    while scanning.go_on(100):
        pass
    return minna, other


# --- what she does -----------------------------------------------------------------------------


def reach(page: Page, field: str) -> None:
    """With the tabulator where it is the next field or the one after, else by a click as anybody would."""
    wanted = page.locator(field)
    for _press in range(3):
        if wanted.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    wanted.click()


def sign_in(page: Page, live_server) -> None:
    page.goto(f"{live_server.url}/staff/")
    reach(page, "[name=login]")
    page.keyboard.type("sales@example.org")
    reach(page, "[name=password]")
    page.keyboard.type(WORDS)
    page.keyboard.press("Enter")
    expect(page.locator("[name=code]")).to_be_focused()
    page.keyboard.type(str(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/staff/")


def call(page: Page, name: str, said: str, step: str) -> None:
    """From the task to the customer: dial, write down what was said and what is next, tick the task."""
    page.get_by_role("link", name=name, exact=True).click()
    page.locator("main a[href^='tel:']").click()
    write(page, "Call", said, step)
    to_do = page.locator(".to-do")
    expect(to_do).to_have_count(2)
    to_do.first.get_by_role("button").click()
    expect(to_do).to_have_count(1)


def write(page: Page, kind: str, said: str, step: str = "") -> None:
    page.get_by_label(kind, exact=True).click()
    reach(page, "[name=text]")
    page.keyboard.type(said)
    if step:
        reach(page, "[name=step_what]")
        page.keyboard.type(step)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".event", has_text=said)).to_be_visible()


def to_today(page: Page) -> None:
    page.get_by_role("link", name="Today", exact=True).click()


def answer(page: Page, words: str) -> None:
    page.get_by_role("link", name="Answer Toteutuuko työpaja varmasti?").click()
    reach(page, "main form [name=text]")
    page.keyboard.type(words)
    page.get_by_role("button", name="Send the answer").click()
    expect(page.locator(".messages")).to_contain_text("The answer is on its way.")


def merge(page: Page) -> None:
    page.get_by_role("link", name="1 likely duplicate").click()
    page.locator(".pair__names a").click()
    page.get_by_role("button", name="Merge into one").click()
    expect(page.locator("h1")).to_contain_text("Minna Kallio")


def noted(person: Person) -> list[tuple[str, str]]:
    written = Encounter.objects.filter(person=person, kind__in=["crm.call", "crm.note"])
    return list(written.order_by("pk").values_list("kind", "text"))


def dialled(page: Page) -> str:
    return str(page.evaluate("sessionStorage.dialled"))


def presses(page: Page) -> int:
    return int(page.evaluate("Number(sessionStorage.pressed)"))


def test_a_salespersons_day_takes_under_25_presses(
    page: Page, live_server, seller, customers, question, twins
):
    aila, kari = customers
    page.add_init_script(COUNT)
    sign_in(page, live_server)
    assert page.locator(".task-row__what").all_inner_texts() == [
        "Toteutuuko työpaja varmasti?",
        "Soita kevään ryhmästä",
        "Soita yhteisryhmästä",
    ]

    call(page, "Aila Ahola", "Ryhmä alkaa helmikuussa.", "Lähetä luonnos")
    assert dialled(page) == "tel:+358401234000"
    assert noted(aila) == [("crm.call", "Ryhmä alkaa helmikuussa.")]
    assert list(Task.objects.open().filter(person=aila).values_list("what", "assignee")) == [
        ("Lähetä luonnos", seller.pk)
    ]

    to_today(page)
    call(page, "Kari Vainio", "Kolme yritystä lähtee mukaan.", "Kutsu koolle")
    assert dialled(page) == "tel:+358401234160"
    write(page, "Note", "Maksaja vaihtuu: uusi talousjohtaja aloittaa.")
    assert noted(kari) == [
        ("crm.call", "Kolme yritystä lähtee mukaan."),
        ("crm.note", "Maksaja vaihtuu: uusi talousjohtaja aloittaa."),
    ]
    assert list(Task.objects.open().filter(person=kari).values_list("what", flat=True)) == [
        "Kutsu koolle"
    ]

    to_today(page)
    answer(page, "Toteutuu: varaa liput.")
    question.refresh_from_db()
    assert question.done_by == seller
    (mail,) = Delivery.objects.filter(message__template="crm/answer")
    assert mail.address == "jonna@example.org"

    to_today(page)
    merge(page)
    minna, other = twins
    assert not Person.objects.filter(pk=other.pk).exists()
    assert sorted(minna.addresses.values_list("email", flat=True)) == [
        "minna.kallio@lanka.example",
        "minna.kallio@posti.example",
    ]
    assert Duplicate.objects.open().count() == 0

    assert presses(page) < MOST
