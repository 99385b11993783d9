"""My pages: next thing first, then what is coming, then what has been; and one's details (E1)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db

ME = "/en/me/"
DETAILS = "/en/me/details/"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def anna(client):
    user = factories.user("anna@example.org", name="Anna Virtanen")
    client.force_login(user)
    return user


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def run(title, **fields):
    return factories.run(factories.course(title), **fields)


def test_visitors_are_asked_to_sign_in(client):
    assert client.get(ME).headers["Location"] == "/en/accounts/login/?next=/en/me/"


def test_empty_lists_explain_and_lead_on(client, anna):
    page = client.get(ME)
    assert page.content.decode().count('class="empty"') == 2
    assert page.content.decode().count('href="/en/courses/"') >= 3


def test_the_offer_comes_first_with_its_end(client, anna):
    factories.enrolment(run("Tuleva"), anna.person)
    factories.enrolment(run("Tarjottu"), anna.person, status="offered")
    page = text(client.get(ME))
    assert page.index("Tarjottu") < page.index("Tuleva")
    assert "Wed 25 Nov 2026" in page.replace("\xa0", " ")
    assert "12:00" in page


def test_an_offer_that_has_lapsed_is_nothing_to_do(client, anna, set_clock):
    offer = factories.enrolment(run("Tarjottu"), anna.person, status="offered")
    set_clock(offer.offer_expires_at)
    assert client.get(ME).context["offers"] == []


def test_what_is_coming_lies_in_the_order_of_its_beginning(client, anna):
    for days in (30, 3, 300):
        factories.enrolment(run(f"Päivänä {days}", starts_on=TODAY + days * DAY), anna.person)
    factories.enrolment(run("Omaan tahtiin", starts_on=None), anna.person)
    coming = [each.enrolment.run.course.title for each in client.get(ME).context["coming"]]
    assert coming == ["Päivänä 3", "Päivänä 30", "Päivänä 300", "Omaan tahtiin"]


def test_a_run_is_coming_until_its_last_day_is_over(client, anna):
    factories.enrolment(run("Viimeinen", starts_on=TODAY - 9 * DAY, ends_on=TODAY), anna.person)
    factories.enrolment(run("Eilen", starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY), anna.person)
    context = client.get(ME).context
    assert [each.enrolment.run.course.title for each in context["coming"]] == ["Viimeinen"]
    assert [each.run.course.title for each in context["past"]] == ["Eilen"]


def test_the_next_session_is_the_first_not_over(client, anna):
    sessions = run("Kurssi")
    for hours in (-30, -3, 20, 40):
        factories.session(sessions, starts_at=NOW + timedelta(hours=hours))
    factories.enrolment(sessions, anna.person)
    (coming,) = client.get(ME).context["coming"]
    assert coming.session.starts_at == NOW - timedelta(hours=3)


def test_the_place_in_the_queue_is_told(client, anna):
    full = run("Täynnä", seats=1)
    factories.enrolment(full, status="waiting")
    factories.enrolment(full, anna.person, status="waiting")
    assert "number 2" in text(client.get(ME))


def test_what_has_been_is_told_in_pages(client, anna):
    for _ in range(21):
        factories.enrolment(factories.run(), anna.person, status="cancelled")
    first, second = client.get(ME), client.get(f"{ME}?page=2")
    assert (len(first.context["past"]), len(second.context["past"])) == (20, 1)


@pytest.mark.parametrize("page", ["abc", "-1", "0", "999", "1e9", ""])
def test_a_page_that_does_not_exist_is_the_nearest_one(client, anna, page):
    factories.enrolment(factories.run(), anna.person, status="cancelled")
    response = client.get(ME, {"page": page})
    assert (response.status_code, len(response.context["past"])) == (200, 1)


def test_one_s_own_contact_person_is_named(client, anna):
    aino = factories.staff(None, "coordinator", name="Aino Mäkelä", phone="040 123 4501")
    course = factories.course(contact=aino)
    factories.enrolment(factories.run(course), anna.person)
    page = text(client.get(ME))
    assert "Aino Mäkelä" in page
    assert "040 123 4501" in page


def test_somebody_else_s_enrolments_are_not_here(client, anna):
    factories.enrolment(run("Toisen"))
    assert "Toisen" not in text(client.get(ME))


def queries_of_me(client, number):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(ME).status_code == 200
    return len(queries)


def test_the_queries_do_not_grow_with_the_rows(client, anna):
    counts = []
    for _ in range(2):
        for status in ("confirmed", "waiting", "offered", "cancelled") * 3:
            on = factories.run(venue=factories.venue())
            factories.session(on, venue=factories.venue())
            factories.enrolment(on, anna.person, status=status)
        counts.append(queries_of_me(client, 12))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


# --- details ---------------------------------------------------------------------------


def test_name_and_language_are_one_s_own_to_correct(client, anna):
    answer = client.post(DETAILS, {"name": "Anna Virtanen-Öst", "language": "sv"})
    assert answer.headers["Location"] == DETAILS
    anna.refresh_from_db()
    person = anna.person
    assert (anna.name, anna.language) == ("Anna Virtanen-Öst", "sv")
    assert (person.name, person.language) == ("Anna Virtanen-Öst", "sv")


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "Anna\nBcc: x"}, {"language": "de"}, {"language": ""}]
)
def test_wrong_details_change_nothing(client, anna, wrong):
    answer = client.post(DETAILS, {"name": "Toinen", "language": "sv", **wrong})
    assert answer.status_code == 422
    anna.refresh_from_db()
    assert (anna.name, anna.language) == ("Anna Virtanen", "fi")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", ["privacy", "accessibility", "terms"])
def test_the_pages_about_the_site_are_there(client, language, name):
    from django.urls import reverse
    from django.utils import translation

    factories.institution("tamk", email="tamk@example.org")
    with translation.override(language):
        response = client.get(reverse(f"portal:{name}"))
    assert response.status_code == 200
    assert response.content.decode().count("<h1") == 1


def test_english_paths_are_the_contract(client):
    for path in ("/en/privacy/", "/en/accessibility/", "/en/terms/"):
        assert client.get(path).status_code == 200
