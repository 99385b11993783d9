"""How well search finds: what people type, against the demo's offering (A1.1)."""

import tomllib
from pathlib import Path

import pytest

from courses.models import Course
from courses.search import find, index
from portal.demo.seeding import seed
from tests.factories import TODAY

QUERIES = tomllib.loads(Path(__file__).with_name("search_queries.toml").read_text())
FIRST = 5
# these courses say it in quite other words
MISSED = [
    "uusi työntekijä ei pysy talossa",
    "alaisen alkoholinkäyttö",
    "huono työasento",
    "lukivaikeudet",
]


@pytest.fixture
def slugs(db):
    """Of the demo's courses by id, all of them indexed."""
    seed(TODAY)
    slugs = dict(Course.objects.values_list("pk", "slug"))
    index.refresh(slugs)
    return slugs


def test_the_wanted_course_is_among_the_first_five(slugs):
    wanted = {query: set(courses) for kind in QUERIES.values() for query, courses in kind.items()}
    assert not set().union(*wanted.values()) - set(slugs.values()), "a course was renamed"
    missed = []
    for query, courses in wanted.items():
        first = [slugs[course] for course in find(query, "fi").ranks][:FIRST]
        if not courses & set(first):
            missed.append(query)
    assert missed == MISSED
    assert len(wanted) == 530
