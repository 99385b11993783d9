"""How well search finds: what people type, against the demo's offering (A1.1)."""

import tomllib
from pathlib import Path

import pytest

from courses.models import Course
from courses.search import find, index
from portal.demo.seeding import seed
from tests.factories import TODAY

QUERIES = tomllib.loads(Path(__file__).with_name("search_queries.toml").read_text())
WANTED = {"sv": QUERIES.pop("sv"), "en": QUERIES.pop("en")}
WANTED["fi"] = {query: courses for kind in QUERIES.values() for query, courses in kind.items()}
FIRST = 5
# these courses say it in quite other words
MISSED = {
    "fi": [
        "uusi työntekijä ei pysy talossa",
        "alaisen alkoholinkäyttö",
        "huono työasento",
        "lukivaikeudet",
        "hitsausrobotin hankinta",
        "käyttäjälähtöinen suunnittelu",
        "lastentarhanopettaja",
        "opettaminen teamsissa",
        "taloushallinnon perusteet esihenkilölle",
    ],
    "sv": [],
    "en": ["digital mentors", "mould in the office", "future skills"],
}


@pytest.fixture
def slugs(db):
    """Of the demo's courses by id, all of them indexed."""
    seed(TODAY)
    slugs = dict(Course.objects.values_list("pk", "slug"))
    index.refresh(slugs)
    return slugs


def test_the_wanted_course_is_among_the_first_five(slugs):
    missed = {
        language: [
            query
            for query, courses in wanted.items()
            if not {slugs[course] for course in [*find(query, language).ranks][:FIRST]}
            & set(courses)
        ]
        for language, wanted in WANTED.items()
    }
    assert missed == MISSED
    assert {language: len(wanted) for language, wanted in WANTED.items()} == {
        "fi": 828,
        "sv": 66,
        "en": 69,
    }


def test_every_wanted_course_is_one_of_the_demo(slugs):
    wanted = {
        course for queries in WANTED.values() for courses in queries.values() for course in courses
    }
    assert wanted <= set(slugs.values())
