"""Staff's pages on the mail: what each role sees and may do, and the banner while nothing leaves (D3.8, D4.3)."""

import pytest
from django.urls import reverse
from lxml import html

from accounts.roles import TABLE, Permission, Role
from consent import ledger, people
from mailing import doubt, outbox, switch
from mailing.models import Delivery
from mailing.templates import templates
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MAIL = "/staff/mail/"
PAGES = [
    MAIL,
    f"{MAIL}deliveries/?state=failed",
    f"{MAIL}templates/",
    f"{MAIL}templates/mailing/newsletter/",
    f"{MAIL}templates/mailing/newsletter/html/",
    "/staff/people/",
    "/staff/",
]
ANNA = "anna.virtanen@example.org"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def signed_in(client, role):
    user = factories.staff(factories.institution("tamk"), role)
    client.force_login(user)
    return user


@pytest.fixture
def coordinator(client):
    return signed_in(client, "coordinator")


def delivery(state="queued", *, to=ANNA, template="accounts/code", **fields):
    """A delivery brought to a state by the steps the database allows."""
    person = people.person_for(to, name="Anna Virtanen")
    made = outbox.queue(template, person, {"what": "sign_in"})
    rows = Delivery.objects.filter(pk=made.pk)
    lease = {"lease_token": "0" * 32, "lease_until": NOW}
    none = {"lease_token": None, "lease_until": None}
    if state == "suppressed":
        rows.update(state=state, decision="restricted", **fields)
    if state in {"failed", "in_doubt", "sent"}:
        rows.update(state="claimed", **lease)
        rows.update(state="transmitting", transmit_at=NOW, decision="service")
        more = {"sent_at": NOW} if state == "sent" else {}
        rows.update(state=state, **none, **more, **fields)
    return rows.get()


def text(response):
    assert response.status_code == 200
    page = html.fromstring(response.content).find("body")
    return " ".join(page.text_content().split()).replace("\xa0", " ")


def see(client, path=MAIL):
    return text(client.get(path, headers={"accept-language": "en"}))


def settle(client, doubtful, state):
    page = f"{MAIL}deliveries/{doubtful.pk}/doubt/"
    return client.post(page, {"state": state}, headers={"accept-language": "en"})


# --- who comes in --------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_is_asked_to_sign_in_and_a_learner_refused(client, path):
    assert "/login/" in client.get(path).headers["Location"]
    client.force_login(factories.user())
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("path", PAGES)
def test_every_role_sees_what_the_table_gives(client, role, path):
    signed_in(client, role)
    needed = Permission.SEE_PEOPLE if "people" in path else Permission.USE_WORKBENCH
    expected = {200, 302} if needed in TABLE[role] else {403}
    assert client.get(path).status_code in expected


@pytest.mark.parametrize("role", Role)
def test_only_some_end_doubts(client, role):
    signed_in(client, role)
    doubtful = delivery("in_doubt")
    answer = settle(client, doubtful, "sent")
    doubtful.refresh_from_db()
    if Permission.SETTLE_DOUBTS in TABLE[role]:
        assert (answer.status_code, doubtful.state) == (302, "sent")
    else:
        assert (answer.status_code, doubtful.state) == (403, "in_doubt")
        assert "It arrived" not in see(client)


@pytest.mark.parametrize("role", Role)
def test_addresses_are_for_those_who_may_see_people(client, role):
    signed_in(client, role)
    delivery("suppressed")
    delivery("in_doubt", to="bertta@example.org")
    person = people.person_for("cecilia@example.org")
    people.close_address(person.addresses.get(), "hard_bounce", now=NOW)
    seen = [
        address in see(client) for address in (ANNA, "bertta@example.org", "cecilia@example.org")
    ]
    assert seen == [Permission.SEE_PEOPLE in TABLE[role]] * 3
    if not seen[0]:
        assert "a…n@example.org" in see(client)
        assert "/staff/people/" not in client.get(MAIL).content.decode()


# --- what they see ---------------------------------------------------------------------------


def test_the_page_tells_what_was_stopped_and_why(client, coordinator):
    delivery("suppressed")
    delivery("failed", reply="550 5.1.1 no such user")
    seen = see(client)
    assert "The processing of this person’s data is restricted." in seen
    assert "550 5.1.1 no such user" in seen
    assert "Signing in, a new password or a new address by a code" in seen
    assert "Mon 23 Nov 2026 12:00" in seen


def test_a_quiet_day(client, coordinator):
    assert "Nothing is in doubt." in see(client)


@pytest.mark.parametrize("path", [MAIL, f"{MAIL}templates/", "/staff/people/", "/staff/health/"])
def test_every_staff_page_says_that_sending_is_off(client, coordinator, path):
    assert "manage.py sending on" not in see(client, path)
    switch.turn(on=False)
    assert "No mail leaves this installation" in see(client, path)
    assert "manage.py sending on" in see(client, path)


def test_a_copy_is_told_from_one_that_was_switched_off(client, coordinator, settings):
    settings.BASE_URL = "https://copy.example.org"
    assert "The database comes from another installation" in see(client)


