"""The search API: the page's parameters and answers for programs, described truly (E4.1, E4.2)."""

from decimal import Decimal

import pytest
from drf_spectacular.validation import validate_schema

from courses.search import index
from courses.search.analysis import analyse
from tests import factories as make
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db

URL = "/api/v1/search/"


@pytest.fixture(autouse=True)
def _now(set_clock):
    set_clock(NOW)


@pytest.fixture(scope="session")
def _dictionaries():
    """Loaded before a transaction begins: they take seconds, and one left idle so long is ended."""
    analyse("koulutus", "fi")


@pytest.fixture
def search(client):
    def get(query="", status=200):
        response = client.get(f"{URL}?{query}")
        assert (response.status_code, response.headers["Content-Type"]) == (
            status,
            "application/json",
        )
        return response.json()

    return get


@pytest.fixture
def described(client):
    schema = client.get("/api/schema/").json()
    validate_schema(schema)
    return schema


def test_answers_with_the_course_and_its_next_run(search, settings):
    course = make.course("Tekoäly", slug="tekoaly", themes=("digi",), credits=Decimal(5))
    course.co_institutions.add(make.institution("tty"))
    run = make.run(course, seats=3, delivery="online", price_net=Decimal(1000))
    make.enrolment(run)
    answer = search()
    assert (answer["count"], answer["page"], answer["pages"], answer["corrected"]) == (1, 1, 1, "")
    assert answer["results"] == [
        {
            "title": "Tekoäly",
            "language": "fi",
            "slug": "tekoaly",
            "url": f"{settings.BASE_URL}/fi/koulutukset/tekoaly/",
            "summary": "",
            "themes": ["digi"],
            "institutions": ["tamk", "tty"],
            "credits": "5.0",
            "starts_on": "2026-12-07",
            "delivery": "online",
            "teaching_language": "fi",
            "place": "",
            "price": {"net": "1000.00", "vat_rate": "25.5", "gross": "1255.00"},
            "seats_left": 2,
        }
    ]


def test_course_without_dates_and_price(search):
    make.course("Vanha")
    (result,) = search()["results"]
    empty = ("credits", "starts_on", "price", "seats_left")
    assert [result[name] for name in empty] == [None, None, None, None]


def test_facets_are_the_pages_own(search):
    make.run(make.course(themes=("digi",)), delivery="online")
    make.run(make.course(themes=("talous",)), delivery="online")
    facets = search("theme=digi&lang=en")["facets"]
    assert [(each["value"], each["count"]) for each in facets["theme"]] == [
        ("digi", 1),
        ("talous", 1),
    ]
    assert facets["delivery"][1] == {"value": "online", "label": "Online", "count": 1}


def test_pages(search):
    for number in range(7):
        make.run(make.course(f"K{number}"), starts_on=TODAY + number * DAY)
    answer = search("page_size=3&page=3")
    assert (answer["count"], answer["page"], answer["pages"]) == (7, 3, 3)
    assert [result["title"] for result in answer["results"]] == ["K6"]
    assert search("page=4&page_size=3", status=404)["errors"].keys() == {"page"}


@pytest.mark.usefixtures("_dictionaries")
def test_finds_by_words_in_each_language(search):
    """A1.1: real words through the real index."""
    course = make.course("Tekoälykoulutus esihenkilöille", title_en="Artificial intelligence")
    make.run(course)
    other = make.course("Rakennusfysiikka")
    index.refresh([course.pk, other.pk])
    assert [each["slug"] for each in search("q=tekoäly")["results"]] == [course.slug]
    found = search("q=intelligence&lang=en")["results"]
    assert [(each["title"], each["language"]) for each in found] == [
        ("Artificial intelligence", "en"),
    ]
    assert search("q=qwertyuiop")["count"] == 0


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *(("page=abc", "page"), ("page=0", "page"), ("page_size=0", "page_size")),
        *(("page_size=101", "page_size"), ("lang=de", "lang"), ("sort=password", "sort")),
        *(("price=-1", "price"), ("theme=nope", "theme"), ("month=x", "month")),
        ("q=" + "a" * 201, "q"),
    ],
)
def test_wrong_value_is_told_by_parameter(search, query, name):
    make.run()
    errors = search(query, status=400)["errors"]
    assert errors.keys() == {name}
    assert all(isinstance(each, str) and each for each in errors[name])


def test_a_parameter_that_is_unknown_changes_nothing(search):
    assert search("format=xml") == search()


def test_refusal_is_in_the_language_asked_for(search):
    in_finnish, in_english = (
        search(f"page=0&lang={lang}", status=400)["errors"]["page"] for lang in ("fi", "en")
    )
    assert in_finnish != in_english


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(client, method):
    assert getattr(client, method)(URL).status_code == 405


def test_schema_names_every_parameter_there_is(described):
    """E4.2"""
    told = {each["name"] for each in described["paths"][URL]["get"]["parameters"]}
    from courses.forms import SearchForm

    assert told == set(SearchForm.base_fields)


def test_schema_tells_the_answers_true_shape(described, search):
    """E4.2: what comes has exactly the properties that are described."""
    make.run(make.course(themes=("digi",)))
    parts = described["components"]["schemas"]
    answer = search()
    assert set(answer) == set(parts["Answer"]["properties"])
    assert set(answer["results"][0]) == set(parts["Course"]["properties"])
    assert set(answer["results"][0]["price"]) == set(parts["Price"]["properties"])
    assert set(answer["facets"]["theme"][0]) == set(parts["Option"]["properties"])
    assert set(search("page=0", status=400)) == set(parts["Refusal"]["properties"])
    assert set(described["paths"][URL]["get"]["responses"]) == {"200", "400", "404"}


def test_answer_costs_one_query(client, django_assert_num_queries):
    for _ in range(5):
        make.run()
    with django_assert_num_queries(1):
        client.get(URL)
