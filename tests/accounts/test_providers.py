"""Sign-in through other institutions: by configuration alone, joined by a trusted domain's address (E3.4)."""

from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount, SocialApp

from accounts.http import oidc
from accounts.models import StaffRole, User
from consent.models import Person
from mailing.models import Delivery
from portal import providers
from tests import factories
from tests.oidc_server import CLIENT, SECRET, Provider

pytestmark = pytest.mark.django_db

LOGIN = "/sign-in/oidc/tuni/login/"
ANNA = {"sub": "anna-1", "email": "Anna@tuni.example", "email_verified": True}
NEEDED = "/en/accounts/2fa/needed/"


@pytest.fixture(scope="module")
def running():
    """One provider for the module; a new pair of keys takes a while."""
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(running, settings, client):
    """The provider as itself, trusted for tuni.example; what a test bends is straight again in the next."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    running.claims, running.userinfo, running.replies = dict(ANNA), {}, {}
    running.forged, running.algorithm = False, "RS256"
    running.asked.clear()
    configure(settings, running)
    return running


def configure(settings, running, **more):
    entry = {
        "id": "tuni",
        "name": "Tampereen yliopisto",
        "protocol": "oidc",
        "server": running.url,
        "client_id": CLIENT,
        "secret": SECRET,
        "domains": ["tuni.example"],
        **more,
    }
    entries = providers.read(providers.json.dumps([entry]))
    settings.SOCIALACCOUNT_PROVIDERS = providers.for_allauth(entries)
    settings.PROVIDERS = providers.known(entries)


def arrive(client, provider, path=LOGIN):
    """Go to the provider, agree there, come back."""
    there = client.get(path).headers["Location"]
    assert there.startswith(f"{provider.url}/authorize?")
    back = urlsplit(provider.authorize(there))
    return client.get(f"{back.path}?{back.query}")


def nothing_made():
    return not (User.objects.exists() or Person.objects.exists() or SocialAccount.objects.exists())


def is_in(client):
    return "_auth_user_id" in client.session


# --- the way in ----------------------------------------------------------------------------------


def test_a_newcomer_comes_in_with_a_proven_address_and_no_role(client, provider):
    assert arrive(client, provider).headers["Location"] == "/en/me/"
    user = User.objects.get()
    assert (user.email, user.has_usable_password()) == ("anna@tuni.example", False)
    assert (EmailAddress.objects.get().email, EmailAddress.objects.get().verified) == (
        user.email,
        True,
    )
    assert (user.person.email, user.is_staff_member) == ("anna@tuni.example", False)
    assert is_in(client)


def test_of_what_the_provider_tells_its_name_for_the_person_is_kept(client, provider):
    provider.claims |= {"name": "Anna Virtanen", "phone_number": "+358401234567"}
    for _ in range(2):
        arrive(client, provider)
        client.post("/en/accounts/logout/")
    kept = SocialAccount.objects.get()
    assert (kept.provider, kept.uid, kept.extra_data) == ("tuni", "anna-1", {})


def test_the_user_of_the_address_is_joined_keeps_their_role_and_is_told(client, provider, settings):
    settings.DEMO = False
    user = factories.staff(factories.institution("tty"), "coordinator", "anna@tuni.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    assert arrive(client, provider).headers["Location"] == NEEDED
    assert client.session["_auth_user_id"] == str(user.pk)
    assert StaffRole.objects.count() == 1
    told = Delivery.objects.get()
    assert (told.address, told.message.context["what"]) == (user.email, "provider_joined")


def test_after_that_the_providers_name_for_them_is_enough(client, provider):
    arrive(client, provider)
    client.post("/en/accounts/logout/")
    provider.claims["email"] = "anna.virtanen@tuni.example"
    arrive(client, provider)
    assert (User.objects.count(), Delivery.objects.count()) == (1, 1)
    assert is_in(client)


def test_one_comes_back_to_the_page_one_asked_for(client, provider):
    assert (
        arrive(client, provider, f"{LOGIN}?next=/en/courses/").headers["Location"] == "/en/courses/"
    )


def test_and_to_no_other_site(client, provider):
    answer = arrive(client, provider, f"{LOGIN}?next=https://evil.example/")
    assert answer.headers["Location"] == "/en/me/"


def test_who_made_the_account_without_proving_the_address_is_out(client, provider):
    user = factories.user("anna@tuni.example", password="kolme vihreää porkkanaa")
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    planted = type(client)()
    planted.force_login(user)
    arrive(client, provider)
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not user.authenticator_set.exists()
    assert planted.get("/en/me/").status_code == 302


def test_a_closed_account_stays_closed(client, provider):
    user = factories.user("anna@tuni.example", is_active=False)
    arrive(client, provider)
    assert not is_in(client)
    assert not SocialAccount.objects.filter(user=user).exists()


# --- who is not let in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "not an address"},
        {"email": "anna@other.example"},
        {"email": "anna@sub.tuni.example"},
        {"email": "anna@tuni.example.evil.example"},
        {"email": '"anna@tuni.example"@evil.example'},
    ],
    ids=str,
)
def test_an_address_it_does_not_answer_for_is_refused_and_nothing_made(client, provider, claims):
    provider.claims |= claims
    answer = arrive(client, provider)
    assert answer.status_code == 403
    assert "Nothing about you was kept" in answer.content.decode()
    assert nothing_made()
    assert not is_in(client)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": "x" * 192},
        {"email": ["anna@tuni.example"]},
        {"email": 7},
    ],
    ids=str,
)
def test_a_token_that_is_not_as_it_must_be_is_refused(client, provider, claims):
    provider.claims |= claims
    assert arrive(client, provider).status_code == 401
    assert nothing_made()


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_token_signed_by_nobody_is_refused(client, provider, algorithm):
    provider.algorithm = algorithm
    assert arrive(client, provider).status_code == 401
    assert nothing_made()


def test_a_token_signed_with_another_key_is_refused(client, provider):
    provider.forged = True
    assert arrive(client, provider).status_code == 401
    assert nothing_made()


def test_a_control_allauth_alone_takes_the_forged_token(client, provider, monkeypatch):
    """It trusts the connection, and would take the address from userinfo or the token as it comes."""
    monkeypatch.delattr(oidc.CheckedAdapter, "_decode_id_token")
    provider.forged = True
    arrive(client, provider)
    assert is_in(client)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    "reply",
    [
        (500, b""),
        (200, b""),
        (200, b"[]"),
        (200, b'{"keys": [{}], "id_token": 7}'),
        (200, b"\x00\xff"),
    ],
    ids=str,
)
def test_a_provider_that_talks_nonsense_is_answered_in_words(client, provider, path, reply):
    there = client.get(LOGIN).headers["Location"]
    back = urlsplit(provider.authorize(there))
    provider.replies[path] = reply
    answer = client.get(f"{back.path}?{back.query}")
    assert answer.status_code == 401
    assert "Signing in did not succeed" in answer.content.decode()
    assert nothing_made()
    if path.startswith("/.well"):
        assert client.get(LOGIN).status_code == 401


def test_one_that_is_away_too(client, provider, settings):
    configure(settings, provider, server="http://localhost:1")
    assert client.get(LOGIN).status_code == 401


def test_a_code_from_elsewhere_or_used_before_opens_nothing(client, provider):
    there = client.get(LOGIN).headers["Location"]
    back = urlsplit(provider.authorize(there))
    stranger = type(client)()
    assert stranger.get(f"{back.path}?{back.query}").status_code == 401
    assert client.get(f"{back.path}?{back.query}").status_code == 302
    client.post("/en/accounts/logout/")
    assert client.get(f"{back.path}?{back.query}").status_code == 401
    assert not is_in(client)
    assert not is_in(stranger)


def test_it_is_asked_with_pkce(client, provider):
    """The provider takes a code only with what the portal alone knows."""
    there = client.get(LOGIN).headers["Location"]
    back = urlsplit(provider.authorize(there.replace("code_challenge=", "code_challenge=x")))
    assert client.get(f"{back.path}?{back.query}").status_code == 401


def test_who_says_no_there_is_told_that_nothing_changed(client, provider):
    state = dict(
        pair.split("=") for pair in urlsplit(client.get(LOGIN).headers["Location"]).query.split("&")
    )["state"]
    answer = client.get(f"{LOGIN}callback/?error=access_denied&state={state}", follow=True)
    assert "Nothing was changed" in answer.content.decode()


def test_who_is_signed_in_joins_nothing_by_it(client, provider):
    user = factories.user("bea@tuni.example")
    client.force_login(user)
    arrive(client, provider, f"{LOGIN}?process=connect")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert SocialAccount.objects.count() == 0


def test_a_row_in_the_database_is_no_provider(client, provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS, settings.PROVIDERS = {}, {}
    SocialApp.objects.create(
        provider="openid_connect",
        provider_id="tuni",
        client_id="x",
        settings={"server_url": provider.url},
    )
    assert client.get(LOGIN).status_code == 404
    assert provider.asked == []


# --- what the configuration adds ---------------------------------------------------------------------


def test_a_provider_that_vouches_need_not_say_so_each_time(client, provider, settings):
    configure(settings, provider, vouches=True)
    provider.claims["email_verified"] = None
    arrive(client, provider)
    assert is_in(client)


def test_it_vouches_for_its_own_domains_alone(client, provider, settings):
    configure(settings, provider, vouches=True)
    provider.claims["email"] = "anna@other.example"
    assert arrive(client, provider).status_code == 403


def test_userinfo_must_be_of_the_same_person(client, provider, settings):
    configure(settings, provider, userinfo=True)
    provider.claims = {"sub": "anna-1"}
    provider.userinfo = {**ANNA, "sub": "eve-1"}
    assert arrive(client, provider).status_code == 401
    provider.userinfo = ANNA
    arrive(client, provider)
    assert is_in(client)


@pytest.fixture
def seller():
    """Staff of the trusted domain with an app."""
    user = factories.staff(factories.institution("tty"), "sales", "anna@tuni.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return user


def test_a_second_factor_at_the_provider_does_not_count_by_itself(client, provider, seller):
    provider.claims["amr"] = ["pwd", "mfa"]
    assert arrive(client, provider).headers["Location"] == "/en/accounts/2fa/authenticate/"
    assert not is_in(client)


@pytest.mark.parametrize(
    ("claims", "is_enough"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "pwd mfa"}, False),
        ({}, False),
    ],
)
def test_it_counts_where_it_is_configured_and_shown(
    client, provider, settings, seller, claims, is_enough
):
    wanted = {"amr": ["mfa"], "acr": ["https://refeds.org/profile/mfa"]}
    configure(settings, provider, second_factor=wanted)
    provider.claims |= claims
    arrive(client, provider)
    assert is_in(client) is is_enough
    assert (client.get("/staff/people/").status_code == 200) is is_enough


def test_the_sign_in_page_shows_what_is_configured(client, provider, settings):
    page = client.get("/en/accounts/login/?next=/staff/").content.decode()
    assert f'href="{LOGIN}?next=%2Fstaff%2F"' in page
    settings.SOCIALACCOUNT_PROVIDERS, settings.PROVIDERS = {}, {}
    assert "Through your own institution" not in client.get("/en/accounts/login/").content.decode()