def test_a_long_list_goes_on(client, coordinator, monkeypatch):
    monkeypatch.setattr("mailing.views.staff.ON_PAGE", 2)
    found = [delivery("suppressed", to=f"reader{number}@example.org") for number in range(5)]
    path, seen = f"{MAIL}deliveries/?state=suppressed", []
    while path:
        page = html.fromstring(client.get(path).content)
        seen += [cell.text_content().split()[-1] for cell in page.xpath("//tbody/tr/td[2]")]
        path = next(
            (f"{MAIL}deliveries/{href}" for href in page.xpath("//a[@rel='next']/@href")), ""
        )
    assert seen == [each.address for each in reversed(found)]


@pytest.mark.parametrize("query", ["", "?state=claimed", "?state=x"])
def test_other_states_have_no_list(client, coordinator, query):
    assert client.get(f"{MAIL}deliveries/{query}").status_code == 404


def test_the_page_asks_little_however_much_there_is(client, coordinator, django_assert_num_queries):
    for number in range(12):
        delivery("suppressed", to=f"reader{number}@example.org")
        delivery("in_doubt", to=f"other{number}@example.org")
    client.get(MAIL)
    with django_assert_num_queries(10):
        client.get(MAIL)


# --- ending a doubt ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["sent", "failed", "queued"])
def test_what_staff_say_is_written_with_their_name(client, coordinator, state):
    doubtful = delivery("in_doubt")
    settle(client, doubtful, state)
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.resolved_by) == (state, f"staff {coordinator.pk}")
    assert "Noted. The doubt has ended." in see(client)
    listed = see(client, f"{MAIL}deliveries/?state={state}")
    assert "Liisa Virtanen ended the doubt" in listed


def test_a_doubt_that_has_ended_meanwhile_stays_ended(client, coordinator):
    doubtful = delivery("in_doubt")
    doubt.end(doubtful.pk, "sent", doubt.FOUND)
    settle(client, doubtful, "failed")
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.resolved_by) == ("sent", doubt.FOUND)
    assert "nothing was changed" in see(client)


@pytest.mark.parametrize("state", ["", "suppressed", "claimed"])
def test_staff_say_nothing_else(client, coordinator, state):
    doubtful = delivery("in_doubt")
    answer = settle(client, doubtful, state)
    doubtful.refresh_from_db()
    assert (answer.status_code, doubtful.state) == (404, "in_doubt")


def test_looking_ends_no_doubt(client, coordinator):
    doubtful = delivery("in_doubt")
    assert client.get(f"{MAIL}deliveries/{doubtful.pk}/doubt/").status_code == 405


# --- templates ----------------------------------------------------------------------------------


def test_every_template_is_listed_with_what_it_is_for(client, coordinator):
    seen = see(client, f"{MAIL}templates/?language=en")
    for template in templates:
        assert str(template.purpose) in seen


@pytest.mark.parametrize("name", [each.name for each in templates])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_preview_shows_headers_text_and_weight(client, coordinator, name, language):
    path = reverse("site:staff_template", args=name.split("/"))
    page = client.get(path, {"language": language})
    seen = text(page)
    assert "Message-ID" in seen
    assert "kB" in seen
    assert f"Content-Language {language}" in seen
    frames = html.fromstring(page.content).xpath("//iframe")
    assert [frame.get("width") for frame in frames] == ["390", "600"]
    assert [frame.get("sandbox") for frame in frames] == ["", ""]
    assert client.get(frames[0].get("src")).status_code == 200
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]


def test_marketing_shows_how_it_is_stopped(client, coordinator):
    seen = see(client, f"{MAIL}templates/mailing/newsletter/")
    assert "List-Unsubscribe-Post List-Unsubscribe=One-Click" in seen
    assert "List-Unsubscribe" not in see(client, f"{MAIL}templates/accounts/code/")


def test_the_frame_can_do_nothing_and_is_framed_by_us_alone(client, coordinator):
    answer = client.get(f"{MAIL}templates/mailing/newsletter/html/")
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["sandbox"] == ""
    assert policy["script-src"] == policy["form-action"] == policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_dark_is_shown_when_asked_for(client, coordinator):
    path = f"{MAIL}templates/mailing/newsletter/html/"
    light, dark = (client.get(path, {"scheme": each}).content for each in ("light", "dark"))
    assert b"@media not all" in light
    assert b"@media all" in dark
    assert b"prefers-color-scheme" not in light + dark


@pytest.mark.parametrize(
    "path", ["x/y/", "mailing/newsletter/?variant=9", "mailing/newsletter/html/?variant=-1"]
)
def test_there_are_no_other_templates(client, coordinator, path):
    assert client.get(f"{MAIL}templates/{path}").status_code == 404


def test_a_preview_writes_nothing(client, coordinator):
    for template in templates:
        client.get(reverse("site:staff_template", args=template.name.split("/")))
    assert not Delivery.objects.exists()
    assert not ledger.Event.objects.exists()
