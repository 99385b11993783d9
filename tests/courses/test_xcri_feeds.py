"""A real feed: 334 courses and 791 presentations of a Scottish college in 2012, with all its oddities (E4.4)."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Count

from courses.exchange.xcri.importing import import_feed
from courses.exchange.xcri.rows import Tally
from courses.exchange.xcri.sources import Feed
from courses.models import Course, Run, Venue
from courses.search import index
from tests.courses.feeds import REAL
from tests.factories import NOW

ADAM = REAL / "adam-smith-college-2012.xml"
BY_HAND = REAL / "one-course-hand-written.xml"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not ADAM.exists(), reason=f"no real feed at {REAL}"),
]


@pytest.fixture(autouse=True)
def _no_search(monkeypatch):
    monkeypatch.setattr(index, "refresh", lambda _ids, _progress: None)


def imported(path=ADAM):
    return import_feed(Feed(path, 10_000_000), now=NOW)


@pytest.fixture
def adam(db):
    return imported()


def test_all_of_it_comes_in(adam):
    assert (adam.courses, adam.runs) == (Tally(new=334), Tally(new=791))
    assert (adam.left_out, adam.notices, adam.is_whole, adam.repeated) == ([], [], True, 0)
    assert adam.institutions == ["adam-smith-college"]
    assert Course.objects.published().count() == 334
    assert Run.objects.filter(state=Run.State.PUBLISHED).count() == 791


def test_a_second_import_changes_nothing(adam):
    report = imported()
    assert (report.courses, report.runs) == (Tally(unchanged=334), Tally(unchanged=791))


def test_every_course_has_a_title_and_a_page(adam):
    assert not Course.objects.filter(title_en=None).exists()
    assert Course.objects.values("slug").distinct().count() == 334
    same = Course.objects.filter(title_en="Business").values_list("slug", flat=True)
    assert sorted(same) == ["business", "business-hcbsns", "business-hdbsn", "business-hdbusn"]
    food = Course.objects.get(title_en__endswith="in Food Hygiene")
    assert food.title_en == "Elementary Certificate in Food Hygiene"


def test_texts_keep_their_lists_and_have_no_markup(adam):
    legal = Course.objects.filter(title_en="Legal Services").order_by("pk")[0]
    assert legal.why_en.startswith("- Paralegal\n- Legal Secretary\n- ")
    assert legal.prerequisites_en.startswith("One of the following:\n\n- 1 Higher")
    fields = ("summary", "why", "what_and_how", "outcomes", "prerequisites")
    for texts in Course.objects.values_list(*(f"{field}_en" for field in fields)):
        assert not [text for text in texts if text and ("<" in text or "&amp;" in text)]


def test_no_abstract_ends_in_the_middle_of_a_word(adam):
    summaries = Course.objects.exclude(summary_en=None).values_list("summary_en", flat=True)
    assert len(summaries) == 323
    assert not [text for text in summaries if len(text) > 130 and text[-1].isalnum()]


def test_entry_requirements_are_where_they_are_looked_for(adam):
    assert Course.objects.exclude(prerequisites_en=None).count() == 284
    assert not Course.objects.exclude(outcomes_en=None).exists()


def test_costs_are_prices_only_where_that_is_sure(adam):
    costs = Counter(run.notes.get("cost") for run in Run.objects.all())
    assert (costs["0.00"], costs[None], costs["84.00"]) == (378, 138, 67)
    prices = Run.objects.exclude(price_net=None).values_list("price_net", flat=True)
    assert Counter(prices) == {Decimal(0): 378}


def test_days_are_days_and_one_that_cannot_be_is_kept(adam):
    assert not Run.objects.filter(starts_on=None).exists()
    (odd,) = Run.objects.filter(ends_on=None)
    assert (odd.starts_on, odd.notes["end_text"]) == (date(2013, 9, 12), "2013-06-12")


def test_ways_of_teaching_are_read_from_whatever_words_there_are(adam):
    found = dict(Run.objects.values_list("delivery").annotate(Count("pk")).order_by())
    assert found == {"on_site": 702, "blended": 77, "online": 12}
    assert not Run.objects.exclude(language="en").exists()


def test_venues_are_made_once_and_without_empty_addresses(adam):
    assert Venue.objects.count() == 14
    assert Run.objects.filter(venue=None).count() == 21
    leven = Venue.objects.get(name="Leven Campus")
    assert (leven.street, leven.postcode, leven.city) == ("Victoria Road", "KY8 4RN", "Leven")


def test_what_has_no_place_is_kept_with_the_course(adam):
    kept = Course.objects.get(identifier="FLECO").unmapped
    assert kept == {"level": "Higher", "qualification": {"title": "NC"}}


def test_an_example_written_by_hand_comes_in_too():
    report = imported(BY_HAND)
    assert (report.courses, report.runs, report.left_out) == (Tally(new=1), Tally(new=1), [])
    run = Run.objects.get()
    assert (run.delivery, run.price_net, run.venue) == ("online", Decimal(0), None)
    assert (run.starts_on, run.ends_on) == (date(2012, 8, 1), date(2012, 8, 31))
    assert run.apply_url == "http://www.wychwolf.com/contact"
    assert run.course.institution.slug == "wychwolfcom"
