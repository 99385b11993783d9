"""What staff see of a person's permissions, now and then, and what they may record for them (D1.6, D3.1)."""

import pytest
from lxml import html

from accounts.roles import TABLE, Permission, Role
from consent import ledger, permission
from consent.models import Event, Evidence
from mailing.models import Delivery
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

FIND = "/staff/people/"
NOTE = "called us and asked"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def digi():
    return factories.topic("digi")


@pytest.fixture
def anna():
    return factories.person("anna@example.org", name="Anna Virtanen")


@pytest.fixture
def seller(client, tamk):
    user = factories.staff(tamk, "sales")
    client.force_login(user)
    return user


def page_of(person, rest=""):
    return f"{FIND}{person.pk}/permission/{rest}"


def text(response, status=200):
    assert response.status_code == status
    page = html.fromstring(response.content).find("body")
    return " ".join(page.text_content().split()).replace("\xa0", " ")


def see(client, person, **query):
    return text(client.get(page_of(person), query, headers={"accept-language": "en"}))


def said(client, person, what, about="newsletter-0-0", **fields):
    values = {"said": what, "about": about, "channel": "email", "note": NOTE, **fields}
    return client.post(page_of(person, "word/"), values, headers={"accept-language": "en"})


# --- who comes in ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_does_what_the_table_gives(client, role, tamk, anna):
    client.force_login(factories.staff(tamk, role) if role else factories.user())
    allowed = TABLE[role] if role else frozenset()
    may_see = Permission.SEE_PEOPLE in allowed
    may_record = Permission.RECORD_WORDS in allowed
    assert client.get(page_of(anna)).status_code == (200 if may_see else 403)
    assert said(client, anna, "withdraw").status_code == (302 if may_record else 403)
    assert Event.objects.count() == int(may_record)
    assert client.post(page_of(anna, "link/")).status_code == (302 if may_record else 403)
    assert Delivery.objects.count() == int(may_record)


@pytest.mark.parametrize("rest", ["", "word/", "link/"])
def test_a_visitor_is_asked_to_sign_in(client, anna, rest):
    send = client.post if rest else client.get
    assert "/login/" in send(page_of(anna, rest)).headers["Location"]
    assert not Event.objects.exists()


def test_who_may_look_but_not_record_sees_no_form(client, anna, seller, monkeypatch):
    monkeypatch.setitem(TABLE, Role.SALES, frozenset({Permission.SEE_PEOPLE}))
    assert "Record what the person says" not in see(client, anna)


def test_nobody_is_404(client, seller):
    for rest in ("", "word/", "link/"):
        send = client.post if rest else client.get
        assert send(f"{FIND}99999/permission/{rest}").status_code == 404


# --- finding --------------------------------------------------------------------------------


def test_a_person_is_found_by_the_address_in_any_case(client, seller, anna):
    answer = client.post(FIND, {"address": " ANNA@example.org "})
    assert answer.headers["Location"] == page_of(anna)


@pytest.mark.parametrize("email", ["nobody@example.org", "anna", "", "anna@example"])
def test_no_other_address_is_found(client, seller, anna, email):
    text(client.post(FIND, {"address": email}), 422)


# --- the time machine -----------------------------------------------------------------------


@pytest.fixture
def years(anna, digi, tamk, set_clock):
    """Permission given, taken back, and a sale: a day apart, from two days before NOW."""
    set_clock(NOW - 2 * DAY)
    factories.grant(anna, topic=digi)
    set_clock(NOW - DAY)
    ledger.withdraw(anna, "newsletter", method="one_click")
    set_clock(NOW)
    factories.sale(anna, tamk)


def test_now_it_is_refused_and_why(client, seller, anna, years):
    seen = see(client, anna)
    assert "Newsletter: Digi No The person has said no to this." in seen
    assert "Similar training: TAMK Yes The person has bought training" in seen
    assert "Messages about what you have ordered, every topic" not in seen


