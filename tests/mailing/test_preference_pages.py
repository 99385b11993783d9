"""The preference centre's pages and what mails link to: a link lowers what is permitted, and raises nothing (A10, A17)."""

import re
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent import ledger, permission
from consent.models import Address, Event, Evidence, Preference
from mailing import links, outbox
from mailing.models import Delivery, SignUp
from tests import factories
from tests.factories import DAY, NOW
from tests.statements import kinds_of

pytestmark = pytest.mark.django_db
CENTRE = "/en/me/preferences/"
ANNA = "anna@example.org"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def topics():
    return [factories.topic(slug) for slug in ("digi", "talous")]


@pytest.fixture
def user(topics):
    return factories.user(ANNA, name="Anna Virtanen")


@pytest.fixture
def anna(user):
    return user.person


@pytest.fixture
def signed_in(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def letter(anna, topics):
    """A newsletter on digi that Anna has permitted."""
    event = factories.grant(anna)
    delivery = outbox.queue(
        "mailing/newsletter", anna, {}, language="en", purpose="newsletter", topic=topics[0]
    )
    Delivery.objects.filter(pk=delivery.pk).update(permitted_by=event, decision="consent")
    return Delivery.objects.get(pk=delivery.pk)


def path(url):
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def at(page, letter):
    """A page of the centre, by the letter's link."""
    return f"{CENTRE}{page}?key={links.preferences_key(letter)}"


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def on(person, *topics):
    return [permission.stands(person, "newsletter", topic=topic).allowed for topic in topics]


def snapshot():
    tables = ("consent_event", "consent_preference", "mailing_signup", "mailing_delivery")
    with connection.cursor() as cursor:
        rows = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            rows.append(cursor.fetchall())
    return rows


# --- signed in --------------------------------------------------------------------------


def test_signed_in_one_chooses_at_once(signed_in, anna, topics):
    wishes = {"topics": ["digi"], "frequency": "weekly", "paused_until": "2026-12-24"}
    answer = signed_in.post(f"{CENTRE}newsletter/", wishes)
    assert answer.headers["Location"] == f"{CENTRE}?done=saved#done"
    assert on(anna, *topics) == [True, False]
    assert Preference.objects.get().paused_until.isoformat() == "2026-12-24"
    assert Evidence.objects.get().note == "signed in"
    page = text(signed_in.get(f"{CENTRE}?done=saved"))
    assert "Saved" in page
    assert "Paused: it comes again from Thu 24 Dec 2026" in page.replace("\xa0", " ")


def test_stopping_offers_to_undo_and_undoing_is_a_consent_of_its_own(
    signed_in, anna, topics, set_clock
):
    factories.grant(anna)
    set_clock(NOW + DAY)
    answer = signed_in.post(f"{CENTRE}stop/")
    refusal = Event.objects.latest("pk")
    assert answer.headers["Location"] == f"{CENTRE}?done=stopped&event={refusal.pk}#done"
    assert on(anna, *topics) == [False, False]
    assert "Undo" in text(signed_in.get(answer.headers["Location"]))
    set_clock(NOW + 2 * DAY)
    signed_in.post(f"{CENTRE}undo/", {"event": refusal.pk, "fewer": "1"})
    assert on(anna, *topics) == [True, True]
    assert [each.action for each in Event.objects.of(anna)] == ["granted", "withdrawn", "granted"]
    assert Preference.objects.get().frequency == "monthly"


def test_forbidding_all_marketing(signed_in, anna, topics):
    factories.grant(anna)
    signed_in.post(f"{CENTRE}stop-all/")
    assert permission.stands(anna, "newsletter").rule == "objected"
    assert "No marketing comes to you" in text(signed_in.get(CENTRE))


def test_what_was_stopped_is_permitted_again_in_today_s_wording(signed_in, anna):
    tamk = factories.institution("tamk")
    sale = factories.sale(anna, tamk)
    signed_in.post(f"{CENTRE}stop/", {"event": sale.pk})
    assert not permission.stands(anna, "similar", controller=tamk).allowed
    signed_in.post(f"{CENTRE}permit/", {"event": sale.pk})
    assert permission.stands(anna, "similar", controller=tamk).rule == "consent"


@pytest.mark.parametrize("page", ["stop", "permit", "undo"])
def test_another_s_event_does_not_exist(signed_in, page):
    theirs = factories.grant(factories.person("bertta@example.org"))
    before = snapshot()
    assert signed_in.post(f"{CENTRE}{page}/", {"event": theirs.pk}).status_code == 404
    assert signed_in.post(f"{CENTRE}{page}/", {"event": "x" * 30}).status_code == 404
    assert snapshot() == before


@pytest.mark.parametrize("pause", ["2030-01-01", "soon"])
def test_a_pause_that_is_none_is_told(signed_in, pause):
    wishes = {"frequency": "weekly", "paused_until": pause}
    assert signed_in.post(f"{CENTRE}newsletter/", wishes).status_code == 422
    assert not Preference.objects.exists()


def test_the_history_tells_what_was_said_in_which_text(signed_in, anna, topics):
    factories.grant(anna, topic=topics[0])
    ledger.withdraw(anna, "newsletter", method="one_click")
    page = text(signed_in.get(CENTRE))
    assert "Show 2 entries" in page
    assert "Permission given : Newsletter, topic Digi, e-mail (on a form)" in page
    assert ledger.wording_of("newsletter", "fi").body in page


# --- by the link in a mail ------------------------------------------------------------------


def test_opening_any_link_changes_nothing(letter):
    before = snapshot()
    for url in (links.one_click_url, links.preferences_url, links.why_url):
        client = Client()
        for method in (client.get, client.head, client.options):
            assert method(path(url(letter))).status_code in {200, 405}
    assert snapshot() == before


def test_no_link_holds_an_address(letter):
    for url in (links.one_click_url, links.preferences_url, links.why_url):
        assert "anna" not in url(letter)


def test_by_the_link_one_lowers_at_once(client, letter, anna, topics):
    client.post(at("newsletter/", letter), {"topics": ["talous"], "frequency": "monthly"})
    assert on(anna, *topics) == [False, True]
    client.post(at("stop-all/", letter))
    assert on(anna, *topics) == [False, False]


def test_by_the_link_one_raises_only_through_a_mail(client, letter, anna, topics):
    ledger.withdraw(anna, "newsletter", method="form")
    answer = client.post(
        at("newsletter/", letter), {"topics": ["digi", "talous"], "frequency": "weekly"}
    )
    assert "done=asked" in answer.headers["Location"]
    assert on(anna, *topics) == [False, False]
    asked = SignUp.objects.get()
    assert (asked.address, asked.frequency) == (ANNA, "weekly")
    client.post(path(Delivery.objects.latest("pk").message.secrets["confirm_url"]))
    assert on(anna, *topics) == [True, True]


def test_by_the_link_undoing_asks_for_a_confirmation(client, letter, anna, topics, set_clock):
    set_clock(NOW + DAY)
    client.post(at("stop/", letter))
    refusal = Event.objects.latest("pk")
    set_clock(NOW + 2 * DAY)
    answer = client.post(at("undo/", letter), {"event": refusal.pk})
    assert "done=asked" in answer.headers["Location"]
    assert on(anna, *topics) == [False, False]
    assert SignUp.objects.get().topics.count() == 0


def test_by_the_link_nothing_is_permitted_again(client, letter, anna):
    ledger.withdraw(anna, "newsletter", method="form")
    granted = Event.objects.earliest("pk")
    before = snapshot()
    assert client.post(at("permit/", letter), {"event": granted.pk}).status_code == 404
    assert snapshot() == before


def test_the_link_hides_the_address_and_another_reader_gets_no_more(client, letter):
    client.force_login(factories.user("bertta@example.org"))
    page = client.get(at("", letter)).content.decode()
    assert "a…a@example.org" in page
    assert ANNA not in page


def test_its_owner_signed_in_may_raise(signed_in, letter, anna, topics):
    ledger.withdraw(anna, "newsletter", method="form")
    signed_in.post(at("newsletter/", letter), {"topics": ["digi"], "frequency": "monthly"})
    assert on(anna, *topics) == [True, False]


def test_the_link_of_a_mail_to_an_address_that_is_not_theirs_opens_nothing(client, anna):
    code = outbox.queue("accounts/code", anna, {"what": "address"}, to="new@example.org")
    assert client.get(at("", code)).status_code == 410
    Address.objects.update(email="new@example.org")
    assert client.get(at("", code)).status_code == 200


def tokens(letter):
    """Keys that are not this letter's."""
    good = links.preferences_key(letter)
    return {
        "altered": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "another's": good.replace(f"{letter.pk}.", f"{letter.pk + 1}."),
        "another purpose": links.why_url(letter).split("/")[-2],
        "unsigned": str(letter.pk),
    }


@pytest.mark.parametrize("kind", ["altered", "another's", "another purpose", "unsigned"])
def test_no_other_key_opens_anything(client, letter, kind):
    outbox.queue("mailing/welcome", factories.person(), {})
    before = snapshot()
    key = tokens(letter)[kind]
    assert client.get(CENTRE, {"key": key}).status_code == 410
    for page in ("newsletter", "stop", "stop-all", "undo", "permit"):
        assert client.post(f"{CENTRE}{page}/?key={key}").status_code == 404
    assert snapshot() == before


def test_a_form_from_elsewhere_is_refused(letter):
    client = Client(enforce_csrf_checks=True)
    before = snapshot()
    assert client.post(at("stop-all/", letter)).status_code == 403
    assert snapshot() == before


# --- one click ----------------------------------------------------------------------------


def test_one_click_needs_no_page_and_stops_its_topic(letter, anna, topics):
    client = Client(enforce_csrf_checks=True)
    url = path(links.one_click_url(letter))
    for _ in range(2):
        answer = client.post(url, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert not client.cookies
    assert on(anna, *topics) == [False, True]
    event = Event.objects.of(anna).last()
    assert (event.action, event.method, Event.objects.count()) == ("withdrawn", "one_click", 2)


def test_one_click_in_the_other_encoding(letter, anna, topics):
    Client().post(
        path(links.one_click_url(letter)),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert on(anna, topics[0]) == [False]
    assert Event.objects.latest("pk").method == "one_click"


def test_a_person_presses_the_button_and_sees_what_else_there_is(client, letter, anna, topics):
    url = path(links.one_click_url(letter))
    assert "Stop these letters?" in text(client.get(url))
    page = client.post(url, follow=True)
    assert on(anna, *topics) == [False, True]
    assert "Stopped" in text(page)
    assert "Undo" not in text(page)  # the clock stands still: what ended is found by its moment


def test_a_service_mail_says_that_it_cannot_be_stopped(client, anna):
    code = outbox.queue("accounts/code", anna, {"what": "sign_in"}, language="en")
    url = path(links.one_click_url(code))
    assert "something you have ordered" in text(client.get(url))
    client.post(url, {"List-Unsubscribe": "One-Click"})
    assert not Event.objects.exists()


def test_the_page_speaks_the_mail_s_language(client, anna):
    letter = outbox.queue("mailing/newsletter", anna, {}, language="sv", purpose="newsletter")
    page = client.get(path(links.one_click_url(letter))).content.decode()
    assert '<html lang="sv"' in page
    assert "Ska de här breven stoppas?" in page


@pytest.mark.parametrize("kind", ["altered", "another's", "unsigned"])
def test_no_other_token_stops_anything(client, letter, kind):
    outbox.queue("mailing/newsletter", factories.person(), {}, purpose="newsletter")
    before = snapshot()
    url = f"/mail/unsubscribe/{tokens(letter)[kind]}/"
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 410
    assert snapshot() == before


# --- why ------------------------------------------------------------------------------------


def test_why_names_purpose_event_moment_and_text(client, letter):
    page = text(client.get(path(links.why_url(letter)))).replace("\xa0", " ")
    assert "Because you have permitted it." in page
    assert "Mon 23 Nov 2026 12:00 Permission given : Newsletter, e-mail (on a form)" in page
    assert ledger.wording_of("newsletter", "fi").body in page
    assert "Stop these letters" in page


def test_why_of_a_service_mail(client, anna):
    code = outbox.queue("accounts/code", anna, {"what": "sign_in"}, language="en")
    page = text(client.get(path(links.why_url(code))))
    assert "belongs to something you have ordered or asked for" in page
    assert "Stop these letters" not in page


# --- asking for a link ------------------------------------------------------------------------


def test_a_stranger_may_ask_for_a_link(client, anna):
    assert client.get(CENTRE).status_code == 200
    answer = client.post(f"{CENTRE}link/", {"email": ANNA})
    assert answer.headers["Location"] == f"{CENTRE}sent/"
    link = path(Delivery.objects.get().message.secrets["preferences_page"])
    assert client.get(link).status_code == 200


def observed(address):
    client = Client()
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(f"{CENTRE}link/", {"email": address})
    work = kinds_of(queries)
    return {
        "status": answer.status_code,
        "headers": sorted(answer.headers.items()),
        "cookies": sorted(client.cookies),
        "work": [re.sub(r'"s\d+_x\d+"', "", each) for each in work],
        "mails": Delivery.objects.filter(address=address).count(),
    }


def test_asking_tells_nothing_of_the_address(anna):
    known, unknown = observed(ANNA), observed("nobody@example.org")
    assert known == unknown
    assert (known["status"], known["mails"]) == (302, 1)


def test_asking_is_limited(client, anna):
    for _ in range(5):
        client.post(f"{CENTRE}link/", {"email": ANNA})
    assert Delivery.objects.count() == 3
