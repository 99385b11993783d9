"""A closed address is opened by its owner's proof alone, and the preference centre says so (D3.6)."""

import pytest
from allauth.account.models import EmailAddress

from consent import permission
from consent.models import Address, Event
from mailing import bounces, gateway, links, newsletters, preferences, proofs
from mailing.models import Delivery, SignUp
from tests import factories
from tests.factories import DAY, NOW
from tests.mailing import corpus
from tests.mailing.corpus import letter, mail, receive

pytestmark = pytest.mark.django_db
ANNA = "anna@example.org"
CENTRE = "/en/me/preferences/"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def user():
    return factories.user(ANNA, name="Anna Virtanen")


@pytest.fixture
def signed_in(client, user):
    client.force_login(user)
    return client


def close(by="postfix-unknown"):
    """Close Anna's address by what a mail system reports."""
    delivery = letter()
    receive(mail(by, delivery))
    return delivery


def closed():
    return Address.objects.get(email=ANNA).closed_because


def latest():
    return Delivery.objects.select_related("message", "person").latest("pk")


def path(url, settings):
    return url.removeprefix(settings.BASE_URL)


# --- the preference centre ------------------------------------------------------------------------


def test_an_open_address_has_nothing_to_say(signed_in):
    assert "Send the link" not in signed_in.get(CENTRE).content.decode()


@pytest.mark.parametrize(
    ("by", "words"),
    [("postfix-unknown", "has come back"), ("arf-complaint", "was reported as spam")],
)
def test_it_says_in_plain_words_that_nothing_is_sent(signed_in, by, words):
    close(by)
    page = signed_in.get(CENTRE).content.decode()
    assert words in page
    assert "a…a@example.org" in page
    assert "Send the link" in page


@pytest.mark.parametrize("by", ["postfix-unknown", "arf-complaint"])
def test_the_link_that_is_asked_for_goes_to_the_closed_address_and_opens_it(
    signed_in, server, settings, by
):
    close(by)
    answer = signed_in.post(f"{CENTRE}address/", follow=True)
    assert "When you open it, mail comes again." in answer.content.decode()
    delivery = latest()
    link = path(links.prove_url(delivery), settings)
    assert delivery.message.secrets == {"prove_url": settings.BASE_URL + link}
    assert gateway.drain() == 1
    assert server.recipients == [ANNA]
    assert "Yes, send mail here" in signed_in.get(link).content.decode()
    assert closed() != ""
    for _ in range(2):
        assert "Mail comes to a…a@example.org again." in signed_in.post(link).content.decode()
    assert (closed(), Address.objects.get().reopened_at) == ("", NOW)


def test_opening_lifts_no_refusal(signed_in, server, settings, user):
    close("arf-complaint")
    signed_in.post(f"{CENTRE}address/")
    gateway.drain()
    signed_in.post(path(links.prove_url(latest()), settings))
    assert closed() == ""
    assert permission.may_contact(user.person, "newsletter").rule == "withdrawn"
    assert [each.action for each in Event.objects.all()] == ["granted", "withdrawn"]


def test_who_has_the_key_of_a_mail_may_ask_too(client, user):
    delivery = close()
    key = links.preferences_key(delivery)
    answer = client.post(f"{CENTRE}address/?key={key}")
    assert (answer.status_code, latest().message.template) == (302, "mailing/proof")


def test_strangers_cannot_ask(client, user):
    close()
    before = Delivery.objects.count()
    assert client.post(f"{CENTRE}address/").status_code == 404
    assert client.get(f"{CENTRE}address/").status_code == 405
    assert Delivery.objects.count() == before


def test_an_open_address_is_sent_no_link(signed_in):
    signed_in.post(f"{CENTRE}address/")
    assert Delivery.objects.count() == 0


def test_links_are_asked_for_within_limits(signed_in):
    close()
    before = Delivery.objects.count()
    for _ in range(5):
        signed_in.post(f"{CENTRE}address/")
    assert Delivery.objects.count() == before + 3


# --- the link --------------------------------------------------------------------------------------


def proof_sent():
    close()
    delivery = proofs.mail_link(Address.objects.get(), language="en")
    gateway.drain()
    return Delivery.objects.select_related("person", "message").get(pk=delivery.pk)


