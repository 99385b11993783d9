"""The front page: what begins next, the weave, themes; one's own next event for those signed in (Home)."""

import json

import pytest
from lxml import html

from tests import factories as make
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(set_clock):
    set_clock(NOW)


@pytest.fixture
def home(client):
    def get(url="/en/"):
        response = client.get(url)
        assert response.status_code == 200
        return html.fromstring(response.content)

    return get


def text(node, selector):
    return [" ".join(each.text_content().split()) for each in node.cssselect(selector)]


@pytest.mark.parametrize(
    ("accepted", "home"), [("sv,fi;q=0.5", "/sv/"), ("de", "/fi/"), ("en", "/en/")]
)
def test_root_leads_to_the_readers_language(client, accepted, home):
    response = client.get("/", headers={"Accept-Language": accepted})
    assert (response.status_code, response.headers["Location"]) == (302, home)
    assert "Accept-Language" in response.headers["Vary"]


def test_next_five_starts_with_seats_and_price(home):
    for number in range(7):
        make.run(make.course(f"K{number}"), starts_on=TODAY + number * DAY, seats=1)
    full = make.run(make.course("Full"), starts_on=TODAY, seats=1)
    make.enrolment(full)
    make.run(make.course("Past"), starts_on=TODAY - DAY)
    shown = home()
    assert set(text(shown, ".course-row__title")[:2]) == {"K0", "Full"}
    assert text(shown, ".course-row__title")[2:] == ["K1", "K2", "K3"]
    assert "Full: waiting list open" in text(shown, ".seat-tag")
    assert "€1,255 incl. VAT 25.5%" in text(shown, ".price")


def test_theme_counts_are_the_catalogues(home):
    for theme in ("digi", "digi", "talous"):
        make.run(make.course(themes=(theme,)))
    make.course("Unpublished", themes=("digi",), published_at=None)
    shown = home()
    counts = {
        link.get("href"): int(link.cssselect(".theme-list__count")[0].text)
        for link in shown.cssselect(".theme-list a")
    }
    assert counts == {"/en/courses/?theme=digi": 2, "/en/courses/?theme=talous": 1}
    for href, count in counts.items():
        assert len(home(href).cssselect(".course-row")) == count


def test_weave_leads_to_the_catalogue(home):
    make.run(make.course(themes=("digi",)), starts_on=TODAY + DAY)
    (knot,) = home().cssselect(".knot")
    assert knot.get("href") == "/en/courses/?theme=digi&month=2026-11#results"
    assert len(home(knot.get("href")).cssselect(".course-row")) == 1


def test_every_link_leads_somewhere(client, home):
    make.run(make.course(themes=("digi",)), price_net=0)
    links = {link.get("href") for link in home().cssselect("a[href]")}
    inside = {href for href in links if href.startswith("/") and not href.startswith("/static")}
    assert len(inside) > 8
    assert {href: client.get(href).status_code for href in inside} == dict.fromkeys(inside, 200)
    ids = set(home().xpath("//@id"))
    assert {href for href in links if href.startswith("#")} <= {f"#{each}" for each in ids}


def test_door_to_free_training_is_there_when_there_is_some(home):
    run = make.run()
    assert not home().cssselect('.door a[href$="?price=free"]')
    run.price_net = 0
    run.save()
    assert home().cssselect('.door a[href$="?price=free"]')


def test_empty_catalogue_still_has_a_front_page(home):
    assert len(home().cssselect("h1")) == 1


def test_signed_in_sees_ones_own_next_event_and_contact_in_place_of_the_pitch(client, home):
    learner, teacher = make.user(), make.staff(None, "coordinator", name="Aino Mäkelä")
    course = make.course("Oma", slug="oma", contact=teacher)
    make.enrolment(make.run(course, starts_on=TODAY + 9 * DAY), learner.person)
    make.enrolment(make.run(make.course("Myöhempi"), starts_on=TODAY + 90 * DAY), learner.person)
    make.enrolment(make.run(make.course("Mennyt"), starts_on=TODAY - 9 * DAY), learner.person)
    client.force_login(learner)
    shown = home()
    assert "Oma" in text(shown, "#mine ~ p a")
    assert text(shown, ".person__name") == ["Aino Mäkelä"]
    assert not shown.cssselect(".doors")


def test_ones_own_seat_comes_before_a_queue_and_what_is_cancelled_is_left_out(client, home):
    learner = make.user()
    called_off = make.run(make.course("Peruttu"), starts_on=TODAY + DAY)
    make.enrolment(called_off, learner.person)
    called_off.state = "cancelled"
    called_off.save()
    queue = make.run(make.course("Jono"), starts_on=TODAY + 2 * DAY)
    make.enrolment(queue, learner.person, status="waiting")
    client.force_login(learner)
    assert text(home(), ".mine__title") == ["Jono"]
    make.enrolment(make.run(make.course("Oma"), starts_on=TODAY + 9 * DAY), learner.person)
    assert text(home(), ".mine__title") == ["Oma"]


def test_site_is_told_in_schema_org(home, settings):
    """E2.1"""
    (script,) = home().cssselect('script[type="application/ld+json"]')
    kinds = {each["@type"]: each for each in json.loads(script.text_content())["@graph"]}
    assert kinds["Organization"]["name"] == settings.SITE_NAME
    target = kinds["WebSite"]["potentialAction"]["target"]["urlTemplate"]
    assert target == f"{settings.BASE_URL}/en/courses/?q={{search_term_string}}"


@pytest.mark.parametrize("many", [3, 60])
def test_queries(client, django_assert_num_queries, many):
    for number in range(many):
        make.run(make.course(themes=("digi",)), starts_on=TODAY + number * DAY)
    with django_assert_num_queries(1):
        client.get("/en/")
    learner = make.user()
    make.enrolment(make.run(), learner.person)
    client.force_login(learner)
    with django_assert_num_queries(5):  # the last asks for one's named contact
        client.get("/en/")
