"""One door by code, or a password; the address is proven before anything is theirs (A08, A10, A16, A20)."""

import time
from urllib.parse import urljoin, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from consent.models import Address, Person
from mailing.models import Delivery, Message
from tests import factories

pytestmark = pytest.mark.django_db

CODE = "/en/accounts/login/code/"
CONFIRM = "/en/accounts/login/code/confirm/"
LOGIN = "/en/accounts/login/"
PASSWORD = "kolme vihreää porkkanaa"


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    """What is looked at here is not how slow a hash is."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def ask(client, email="anna@example.org", **more):
    return client.post(CODE, {"email": email, **more})


def is_in(client):
    return "_auth_user_id" in client.session


def member(email="anna@example.org", password=PASSWORD, **fields):
    """Somebody whose address is proven."""
    user = factories.user(email, password=password, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def test_a_newcomer_is_mailed_a_code_and_comes_in(client, mailed_code):
    assert ask(client).headers["Location"] == CONFIRM
    assert not is_in(client)
    response = client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    assert response.headers["Location"] == "/en/me/"
    assert is_in(client)
    user = User.objects.get()
    assert (user.email, user.language, user.has_usable_password()) == (
        "anna@example.org",
        "en",
        False,
    )
    assert EmailAddress.objects.get().verified
    assert (user.person, user.person.email) == (Person.objects.get(), "anna@example.org")


def test_nothing_is_theirs_before_the_code_comes_back(client):
    person = factories.person("anna@example.org")
    ask(client)
    person.refresh_from_db()
    assert person.user is None
    assert not EmailAddress.objects.get().verified


def test_what_was_done_with_the_address_becomes_theirs(client, mailed_code):
    enrolment = factories.enrolment(factories.run(), factories.person("anna@example.org"))
    ask(client)
    client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    assert enrolment.person.pk == User.objects.get().person.pk


def test_the_code_is_a_secret_of_the_message_and_ends_with_its_time(client):
    ask(client)
    message = Message.objects.get()
    assert message.template == "accounts/code"
    assert set(message.secrets) == {"code"}
    assert not any(word in str(message.context) for word in message.secrets.values())
    assert (message.not_after - message.created_at).total_seconds() == pytest.approx(900, abs=5)


def test_a_wrong_code_says_so_and_the_third_ends_it(client):
    ask(client)
    answers = [client.post(CONFIRM, {"code": "0000-0000"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 302]
    assert client.get(CONFIRM).headers["Location"] == CODE
    assert not is_in(client)


def test_a_code_works_once(client, mailed_code):
    ask(client)
    code = mailed_code("anna@example.org")
    client.post(CONFIRM, {"code": code})
    client.post("/en/accounts/logout/")
    ask(client)
    assert client.post(CONFIRM, {"code": code}).status_code == 422
    assert not is_in(client)


def test_a_code_works_in_the_browser_that_asked_for_it_alone(client, mailed_code):
    ask(client)
    stranger = type(client)()
    ask(stranger, "stranger@example.org")
    assert stranger.post(CONFIRM, {"code": mailed_code("anna@example.org")}).status_code == 422


def test_a_code_is_too_old_after_a_quarter_of_an_hour(client, mailed_code, monkeypatch):
    ask(client)
    later = time.time() + 901
    monkeypatch.setattr("time.time", lambda: later)
    response = client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    assert response.headers["Location"] == CODE
    assert not is_in(client)


def test_spaces_in_a_code_do_not_matter(client, mailed_code):
    ask(client)
    code = mailed_code("anna@example.org").replace("-", " ")
    client.post(CONFIRM, {"code": f" {code} "})
    assert is_in(client)


def test_a_new_code_can_be_had_twice(client, mailed_code):
    ask(client)
    codes = [mailed_code("anna@example.org")]
    for _ in range(3):
        client.post(CONFIRM, {"action": "resend"})
        codes.append(mailed_code("anna@example.org"))
    assert len(set(codes)) == 3
    client.post(CONFIRM, {"code": codes[0]})
    assert not is_in(client)


def test_another_address_begins_anew(client, mailed_code):
    ask(client, "ana@example.org")
    assert client.get(CODE).status_code == 200
    ask(client)
    client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    assert User.objects.get(pk=client.session["_auth_user_id"]).email == "anna@example.org"


def test_a_code_asked_for_does_not_stand_in_the_way_of_a_password(client):
    member()
    ask(client)
    assert client.get(LOGIN).status_code == 200
    client.post(LOGIN, {"login": "anna@example.org", "password": PASSWORD})
    assert is_in(client)


def test_the_address_is_known_in_any_case(client, mailed_code):
    user = member()
    ask(client, "Anna@Example.ORG")
    client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    assert client.session["_auth_user_id"] == str(user.pk)
    assert User.objects.count() == 1


def test_a_password_signs_in(client):
    member()
    response = client.post(LOGIN, {"login": "Anna@example.org", "password": PASSWORD})
    assert response.headers["Location"] == "/en/me/"
    assert is_in(client)


def test_a_wrong_password_says_so(client):
    member()
    response = client.post(LOGIN, {"login": "anna@example.org", "password": "arvaus"})
    assert response.status_code == 422
    assert not is_in(client)


def test_a_password_with_an_unproven_address_asks_for_a_code_first(client, mailed_code):
    factories.user("anna@example.org", password=PASSWORD)
    response = client.post(LOGIN, {"login": "anna@example.org", "password": PASSWORD})
    assert response.headers["Location"] == "/en/accounts/confirm-email/"
    assert not is_in(client)
    code = mailed_code("anna@example.org")
    client.post("/en/accounts/confirm-email/", {"action": "verify", "code": code})
    assert is_in(client)


def test_who_may_not_sign_in_gets_the_same_answer_and_no_code(client):
    member(is_active=False)
    assert ask(client).headers["Location"] == CONFIRM
    assert Message.objects.get().template == "accounts/unknown_address"
    assert client.post(CONFIRM, {"code": ""}).status_code == 422


def test_signing_up_is_the_same_door(client):
    response = client.get("/en/accounts/signup/?next=/en/courses/")
    assert response.headers["Location"] == f"{CODE}?next=/en/courses/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https:evil.example",
        "https://evil.example/en/me/",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2f%2fevil.example/..//evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "//example.org@evil.example",
        " //evil.example",
        "/en/\r\nLocation: //evil.example",
    ],
)
def test_after_signing_in_one_stays_on_the_site(client, elsewhere):
    member()
    response = client.post(
        LOGIN, {"login": "anna@example.org", "password": PASSWORD, "next": elsewhere}
    )
    location = response.headers["Location"]
    assert urlsplit(urljoin("http://testserver/", location)).netloc == "testserver"
    assert not set(location) & {"\r", "\n", "\\"}


def test_a_page_of_the_site_is_come_back_to(client, mailed_code):
    ask(client, next="/en/courses/?q=a")
    page = client.get(f"{CONFIRM}?next=/en/courses/%3Fq%3Da")
    assert 'name="next" value="/en/courses/?q=a"' in page.content.decode()
    response = client.post(
        CONFIRM, {"code": mailed_code("anna@example.org"), "next": "/en/courses/?q=a"}
    )
    assert response.headers["Location"] == "/en/courses/?q=a"


def test_the_session_gets_a_new_number_at_sign_in(client, mailed_code):
    ask(client)
    before = client.session.session_key
    client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_changing_the_password_signs_other_devices_out(client):
    member()
    other = type(client)()
    for device in (client, other):
        device.post(LOGIN, {"login": "anna@example.org", "password": PASSWORD})
    new = "neljä sinistä lanttua"
    client.post(
        "/en/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert client.get("/en/me/").status_code == 200
    assert other.get("/en/me/").status_code == 302
    notice = Delivery.objects.latest("pk")
    assert (notice.message.template, notice.message.context["what"]) == (
        "accounts/notice",
        "password_changed",
    )


def test_a_code_user_can_choose_a_password(client, mailed_code):
    ask(client)
    client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    assert client.get("/en/accounts/password/change/").status_code == 302
    client.post("/en/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize("password", ["lyhyt", "123456789012", "qwerty123456", "anna@example.org"])
def test_a_weak_password_is_refused(client, mailed_code, password):
    ask(client)
    client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    response = client.post(
        "/en/accounts/password/set/", {"password1": password, "password2": password}
    )
    assert response.status_code == 422
    assert not User.objects.get().has_usable_password()


def test_a_forgotten_password_is_set_anew_by_a_code(client, mailed_code):
    member()
    elsewhere = type(client)()
    elsewhere.post(LOGIN, {"login": "anna@example.org", "password": PASSWORD})
    client.post("/en/accounts/password/reset/", {"email": "anna@example.org"})
    code = mailed_code("anna@example.org")
    client.post("/en/accounts/password/reset/confirm/", {"code": code})
    new = "neljä sinistä lanttua"
    client.post("/en/accounts/password/reset/complete/", {"password1": new, "password2": new})
    assert is_in(client)
    assert User.objects.get().check_password(new)
    assert elsewhere.get("/en/me/").status_code == 302


def test_a_code_for_a_password_does_not_sign_in(client, mailed_code):
    member()
    client.post("/en/accounts/password/reset/", {"email": "anna@example.org"})
    code = mailed_code("anna@example.org")
    ask(client)
    assert client.post(CONFIRM, {"code": code}).status_code == 422


def test_an_address_is_changed_by_a_code_to_the_new_one(client, mailed_code):
    user = member()
    client.force_login(user)
    client.post("/en/accounts/email/", {"email": "uusi@example.org", "action_add": ""})
    user.refresh_from_db()
    assert user.email == "anna@example.org"
    assert Delivery.objects.get().person == user.person
    response = client.post(
        "/en/accounts/confirm-email/",
        {"action": "verify", "code": mailed_code("uusi@example.org")},
    )
    assert response.headers["Location"] == "/en/accounts/email/"
    user.refresh_from_db()
    assert user.email == "uusi@example.org"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("uusi@example.org", True, True)
    ]
    assert list(Address.objects.values_list("person", "email", "is_primary")) == [
        (user.person.pk, "uusi@example.org", True)
    ]
    notice = Delivery.objects.latest("pk")
    assert (notice.address, notice.message.context["new_address"]) == (
        "anna@example.org",
        "uusi@example.org",
    )


def test_an_address_somebody_asked_a_code_for_and_left_can_still_be_proven(client, mailed_code):
    ask(client, "uusi@example.org")
    user = member()
    client.force_login(user)
    client.post("/en/accounts/email/", {"email": "uusi@example.org", "action_add": ""})
    client.post(
        "/en/accounts/confirm-email/",
        {"action": "verify", "code": mailed_code("uusi@example.org")},
    )
    user.refresh_from_db()
    assert user.email == "uusi@example.org"
    assert User.objects.count() == 1


def test_another_account_s_address_cannot_be_taken(client, mailed_code):
    member("bertta@example.org")
    user = member()
    client.force_login(user)
    response = client.post("/en/accounts/email/", {"email": "bertta@example.org", "action_add": ""})
    assert response.status_code == 302
    response = client.post(
        "/en/accounts/confirm-email/",
        {"action": "verify", "code": mailed_code("bertta@example.org")},
    )
    assert response.status_code == 422
    user.refresh_from_db()
    assert user.email == "anna@example.org"


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("Anna <anna@example.org>", "without a name"),
        ("anna", "valid email address"),
        ("anna@example.org\nbcc: b@example.org", "valid email address"),
        ("a" * 10_000 + "@example.org", "at most 254 characters"),
        ("anna\0@example.org", "Null characters"),
        ("", "required"),
    ],
)
def test_a_bad_address_gets_a_clear_message_and_nothing_is_written(client, email, says):
    response = ask(client, email)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not User.objects.exists()
    assert not Message.objects.exists()


def test_an_address_with_letters_beyond_ascii_in_its_domain_is_good(client, mailed_code):
    ask(client, "anna@työpaja.fi")
    client.post(CONFIRM, {"code": mailed_code("anna@työpaja.fi")})
    assert User.objects.get().email == "anna@työpaja.fi"


PAGES = [
    "account_login",
    "account_request_login_code",
    "account_reset_password",
    "account_inactive",
]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_signing_in_wears_the_site_s_look(client, language, name):
    with translation.override(language):
        response = client.get(reverse(name))
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()
    assert "css/site" in response.content.decode()
    assert "style=" not in response.content.decode()


def test_the_pages_of_somebody_signed_in_wear_it_too(client):
    client.force_login(member())
    for name in ("email/", "password/change/", "logout/", "reauthenticate/"):
        response = client.get(f"/en/accounts/{name}")
        assert (name, response.status_code) == (name, 200)
        assert "css/site" in response.content.decode()


# --- limits (A16) ---------------------------------------------------------------------------


def test_asking_for_codes_is_limited_and_the_page_says_when_to_try_again(client):
    answers = [ask(client) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert answers[3].headers["Retry-After"] == "60"
    assert Message.objects.count() == 3


def test_one_visitor_s_limit_is_not_another_s(client):
    for _ in range(4):
        ask(client)
    elsewhere = client.post(CODE, {"email": "anna@example.org"}, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302


def test_an_address_gets_thirty_codes_an_hour_whoever_asks(client):
    for number in range(30):
        client.post(CODE, {"email": "anna@example.org"}, REMOTE_ADDR=f"192.0.2.{number}")
    last = client.post(CODE, {"email": "anna@example.org"}, REMOTE_ADDR="192.0.2.99")
    assert (last.status_code, Message.objects.count()) == (429, 30)


def test_wrong_passwords_are_limited_and_the_right_one_waits_too(client):
    member()
    wrong = {"login": "anna@example.org", "password": "arvaus"}
    answers = [client.post(LOGIN, wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[5].headers["Retry-After"] == "300"
    assert client.post(LOGIN, {**wrong, "password": PASSWORD}).status_code == 429


def test_a_stranger_s_tries_lock_nobody_out(client):
    member()
    stranger = {"REMOTE_ADDR": "192.0.2.7"}
    for _ in range(20):
        client.post(LOGIN, {"login": "anna@example.org", "password": "arvaus"}, **stranger)
    client.post(LOGIN, {"login": "anna@example.org", "password": PASSWORD})
    assert is_in(client)


def test_one_visitor_s_tries_on_many_accounts_are_limited(client):
    answers = [
        client.post(LOGIN, {"login": f"user{n}@example.org", "password": "arvaus"}).status_code
        for n in range(21)
    ]
    assert answers == [422] * 20 + [429]


def test_a_code_gets_in_when_passwords_are_used_up(client, mailed_code):
    member()
    for _ in range(6):
        client.post(LOGIN, {"login": "anna@example.org", "password": "arvaus"})
    ask(client)
    client.post(CONFIRM, {"code": mailed_code("anna@example.org")})
    assert is_in(client)


def test_behind_a_proxy_visitors_are_told_apart(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(5):
        answer = client.post(
            CODE, {"email": "anna@example.org"}, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}"
        )
        assert answer.status_code == 302


def test_what_a_visitor_says_of_their_address_is_not_believed(client):
    answers = [
        client.post(
            CODE, {"email": "anna@example.org"}, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}"
        ).status_code
        for number in range(4)
    ]
    assert answers == [302, 302, 302, 429]


# --- the address of the site (A21) --------------------------------------------------------


def test_a_forged_host_is_refused(client):
    assert client.get(LOGIN, HTTP_HOST="evil.example").status_code == 400


def test_a_forwarded_host_changes_nothing(client):
    answer = client.get("/en/me/", HTTP_X_FORWARDED_HOST="evil.example")
    assert answer.headers["Location"] == "/en/accounts/login/?next=/en/me/"
