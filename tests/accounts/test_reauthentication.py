"""Before what cannot be taken back one shows once more that it is them, and loses nothing on the way (A20)."""

from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpResponse, QueryDict
from django.urls import path

from accounts.access import reauthenticated, staff_required
from accounts.roles import Permission
from mailing.models import Delivery
from portal.urls import urlpatterns as portal_urls
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

PASSWORD = "kolme vihreää porkkanaa"
PAGE = "/staff/protected/"
BY_PASSWORD = "/en/accounts/reauthenticate/"
BY_CODE = "/en/accounts/reauthenticate/code/"
TEN_MINUTES = 600
merged: list[tuple[str, str | None, str]] = []


@staff_required(Permission.USE_WORKBENCH)
@reauthenticated
def protected(request):
    if request.method == "POST":
        merged.append((request.POST["keep"], request.GET.get("from"), request.user.email))
    return HttpResponse("done")


urlpatterns = [path("staff/protected/", protected), *portal_urls]


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    """What is looked at here is not how slow a hash is."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    merged.clear()


@pytest.fixture
def seller(client):
    """Somebody with a password, in English, who signed in eleven minutes ago."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    user = factories.staff(factories.institution("tamk"), "sales", "sales@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user, ago=TEN_MINUTES + 60)
    return user


def confirm(client, asked):
    """Give the password on the page one was led to."""
    way = QueryDict(urlsplit(asked.headers["Location"]).query)
    return client.post(BY_PASSWORD, {"password": PASSWORD, "next": way["next"]})


@pytest.mark.parametrize(("ago", "status"), [(TEN_MINUTES - 5, 200), (TEN_MINUTES, 302)])
def test_signing_in_counts_for_ten_minutes(client, seller, ago, status):
    client.force_login(seller, ago=ago)
    assert client.get(PAGE).status_code == status


def test_who_signed_in_longer_ago_confirms_and_comes_back(client, seller):
    asked = client.get(PAGE)
    assert asked.headers["Location"] == f"{BY_PASSWORD}?next=%2Fstaff%2Fprotected%2F"
    assert confirm(client, asked).headers["Location"] == PAGE
    assert client.get(PAGE).content == b"done"


def test_a_wrong_password_opens_nothing(client, seller):
    assert client.post(BY_PASSWORD, {"password": "arvaus", "next": PAGE}).status_code == 422
    assert client.get(PAGE).status_code == 302


def test_what_was_posted_is_done_once_one_has_confirmed(client, seller):
    asked = client.post(f"{PAGE}?from=7", {"keep": "Ä & Ö"})
    assert merged == []
    assert confirm(client, asked).content == b"done"
    assert merged == [("Ä & Ö", "7", "sales@example.org")]
    confirm(client, asked)
    assert merged == [("Ä & Ö", "7", "sales@example.org")]


def test_a_form_that_was_given_up_is_not_sent_by_a_later_visit(client, seller):
    client.post(PAGE, {"keep": "first"})
    assert confirm(client, client.get(PAGE)).status_code == 302
    assert merged == []


def test_a_file_must_be_sent_again_and_one_is_told(client, seller, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("a")
    with file.open() as opened:
        asked = client.post(PAGE, {"keep": "1", "file": opened})
    page = client.get(asked.headers["Location"]).content.decode()
    assert "send the form with its file again" in page
    assert confirm(client, asked).headers["Location"] == PAGE
    assert merged == []


def test_htmx_leads_the_whole_page_there(client, seller):
    answer = client.post(PAGE, {"keep": "1"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"{BY_PASSWORD}?next=%2Fstaff%2Fprotected%2F"
    assert merged == []


def test_a_form_kept_for_one_user_is_not_sent_by_the_next(client, seller):
    client.post(PAGE, {"keep": "1"})
    client.post("/en/accounts/logout/")
    client.force_login(seller, ago=TEN_MINUTES + 60)
    client.post(BY_PASSWORD, {"password": PASSWORD, "next": PAGE})
    assert merged == []


# --- without a password ----------------------------------------------------------------------


@pytest.fixture
def by_codes(client, seller):
    """The same person, who signs in by codes alone."""
    seller.set_unusable_password()
    seller.save()
    client.force_login(seller, ago=TEN_MINUTES + 60)
    return seller


def test_a_code_by_mail_is_asked_for_and_confirms(client, by_codes, mailed_code):
    asked = client.post(PAGE, {"keep": "1"})
    way = f"{BY_CODE}?next=%2Fstaff%2Fprotected%2F"
    assert asked.headers["Location"] == way
    assert Delivery.objects.count() == 0
    client.post(way, {"action": "send"})
    client.post(way, {"code": mailed_code(by_codes.email), "next": PAGE})
    assert merged == [("1", None, "sales@example.org")]


def test_the_third_wrong_code_ends_it(client, by_codes, mailed_code):
    client.post(BY_CODE, {"action": "send"})
    code = mailed_code(by_codes.email)
    wrong = "0000-0000" if code != "0000-0000" else "1111-1111"
    assert [client.post(BY_CODE, {"code": wrong}).status_code for _ in range(3)] == [422] * 3
    assert client.post(BY_CODE, {"code": code}).status_code == 422
    assert client.get(PAGE).status_code == 302


def test_who_has_a_password_is_not_asked_for_a_code(client, seller):
    assert client.post(BY_CODE, {"action": "send"}).headers["Location"] == BY_PASSWORD
    assert Delivery.objects.count() == 0


def test_a_control_without_the_decorator(client, seller, monkeypatch):
    """The same view behind staff_required alone answers at once."""
    open_to_staff = staff_required(Permission.USE_WORKBENCH)(lambda request: HttpResponse("open"))
    monkeypatch.setattr(urlpatterns[0], "callback", open_to_staff)
    assert client.get(PAGE).content == b"open"