def test_then_it_was_permitted_in_this_text(client, seller, anna, years):
    seen = see(client, anna, at="2026-11-22T11:59")
    assert "As it stood on Sun 22 Nov 2026 at 11:59" in seen
    assert "Allowed. The person has given consent. Since Sat 21 Nov 2026 12:00, on a form" in seen
    assert ledger.wording_of("newsletter", "fi").body in seen
    assert "May we send e-mail now?" not in seen
    assert "Record what the person says" not in seen


def test_before_the_first_word_there_was_nothing(client, seller, anna, years):
    assert "The person had said nothing yet." in see(client, anna, at="2026-11-21T11:59")


@pytest.mark.parametrize("at", ["2027-01-01T00:00", "yesterday", ""])
def test_a_moment_that_is_none_is_told(client, seller, anna, years, at):
    text(client.get(page_of(anna), {"at": at}), 422)


def test_the_history_is_in_plain_words(client, seller, anna, years):
    seen = see(client, anna)
    assert (
        "Permission taken back or refused: Newsletter, e-mail (with one click in an e-mail)" in seen
    )
    assert "Permission given: Newsletter, topic Digi, e-mail (on a form)" in seen


def test_the_page_asks_the_same_however_long_the_history(
    client, seller, anna, django_assert_num_queries
):
    for _ in range(10):
        factories.grant(anna)
        ledger.withdraw(anna, "newsletter", method="form")
    client.get(page_of(anna))
    with django_assert_num_queries(QUERIES):
        client.get(page_of(anna))


QUERIES = 23


# --- a word on the phone -----------------------------------------------------------------------


def test_a_withdrawal_is_in_force_at_once_with_name_and_note(client, seller, anna, digi):
    factories.grant(anna)
    said(client, anna, "withdraw", f"newsletter-{digi.pk}-0")
    assert not permission.may_contact(anna, "newsletter", topic=digi).allowed
    assert permission.may_contact(anna, "newsletter").allowed
    event = Event.objects.latest("pk")
    assert (event.action, event.method, event.by_kind, event.by) == (
        "withdrawn",
        "staff",
        "staff",
        seller,
    )
    evidence = Evidence.objects.get(event=event)
    assert (evidence.address, evidence.note, evidence.ip) == ("anna@example.org", NOTE, "")
    seen = see(client, anna)
    assert f"Note: {NOTE}" in seen
    assert "recorded by Liisa Virtanen" in seen


def test_a_permission_is_recorded_with_the_text_that_was_read(client, seller, anna, tamk):
    said(client, anna, "grant", f"similar-0-{tamk.pk}", channel="sms")
    event = Event.objects.get()
    assert (event.action, event.channel, event.controller) == ("granted", "sms", tamk)
    assert event.wording == ledger.wording_of("similar", "fi")


def test_an_objection_forbids_everything(client, seller, anna):
    factories.grant(anna)
    said(client, anna, "object")
    assert permission.may_contact(anna, "newsletter").rule == "objected"


def test_a_refusal_is_never_lifted_by_staff(client, seller, anna):
    ledger.withdraw(anna, "newsletter", method="form")
    before = Event.objects.count()
    seen = text(said(client, anna, "grant"), 409)
    assert "only their own new consent lifts that" in seen
    assert NOTE in seen
    assert Event.objects.count() == before


def test_the_same_word_twice_is_recorded_once(client, seller, anna):
    for _ in range(2):
        said(client, anna, "withdraw")
    assert Event.objects.count() == 1
    assert "That was so already" in see(client, anna)


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": ""},
        {"note": "x" * 1001},
        {"about": "newsletter-0-999"},
        {"about": "service-0-0"},
        {"channel": "*"},
        {"said": "forget"},
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(client, seller, anna, wrong):
    text(said(client, anna, **{"what": wrong.pop("said", "withdraw"), **wrong}), 422)
    assert not Event.objects.exists()


def test_the_link_goes_to_the_person(client, seller, anna):
    client.post(page_of(anna, "link/"))
    sent = Delivery.objects.get()
    assert (sent.person, sent.address) == (anna, "anna@example.org")
    assert sent.message.template == "mailing/preferences"


def test_somebody_without_an_address_gets_no_link(client, seller, anna):
    anna.addresses.all().delete()
    assert client.post(page_of(anna, "link/")).status_code == 302
    assert not Delivery.objects.exists()
