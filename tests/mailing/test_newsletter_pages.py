"""The pages of the newsletter: the same for every address, and nothing changes by opening a link (A09, A10, A17)."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from lxml import html

from consent import ledger
from consent.models import Event
from mailing import links, newsletters
from mailing.models import Delivery, SignUp
from tests import factories
from tests.factories import DAY, NOW
from tests.statements import kinds_of

pytestmark = pytest.mark.django_db
ANNA = "anna@example.org"
PAGE = "/en/newsletter/"
PRESET = {"frequency": "monthly", "language": "en"}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def secret(name):
    """The path of a link in the newest mail."""
    url = Delivery.objects.latest("pk").message.secrets[name]
    return url.removeprefix("http://localhost:8000")


def signed_up():
    return newsletters.request(ANNA, frequency="monthly", language="en")


def counts():
    return (SignUp.objects.count(), Event.objects.count(), Delivery.objects.count())


# --- asking -------------------------------------------------------------------------


def test_from_the_form_to_the_newsletter(client):
    factories.topic("digi")
    wishes = {"email": ANNA, "topics": ["digi"], "frequency": "weekly", "language": "sv"}
    answer = client.post(PAGE, wishes)
    assert answer.headers["Location"] == "/en/newsletter/sent/"
    assert "open your e-mail" in text(client.get("/en/newsletter/sent/"))
    link = secret("confirm_url")
    assert link.startswith("/sv/nyhetsbrev/confirm/")
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 200
    event = Event.objects.get()
    assert (event.topic.slug, event.wording.language) == ("digi", "sv")


def test_the_small_form_asks_for_an_address_alone(client):
    page = client.get("/en/courses/").content.decode()
    form = html.fromstring(page).xpath(f"//form[@action='{PAGE}']")[0]
    client.post(PAGE, {**dict(form.form_values()), "email": ANNA})
    sign_up = SignUp.objects.get()
    assert (sign_up.frequency, sign_up.language, sign_up.topics.count()) == ("monthly", "en", 0)


def test_the_course_s_themes_are_preset_on_its_page(client):
    course = factories.course(themes=("digi", "talous"))
    with translation.override("en"):
        page = client.get(course.get_absolute_url()).content.decode()
    assert re.findall(r'name="topics" value="(\w+)"', page) == ["digi", "talous"]


@pytest.mark.parametrize(
    "wrong",
    [{"email": "anna"}, {"email": ANNA, "topics": ["x"]}, {"email": ANNA, "language": "de"}],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(client, wrong):
    assert client.post(PAGE, PRESET | wrong).status_code == 422
    assert counts() == (0, 0, 0)


def test_a_line_break_in_the_address_is_refused(client):
    assert (
        client.post(PAGE, {**PRESET, "email": "anna@example.org\r\nBcc: x@y.fi"}).status_code == 422
    )
    assert counts() == (0, 0, 0)


def test_a_form_from_elsewhere_is_refused():
    client = Client(enforce_csrf_checks=True)
    assert client.post(PAGE, {**PRESET, "email": ANNA}).status_code == 403
    assert counts() == (0, 0, 0)


def observed(address):
    """All that can be seen of the answer, and all the work behind it."""
    client = Client()
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(PAGE, {**PRESET, "email": address})
    work = kinds_of(queries)  # the next request empties it
    after = client.get(answer.headers["Location"]).content.decode()
    return {
        "status": answer.status_code,
        "headers": sorted(answer.headers.items()),
        "cookies": sorted(client.cookies),
        "next": re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", after),
        "work": work,
        "mails": Delivery.objects.filter(address=address).count(),
    }


def known(state):
    person = factories.person(ANNA, name="Anna Virtanen")
    if state == "subscribed":
        factories.grant(person)
    elif state == "refused":
        ledger.object_to_marketing(person, method="form")


@pytest.mark.parametrize("state", ["known", "subscribed", "refused"])
def test_nothing_tells_whether_an_address_is_known(state):
    known(state)
    Client().get(PAGE)  # what is read once for all is read
    here, nowhere = observed(ANNA), observed("nobody@example.org")
    drop = re.compile(r"RELEASE SAVEPOINT|SAVEPOINT")
    for each in (here, nowhere):
        each["work"] = [drop.sub("S", query) for query in each["work"]]
        each["work"] = [re.sub(r'"s\d+_x\d+"', "", query) for query in each["work"]]
    assert here == nowhere
    assert len(here["work"]) > 5
    assert (here["status"], here["mails"]) == (302, 1)


def test_a_disowned_address_gets_the_same_answer(client):
    newsletters.not_me(signed_up())
    answer = client.post(PAGE, {**PRESET, "email": ANNA})
    assert answer.headers["Location"] == "/en/newsletter/sent/"
    assert Delivery.objects.count() == 1


def test_a_thousand_requests_for_one_address_send_three_mails():
    answers = set()
    for number in range(1000):
        client = Client(REMOTE_ADDR=f"192.0.{number % 4}.{number % 250}")
        answer = client.post(PAGE, {**PRESET, "email": ANNA.upper() if number % 2 else ANNA})
        answers.add((answer.status_code, answer.headers["Location"]))
        if number % 100 > 3:  # also keeps the database from ending an idle transaction
            assert counts() == (3, 0, 3)
    assert answers == {(302, "/en/newsletter/sent/")}


def test_one_visitor_asks_for_twenty_addresses_an_hour(client):
    answers = [client.post(PAGE, {**PRESET, "email": f"a{n}@example.org"}) for n in range(21)]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429]
    assert Delivery.objects.count() == 20


# --- the links ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["confirm_url", "not_me_url"])
def test_opening_a_link_changes_nothing(client, name):
    signed_up()
    before = (counts(), SignUp.objects.values().get())
    for method in (client.get, client.head, client.options):
        assert method(secret(name)).status_code in {200, 405}
    assert (counts(), SignUp.objects.values().get()) == before


def test_the_button_shows_the_text_and_the_address_half_hidden(client):
    signed_up()
    page = client.get(secret("confirm_url"))
    assert ledger.wording_of("newsletter", "en").body in text(page)
    assert "a…a@example.org" in text(page)
    assert ANNA not in page.content.decode()


def test_a_second_press_shows_the_same_page(client):
    signed_up()
    link = secret("confirm_url")
    pages = [client.post(link), client.post(link), client.get(link)]
    assert {page.status_code for page in pages} == {200}
    assert ["The newsletter is yours" in text(page) for page in pages] == [True] * 3
    assert Event.objects.count() == 1


def test_not_me_ends_it(client):
    signed_up()
    confirm = secret("confirm_url")
    assert "cancelled" in text(client.post(secret("not_me_url")))
    assert "cancelled" in text(client.post(confirm))
    assert not Event.objects.exists()


def test_a_link_lives_seven_days(client, set_clock):
    signed_up()
    link = secret("confirm_url")
    set_clock(NOW + 7 * DAY)
    assert client.post(link).status_code == 410
    assert not Event.objects.exists()


def tampered(sign_up):
    """Tokens that are not this sign-up's confirmation."""
    good = links.confirm_url(sign_up).split("/")[-2]
    other = links.not_me_url(sign_up).split("/")[-2]
    return {
        "altered": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "another person's": good.replace(f"{sign_up.pk}.", f"{sign_up.pk + 1}."),
        "another purpose": other,
        "unsigned": str(sign_up.pk),
        "nothing like it": "x" * 300,
    }


@pytest.mark.parametrize(
    "kind", ["altered", "another person's", "another purpose", "unsigned", "nothing like it"]
)
def test_no_other_token_confirms(client, kind):
    sign_up = signed_up()
    newsletters.request("bertta@example.org", frequency="monthly", language="en")
    token = tampered(sign_up)[kind]
    with translation.override("en"):
        path = reverse("mailing:newsletter_confirm", args=[token])
    assert client.post(path).status_code == 410
    assert not Event.objects.exists()


def test_pages_with_a_token_are_kept_by_nobody(client):
    signed_up()
    answer = client.get(secret("confirm_url"))
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "same-origin"