def test_a_link_is_older_than_a_week_no_more(server, set_clock, client, settings):
    link = path(links.prove_url(proof_sent()), settings)
    set_clock(NOW + proofs.LIFETIME)
    assert client.post(link).status_code == 410
    assert closed() == "hard_bounce"


def test_a_link_that_came_before_the_closing_proves_nothing_of_it(
    server, set_clock, client, settings
):
    link = path(links.prove_url(proof_sent()), settings)
    client.post(link)
    set_clock(NOW + DAY)
    bounces.failed(corpus.service(), "5.1.1")
    assert client.post(link).status_code == 410
    assert closed() == "hard_bounce"


def test_a_link_of_another_kind_opens_nothing(server, client, settings):
    delivery = proof_sent()
    for url in (links.why_url(delivery), links.one_click_url(delivery)):
        token = url.rstrip("/").rpartition("/")[2]
        assert client.post(f"/en/mail/address/{token}/").status_code == 410
    assert closed() == "hard_bounce"


def test_a_link_opens_only_its_reader_s_own_address(server, client, settings):
    delivery = proof_sent()
    Address.objects.update(person=factories.person("other@example.org"), is_primary=False)
    assert client.post(path(links.prove_url(delivery), settings)).status_code == 410
    assert closed() == "hard_bounce"


def test_a_link_that_has_not_left_proves_nothing(client, settings):
    close()
    delivery = proofs.mail_link(Address.objects.get(), language="en")
    assert client.post(path(links.prove_url(delivery), settings)).status_code == 410
    assert closed() == "hard_bounce"


# --- other proofs -------------------------------------------------------------------------------------


def request():
    return newsletters.request(ANNA, frequency="monthly", language="en")


def test_confirming_the_newsletter_opens_a_bounced_address(server):
    delivery = close()
    sign_up = request()
    assert gateway.drain() == 1, "the confirmation goes to the closed address"
    assert closed() == "hard_bounce"
    newsletters.confirm(sign_up)
    assert closed() == ""
    assert gateway.drain() == 1
    assert permission.may_contact(delivery.person, "newsletter").rule == "consent"


def test_nobody_signs_up_an_address_that_has_reported_us(server):
    close("arf-complaint")
    assert request() is None
    assert (gateway.drain(), SignUp.objects.count(), closed()) == (0, 0, "complaint")


def test_the_link_to_the_preferences_does_not_go_to_a_closed_address(server):
    close()
    preferences.mail_link(ANNA, language="en")
    assert gateway.drain() == 0
    assert latest().decision == "closed_address"


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("by", ["postfix-unknown", "arf-complaint"])
def test_a_code_goes_to_a_closed_address_and_entering_it_opens_it(
    client, user, server, by, is_known
):
    EmailAddress.objects.create(user=user, email=ANNA, verified=is_known, primary=True)
    close(by)
    client.post("/en/accounts/login/code/", {"email": ANNA})
    code = latest().message.secrets["code"]
    assert gateway.drain() == 1
    assert closed() != "", "asking opens nothing"
    answer = client.post("/en/accounts/login/code/confirm/", {"code": code})
    assert answer.status_code == 302
    assert closed() == ""


def test_signing_in_with_a_password_proves_no_address(client, user):
    EmailAddress.objects.create(user=user, email=ANNA, verified=True, primary=True)
    user.set_password("correct horse battery")
    user.save()
    close()
    answer = client.post(
        "/en/accounts/login/", {"login": ANNA, "password": "correct horse battery"}
    )
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    assert closed() == "hard_bounce"


def test_the_code_after_a_password_proves_an_address_that_was_not_proven_yet(client, user):
    EmailAddress.objects.create(user=user, email=ANNA, verified=False, primary=True)
    user.set_password("correct horse battery")
    user.save()
    close()
    client.post("/en/accounts/login/", {"login": ANNA, "password": "correct horse battery"})
    assert closed() == "hard_bounce"
    client.post("/en/accounts/confirm-email/", {"code": latest().message.secrets["code"]})
    assert client.session["_auth_user_id"] == str(user.pk)
    assert closed() == ""
