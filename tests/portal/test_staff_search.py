"""The workbench's search: posted, as one types or as a page, and only what the role may see (C1.2, E3.1, A13, A23)."""

import logging

import pytest
from lxml import html

from accounts.roles import TABLE, Permission, Role
from courses.search import index
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/staff/search/"


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def seller(client, tamk):
    user = factories.staff(tamk, "sales")
    client.force_login(user)
    return user


@pytest.fixture
def world():
    """A person, their employer and a course, all of one word."""
    factories.organisation("Tekoäly Oy", factories.person("ai@example.org", name="Anna Tekoäly"))
    course = factories.course("Tekoäly esihenkilön työssä", summary_fi="Tekoäly.")
    index.refresh([course.pk])
    return course


def find(client, typed, *, htmx=False):
    headers = {"accept-language": "fi", **({"hx-request": "true"} if htmx else {})}
    response = client.post(PAGE, {"q": typed}, headers=headers)
    assert response.status_code == 200
    return html.fragments_fromstring(response.content.decode())[-2:] if htmx else response


def groups(client, typed):
    main = html.fromstring(find(client, typed).content).find("body/main")
    return {
        section.findtext("h2"): [each.text for each in section.cssselect(".found__name")]
        for section in main.cssselect(".found section")
    }


def test_people_organisations_and_courses_are_found_at_once(client, seller, world):
    assert groups(client, "tekoäly") == {
        "Henkilöt": ["Anna Tekoäly"],
        "Organisaatiot": ["Tekoäly Oy"],
        "Koulutukset": ["Tekoäly esihenkilön työssä"],
    }


@pytest.mark.parametrize("role", [None, *Role])
def test_a_role_finds_what_it_may_see(client, tamk, world, role):
    client.force_login(factories.staff(tamk, role) if role else factories.user())
    allowed = TABLE[role] if role else frozenset()
    if Permission.USE_WORKBENCH not in allowed:
        assert client.post(PAGE, {"q": "tekoäly"}).status_code == 403
        return
    sees = Permission.SEE_CUSTOMERS in allowed
    assert set(groups(client, "tekoäly")) == (
        {"Henkilöt", "Organisaatiot", "Koulutukset"} if sees else {"Koulutukset"}
    )


def test_addresses_are_for_who_may_see_them(client, seller, world, monkeypatch):
    assert "ai@example.org" in find(client, "tekoäly").content.decode()
    assert groups(client, "ai@example.org")["Henkilöt"] == ["Anna Tekoäly"]
    without = TABLE[Role.SALES] - {Permission.SEE_PEOPLE}
    monkeypatch.setitem(TABLE, Role.SALES, without)
    assert "Tekoäly Oy</span>" in find(client, "anna tekoäly").content.decode()
    assert "ai@example.org" not in find(client, "tekoäly").content.decode()
    assert "Henkilöt" not in groups(client, "ai@example.org")


def test_another_institutions_unpublished_course_is_not_found(client, tamk):
    client.force_login(factories.staff(tamk, "coordinator"))
    for slug in ("tamk", "tty"):
        course = factories.course(
            f"Luonnos {slug}", institution=factories.institution(slug), published_at=None
        )
        index.refresh([course.pk])
    found = groups(client, "luonnos").get("Koulutukset", [])
    assert "Luonnos tty" not in found


def test_a_name_leads_to_its_page(client, seller, world):
    page = html.fromstring(find(client, "anna").content)
    (link,) = page.cssselect("main a.found__row")
    assert client.get(link.get("href")).status_code == 200


# --- as one types ---------------------------------------------------------------------------


def test_htmx_gets_the_list_and_how_many_there_are(client, seller, world):
    found, status = find(client, "tekoäly", htmx=True)
    assert len(found.cssselect("a.found__row, div.found__row")) == 3
    assert found.cssselect("h1, main") == []
    assert (status.get("id"), status.get("hx-swap-oob")) == ("status", "innerHTML")
    assert status.text_content().strip() == "3 löytyi"


@pytest.mark.parametrize("typed", ["", "a", " "])
def test_too_little_to_look_for_shows_nothing(client, seller, world, typed):
    answer = client.post(PAGE, {"q": typed}, headers={"hx-request": "true"})
    assert html.fromstring(answer.content).text_content().strip() == ""


def test_six_of_a_kind_while_one_types_and_thirty_on_the_page(client, seller):
    for number in range(40):
        factories.person(name=f"Anna Niemi{number}")
    found, _status = find(client, "anna", htmx=True)
    assert len(found.cssselect(".found__name")) == 6
    assert len(groups(client, "anna")["Henkilöt"]) == 30


def test_nothing_found_says_what_to_try(client, seller):
    assert "Kokeile nimen" in find(client, "qqqqq").content.decode()
    found, status = find(client, "qqqqq", htmx=True)
    assert "Kokeile nimen" in found.text_content()
    assert status.text_content().strip() == "0 löytyi"


def test_the_field_keeps_what_was_typed_and_nothing_in_it_acts(client, seller):
    typed = '"><script>alert(1)</script>'
    page = html.fromstring(find(client, typed).content)
    assert page.cssselect("#staff-q")[0].get("value") == typed
    assert not [each for each in page.cssselect("script") if "alert" in (each.text or "")]


# --- what stays nowhere -----------------------------------------------------------------------


def test_no_address_and_no_log_holds_what_was_typed(client, seller, world, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = find(client, "Salaperäinen Virtanen")
    assert "Salaper" not in caplog.text
    assert "Salaper" not in str(answer.headers)
    form = html.fromstring(answer.content).cssselect("form.staff-search")[0]
    assert (form.get("method"), form.get("hx-push-url")) == ("post", "false")
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_address_asks_for_nothing(client, seller, world):
    page = html.fromstring(client.get(PAGE, {"q": "tekoäly"}).content)
    assert page.cssselect("main .found__row") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"q=" + b"x" * 100_000, 200),
        (b"q=%F0%9F%98%80%F0%9F%98%80", 200),
        (b"q=a%00b", 200),
        (b"q=%ED%A0%BD", 400),
        (b"q=%FF%FE", 400),
        (b"", 200),
    ],
    ids=range(6),
)
def test_no_text_is_an_error(client, seller, body, status):
    answer = client.post(PAGE, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status


def test_it_asks_the_same_however_much_is_found(client, seller, world, django_assert_num_queries):
    for number in range(10):
        factories.organisation("Tekoäly Ab", factories.person(name=f"Liisa Tekoäly{number}"))
    find(client, "tekoäly", htmx=True)
    with django_assert_num_queries(QUERIES):
        find(client, "tekoäly", htmx=True)


QUERIES = 18
