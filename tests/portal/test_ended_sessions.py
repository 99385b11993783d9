"""Sessions end at once with what they were allowed, and their cookies and forms are nobody else's to use (A20)."""

import os
import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.urls import reverse

from accounts import users
from accounts.models import User
from consent import erasure
from mailing.models import Delivery
from tests import factories
from tests.clients import Client, signed_in

pytestmark = pytest.mark.django_db

LOGIN = "/en/accounts/login/"
PAGE = "/staff/people/"
WORDS = "kolme vihreää porkkanaa"


@pytest.fixture
def seller():
    return factories.staff(factories.institution("tamk"), "sales", "sales@example.org")


def is_over(browser):
    return browser.get("/en/me/").status_code == 302


@pytest.fixture
def chief():
    return signed_in(factories.staff(None, "admin"))


def change(browser, user, roles, **fields):
    """Save the user's page in /admin/ with these roles kept, or taken when marked."""
    form = {"name": user.name, "language": "fi", "is_active": "on", **fields}
    form |= {"staff_roles-TOTAL_FORMS": len(roles), "staff_roles-INITIAL_FORMS": len(roles)}
    for no, (role, is_taken) in enumerate(roles):
        form |= {
            f"staff_roles-{no}-id": role.pk,
            f"staff_roles-{no}-user": user.pk,
            f"staff_roles-{no}-role": role.role,
            f"staff_roles-{no}-institution": role.institution_id,
        }
        if is_taken:
            form[f"staff_roles-{no}-DELETE"] = "on"
    answer = browser.post(reverse("admin:accounts_user_change", args=[user.pk]), form)
    assert answer.status_code == 302, answer.context["errors"]
    return answer


def test_taking_a_role_ends_the_sessions(client, seller, chief):
    client.force_login(seller)
    change(chief, seller, [(seller.staff_roles.get(), True)])
    assert seller.staff_roles.count() == 0
    assert is_over(client)


def test_saving_something_else_does_not(client, seller, chief):
    client.force_login(seller)
    change(chief, seller, [(seller.staff_roles.get(), False)], name="Saara")
    seller.refresh_from_db()
    assert seller.name == "Saara"
    assert not is_over(client)


def test_closing_an_account_ends_them_and_opening_it_again_does_not_bring_them_back(
    client, seller, chief
):
    client.force_login(seller)
    role = [(seller.staff_roles.get(), False)]
    change(chief, seller, role, is_active="")
    assert is_over(client)
    client.force_login(seller)
    change(chief, seller, role)
    assert is_over(client)


def test_another_password_ends_them(client, seller):
    client.force_login(seller)
    seller.set_password("neljä sinistä lanttua")
    seller.save()
    assert is_over(client)


def test_erasure_ends_them(client, seller):
    client.force_login(seller)
    erasure.erase(seller.email)
    assert is_over(client)


def test_removing_somebodys_second_factors_ends_them(client, seller):
    client.force_login(seller)
    users.reset_factors(seller)
    assert is_over(client)


def test_a_control_where_nothing_is_ended(client, seller, chief, monkeypatch):
    monkeypatch.setattr(users, "end_sessions", lambda user: None)
    client.force_login(seller)
    change(chief, seller, [(seller.staff_roles.get(), True)])
    assert not is_over(client)


# --- a role is changed only by who has shown lately that it is them ------------------------------------


def test_a_role_is_changed_by_who_confirmed_lately_alone(seller):
    chief = factories.staff(None, "admin")
    browser = signed_in(chief, ago=600)
    answer = change(browser, seller, [(seller.staff_roles.get(), True)])
    assert "/reauthenticate/" in answer.headers["Location"]
    assert seller.staff_roles.count() == 1


def test_nor_are_second_factors_removed_before(seller):
    browser = signed_in(factories.staff(None, "admin"), ago=600)
    chosen = {"action": "reset_factors", "_selected_action": seller.pk}
    answer = browser.post(reverse("admin:accounts_user_changelist"), chosen)
    assert "/reauthenticate/" in answer.headers["Location"]


def test_whose_second_factors_are_removed_is_told_in_their_language(seller, chief):
    Authenticator.objects.create(user=seller, type="totp", data={})
    User.objects.filter(pk=seller.pk).update(language="sv")
    chosen = {"action": "reset_factors", "_selected_action": seller.pk}
    chief.post(reverse("admin:accounts_user_changelist"), chosen)
    told = Delivery.objects.get()
    assert (told.person, told.address) == (seller.person, "sales@example.org")
    assert (told.message.context["what"], told.message.language) == ("factors_reset", "sv")
    assert Authenticator.objects.count() == 0


def test_the_staff_of_one_institution_remove_nobodys(seller):
    local = factories.staff(seller.staff_roles.get().institution, "admin")
    Authenticator.objects.create(user=seller, type="totp", data={})
    chosen = {"action": "reset_factors", "_selected_action": seller.pk}
    signed_in(local).post(reverse("admin:accounts_user_changelist"), chosen)
    assert Authenticator.objects.count() == 1


# --- cookies, frames, forged forms -------------------------------------------------------------------


def test_signing_in_gives_a_new_key_that_scripts_and_other_sites_do_not_get(client, seller):
    EmailAddress.objects.create(user=seller, email=seller.email, verified=True, primary=True)
    seller.set_password(WORDS)
    seller.save()
    planted = client.session
    planted.save()
    client.cookies["sid"] = planted.session_key
    client.post(LOGIN, {"login": seller.email, "password": WORDS})
    cookie = client.cookies["sid"]
    assert cookie.value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_over_tls_cookies_are_for_tls_and_this_host_alone():
    """As the settings are in production, which this process's are not."""
    shown = "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE)"
    said = subprocess.run(
        [sys.executable, "-c", f"import portal.settings as s; {shown}"],
        env={
            "PATH": os.environ["PATH"],
            "BASE_URL": "https://portal.example.org",
            "SECRET_KEY": "x" * 50,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["__Host-sid", "True", "__Host-csrf", "True"]


def test_staff_pages_are_in_no_frame(client, seller):
    client.force_login(seller)
    answer = client.get(PAGE)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_form_without_its_token_is_refused(seller):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(seller)
    assert strict.post(PAGE, {"address": "anna@example.org"}).status_code == 403
