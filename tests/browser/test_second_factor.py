"""Staff set up a second factor and sign in with it: an app's codes by keyboard, a passkey by a device (E3.4)."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Page, expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "kolme vihreää porkkanaa"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def seller(settings):
    """A member of staff with a password and no second factor."""
    settings.DEMO = False
    user = factories.staff(factories.institution("tamk"), "sales", "sales@example.org")
    user.set_password(WORDS)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def type_into(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).focus()
    page.keyboard.type(text)


def press(page: Page, name: str, role: str = "link") -> None:
    page.get_by_role(role, name=name, exact=True).focus()  # type: ignore[arg-type]  # a word of ARIA
    page.keyboard.press("Enter")


def give_password(page: Page, live_server) -> None:
    """To the staff pages, and as far as the address and the password lead."""
    page.goto(f"{live_server.url}/staff/people/")
    page.locator("[name=login]").focus()
    page.keyboard.type("sales@example.org")
    type_into(page, "Password", WORDS)
    page.keyboard.press("Enter")


def sign_out(page: Page, live_server) -> None:
    press(page, "Sign out", "button")
    expect(page).to_have_url(f"{live_server.url}/en/")


def code_of(secret: str, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_app_is_set_up_and_signs_in_by_keyboard(browser: Browser, live_server, scripts):
    context = browser.new_context(java_script_enabled=scripts, locale="en-GB")
    page = context.new_page()
    give_password(page, live_server)
    press(page, "Set up an app")
    assert page.locator(".qr").evaluate("image => image.naturalWidth") > 0
    secret = page.locator(".qr__key").inner_text()
    type_into(page, "Code from your app", code_of(secret))
    page.keyboard.press("Enter")
    press(page, "Go on to where you were going")
    expect(page).to_have_url(f"{live_server.url}/staff/people/")
    sign_out(page, live_server)
    give_password(page, live_server)
    type_into(page, "Code from your app, or a recovery code", code_of(secret, 1))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/staff/people/")
    context.close()


def test_a_passkey_is_added_and_signs_in_alone(browser: Browser, live_server):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    give_password(page, live_server)
    press(page, "Add a passkey")
    press(page, "Add a passkey", "button")
    press(page, "Go on to where you were going")
    expect(page).to_have_url(f"{live_server.url}/staff/people/")
    kinds = set(Authenticator.objects.values_list("type", flat=True))
    assert kinds == {"webauthn", "recovery_codes"}
    sign_out(page, live_server)
    page.goto(f"{live_server.url}/staff/people/")
    press(page, "Sign in with a passkey", "button")
    expect(page).to_have_url(f"{live_server.url}/staff/people/")
    assert said == []
    context.close()


def test_a_device_without_a_passkey_is_answered_in_words(browser: Browser, live_server):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    empty = device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    device.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": empty["authenticatorId"], "isUserVerified": False},
    )
    page.goto(f"{live_server.url}/en/accounts/login/")
    press(page, "Sign in with a passkey", "button")
    expect(page.get_by_role("alert")).to_contain_text("The device did not give a passkey.")
    context.close()
