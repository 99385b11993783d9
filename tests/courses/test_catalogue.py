"""The catalogue's answers: which courses, which run speaks for them, and exact counts of every facet (A1.1–A1.3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from courses import catalogue
from courses.catalogue import Query
from courses.models import Run
from tests import factories as make
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(set_clock):
    set_clock(NOW)
    with translation.override("en"):
        yield


def ask(q="", sort="", page=1, size=20, reader="fi", **chosen):
    """Filters are tuples of values by facet."""
    query = Query(q=q, chosen=chosen, sort=sort, page=page)
    return catalogue.search(query, reader=reader, today=TODAY, size=size)


def titles(listing):
    return [row.title for row in listing.rows]


def counts(listing, facet):
    return {option.value: option.count for option in listing.options[facet]}


# --- which courses ------------------------------------------------------------------------


def test_lists_published_courses_only():
    make.run(make.course("Shown"))
    make.course("Unpublished", published_at=None)
    make.course("Later", published_at=NOW + DAY)
    make.course("Withdrawn", withdrawn_at=NOW - DAY)
    assert titles(ask()) == ["Shown"]


def test_next_upcoming_run_speaks_for_the_course():
    course = make.course()
    make.run(course, starts_on=TODAY - 10 * DAY)
    make.run(course, starts_on=TODAY + 40 * DAY)
    make.run(course, starts_on=TODAY + 20 * DAY)
    assert [row.starts_on for row in ask().rows] == [TODAY + 20 * DAY]


def test_run_that_begins_today_is_upcoming():
    make.run(starts_on=TODAY)
    assert ask().rows[0].starts_on == TODAY


def test_upcoming_is_what_runs_call_upcoming():
    days = [None, TODAY - DAY, TODAY, TODAY + DAY]
    for starts_on in days:
        for ends_on in days:
            if starts_on is None or ends_on is None or starts_on <= ends_on:
                make.run(starts_on=starts_on, ends_on=ends_on, seats=None)
    upcoming = Run.objects.upcoming(TODAY).values_list("course__slug", flat=True)
    assert {row.slug for row in ask().rows if row.is_upcoming} == set(upcoming)


@pytest.mark.parametrize(
    "hidden", [{"state": "draft"}, {"state": "cancelled"}, {"state": "withdrawn"}]
)
def test_run_not_published_does_not_speak_for_the_course(hidden):
    course = make.course()
    make.run(course, starts_on=TODAY + DAY, delivery="online", **hidden)
    listing = ask()
    assert (listing.count, listing.rows[0].when) == (1, "No open dates now")
    assert counts(listing, "delivery")["online"] == 0


def test_company_run_is_neither_listed_nor_counted():
    course = make.course()
    company = make.organisation()
    make.run(course, kind="company", organisation=company, delivery="online")
    listing = ask()
    assert listing.rows[0].when == "No open dates now"
    assert counts(listing, "delivery")["online"] == 0


def test_past_course_is_listed_by_its_latest_run_after_those_with_dates():
    past = make.course("Past")
    make.run(past, starts_on=TODAY - 400 * DAY, delivery="on_site")
    make.run(past, starts_on=TODAY - 30 * DAY, delivery="online")
    make.run(make.course("Undated"), starts_on=None, seats=None)
    make.run(make.course("Next"))
    listing = ask()
    assert titles(listing) == ["Next", "Undated", "Past"]
    assert (listing.rows[2].when, listing.rows[2].starts_on) == ("No open dates now", None)
    assert counts(listing, "delivery") == {"on_site": 2, "online": 1, "blended": 0}


def test_course_without_runs_is_listed_last():
    make.course("Bare")
    make.run(make.course("With a date"))
    assert titles(ask()) == ["With a date", "Bare"]


# --- filters ------------------------------------------------------------------------------


def test_values_of_a_facet_are_alternatives_and_facets_are_met_together():
    for delivery, language in [("online", "fi"), ("blended", "fi"), ("online", "en")]:
        make.run(make.course(f"{delivery} {language}"), delivery=delivery, language=language)
    listing = ask(delivery=("online", "blended"), language=("fi",))
    assert set(titles(listing)) == {"online fi", "blended fi"}


def test_filters_on_runs_are_met_by_one_and_the_same_run():
    course = make.course()
    make.run(course, delivery="online", language="en")
    make.run(course, delivery="on_site", language="fi")
    assert ask(delivery=("online",), language=("fi",)).count == 0
    assert ask(delivery=("online",), language=("en",)).count == 1


def test_facet_leaves_its_own_selection_out_and_counts_the_others():
    digi = make.course("Digi", themes=("digi",))
    make.run(digi, delivery="online")
    make.run(make.course("Talous", themes=("talous",)), delivery="online")
    make.run(make.course("Both", themes=("digi", "talous")), delivery="on_site")
    listing = ask(theme=("digi",), delivery=("online",))
    assert titles(listing) == ["Digi"]
    assert counts(listing, "theme") == {"digi": 1, "talous": 1}
    assert counts(listing, "delivery") == {"on_site": 1, "online": 1, "blended": 0}


def test_course_counts_once_for_a_value_that_several_of_its_runs_have():
    course = make.course()
    make.run(course, delivery="online", starts_on=TODAY + 5 * DAY)
    make.run(course, delivery="online", starts_on=TODAY + 6 * DAY)
    assert counts(ask(), "delivery")["online"] == 1
    assert counts(ask(), "month") == {"2026-11": 1}


def test_every_count_is_what_choosing_it_shows():
    """The list and its facets agree, for every option of every facet, from two different starts."""
    deliveries = ["online", "blended", "on_site"]
    for number in range(12):
        course = make.course(
            themes=("digi",) if number % 3 else ("digi", "talous"),
            institution=make.institution(("tamk", "tty")[number % 2]),
            credits=(None, Decimal(2), Decimal(5))[number % 3],
        )
        for step in range(1 + number % 2):
            make.run(
                course,
                delivery=deliveries[(number + step) % 3],
                language=("fi", "en")[step],
                starts_on=TODAY + (number * 9 + step * 40) * DAY,
                price_net=(None, Decimal(0), Decimal(400), Decimal(3000))[number % 4],
                venue=make.venue(("Tampere", "Oulu")[number % 2]),
            )
    for start in ({}, {"delivery": ("online",), "theme": ("digi",)}):
        for facet in ask(**start).facets:
            for option in facet.options:
                alone = {**start, facet.name: (option.value,)}
                assert ask(**alone).count == option.count, (start, facet.name, option.value)


def test_institution_facet_takes_co_institutions_in():
    course = make.course(institution=make.institution("tamk"))
    course.co_institutions.add(make.institution("tty"))
    make.run(course)
    course.co_institutions.add(course.institution)
    listing = ask(institution=("tty",))
    assert (listing.count, listing.rows[0].institutions) == (1, "TAMK + TTY")
    assert listing.rows[0].institution_slugs == ("tamk", "tty")
    assert counts(ask(), "institution") == {"tamk": 1, "tty": 1}


def test_place_is_the_town_however_it_is_written():
    make.run(venue=make.venue("Tampere"))
    make.run(venue=make.venue(" tampere"))
    listing = ask(place=("tampere",))
    assert listing.count == 2
    assert [(each.value, each.count) for each in listing.options["place"]] == [("tampere", 2)]


@pytest.mark.parametrize(
    ("net", "rate", "bucket"),
    [
        (0, 0, "free"),
        (500, 0, "up-to-500"),
        (Decimal("398.41"), Decimal("25.5"), "up-to-500"),  # with 101.59 of VAT 500.00
        (Decimal("398.42"), Decimal("25.5"), "500-1500"),  # with 101.60 of VAT 500.02
        (1500, 0, "500-1500"),
        (1200, Decimal("25.5"), "over-1500"),
    ],
)
def test_price_is_what_the_buyer_pays(net, rate, bucket):
    make.run(price_net=Decimal(net), vat_rate=Decimal(rate))
    assert [value for value, n in counts(ask(), "price").items() if n] == [bucket]


def test_run_without_a_price_is_in_no_price_range():
    make.run(price_net=None)
    assert not any(counts(ask(), "price").values())


@pytest.mark.parametrize(
    ("points", "bucket"),
    [
        (None, "none"),
        (2, "up-to-2"),
        (Decimal("2.5"), "2-5"),
        (5, "2-5"),
        (10, "5-10"),
        (15, "over-10"),
    ],
)
def test_credits_are_in_ranges(points, bucket):
    make.course(credits=points)
    assert [value for value, n in counts(ask(), "credits").items() if n] == [bucket]


def test_options_without_courses_stay():
    make.run(delivery="online")
    listing = ask(language=("sv",))
    assert [(o.value, o.count, o.is_disabled) for o in listing.options["delivery"]] == [
        ("on_site", 0, True),
        ("online", 0, True),
        ("blended", 0, True),
    ]
    assert [o.is_disabled for o in listing.options["language"]] == [False, False, True]


# --- seats --------------------------------------------------------------------------------


def test_seats_filter_follows_each_enrolment():
    """A1.3"""
    run = make.run(seats=2)
    taken = [make.enrolment(run), make.enrolment(run, status="offered")]
    assert (ask().rows[0].seats_left, ask(seats=("1",)).count) == (0, 0)
    taken[0].status, taken[0].seat, taken[0].ended_at = "cancelled", None, NOW
    taken[0].save()
    listing = ask(seats=("1",))
    assert (listing.rows[0].seats_left, listing.count, counts(listing, "seats")) == (1, 1, {"1": 1})


def test_seats_cannot_be_had_where_enrolment_has_closed_or_the_portal_keeps_none():
    make.run(seats=5, enrolment_closes_at=NOW - DAY)
    make.run(seats=None)
    listing = ask()
    assert {(row.seats_left, row.is_closed) for row in listing.rows} == {(5, True), (None, False)}
    assert counts(listing, "seats") == {"1": 0}


def test_full_next_run_gives_way_to_a_later_one_with_seats():
    course = make.course()
    full = make.run(course, seats=1)
    make.enrolment(full)
    later = make.run(course, seats=1, starts_on=TODAY + 60 * DAY)
    assert ask(seats=("1",)).rows[0].starts_on == later.starts_on


# --- order and pages ----------------------------------------------------------------------


def test_orders():
    make.run(make.course("Äiti"), starts_on=TODAY + DAY, price_net=Decimal(300))
    make.run(make.course("Zorro"), starts_on=TODAY + 2 * DAY, price_net=Decimal(100))
    make.run(make.course("apu"), starts_on=TODAY + 3 * DAY, price_net=None)
    make.run(make.course("Åbo"), starts_on=TODAY + 4 * DAY, price_net=Decimal(200))
    assert titles(ask()) == ["Äiti", "Zorro", "apu", "Åbo"]
    assert titles(ask(sort="price")) == ["Zorro", "Åbo", "Äiti", "apu"]
    assert titles(ask(sort="title")) == ["apu", "Zorro", "Åbo", "Äiti"]
    assert titles(ask(sort="relevance")) == titles(ask())


def test_pages_meet_without_gap_or_overlap():
    for number in range(7):
        make.run(make.course(f"K{number}"), starts_on=TODAY + number * DAY)
    pages = [titles(ask(page=page, size=3)) for page in (1, 2, 3)]
    assert pages == [["K0", "K1", "K2"], ["K3", "K4", "K5"], ["K6"]]
    assert ask(page=3, size=3).is_beyond_end is False
    assert ask(page=4, size=3).is_beyond_end is True


# --- words --------------------------------------------------------------------------------


@pytest.fixture
def find(monkeypatch):
    """Searching by words is tested with search itself; here it answers what a test says."""

    def answer(ranks, corrected=""):
        found = catalogue.search.__globals__["Found"](ranks, corrected)
        monkeypatch.setitem(catalogue.search.__globals__, "find", lambda q, reader: found)

    return answer


def test_words_narrow_and_order_by_relevance(find):
    first, second = make.course("First"), make.course("Second")
    make.run(first, starts_on=TODAY + DAY)
    make.run(second, starts_on=TODAY + 2 * DAY)
    make.run(make.course("Other"))
    find({second.pk: 2.0, first.pk: 1.0})
    assert titles(ask("sana")) == ["Second", "First"]
    assert titles(ask("sana", sort="date")) == ["First", "Second"]
    assert counts(ask("sana"), "month") == {"2026-11": 2, "2026-12": 0}


def test_words_that_find_nothing_show_nothing(find):
    make.run()
    find({})
    listing = ask("qwerty")
    assert (listing.count, listing.without) == (0, {"q": 1})


def test_corrected_words_are_told(find):
    find({}, "tekoäly")
    assert ask("tekoaly").corrected == "tekoäly"


# --- what hides most ----------------------------------------------------------------------


def test_nothing_found_says_what_each_filter_hides():
    make.run(make.course(themes=("digi",)), delivery="online")
    make.run(make.course(themes=("digi",)), delivery="online")
    make.run(make.course(themes=("talous",)), delivery="on_site")
    make.theme("johtaminen")
    assert ask(theme=("digi",), delivery=("on_site",)).without == {"theme": 1, "delivery": 2}
    assert ask(theme=("digi",)).without == {}


# --- names --------------------------------------------------------------------------------


def test_texts_fall_back_and_say_their_language():
    make.run(make.course("Suomeksi", title_sv="På svenska", summary_fi="Tiivistelmä"))
    row = ask(reader="sv").rows[0]
    assert (row.title, row.language) == ("På svenska", "sv")
    assert (row.summary, row.summary_language) == ("Tiivistelmä", "fi")
    assert ask(reader="en").rows[0].title == "Suomeksi"


def test_unknown_values_are_told():
    make.run()
    listing = ask(theme=("nope",), place=("atlantis",), language=("xx",), delivery=("online",))
    assert listing.unknown == [("theme", "nope"), ("place", "atlantis"), ("language", "xx")]


def test_row_tells_time_sessions_and_feed_words():
    run = make.run(starts_on=TODAY + 40 * DAY, notes={"start": "autumn", "cost": "£25"})
    make.session(run, starts_at=NOW + 40 * DAY)
    make.session(run, starts_at=NOW + 41 * DAY)
    row = ask().rows[0]
    assert (row.year, row.starts_at, row.duration) == (2027, NOW + 40 * DAY, "2 sessions")
    assert (row.when, row.cost) == ("", "£25")


# --- the weave ----------------------------------------------------------------------------


def test_weave_counts_themes_by_month_without_their_own_filters():
    make.run(make.course(themes=("digi",)), starts_on=TODAY + 2 * DAY, delivery="online")
    make.run(make.course(themes=("digi",)), starts_on=TODAY + 40 * DAY, delivery="online")
    make.run(make.course(themes=("digi",)), starts_on=TODAY + 40 * DAY, delivery="on_site")
    weave = ask(theme=("digi",), month=("2027-01",), delivery=("online",)).weave
    assert [month.value for month in weave.caption_months] == [
        *("2026-11", "2026-12", "2027-01"),
        *("2027-02", "2027-03", "2027-04"),
    ]
    (row,) = weave.rows
    assert [cell.count for cell in row.cells] == [1, 0, 1, 0, 0, 0]
    assert [cell.is_current for cell in row.cells] == [False, False, True, False, False, False]
    assert row.cells[2].url.endswith("?theme=digi&month=2027-01&delivery=online")
    assert row.cells[1].url is None


def test_weave_begins_with_the_first_month_that_has_something():
    make.run(make.course(themes=("digi",)), starts_on=TODAY + timedelta(days=100))
    assert ask().weave.caption_months[0].value == "2027-03"


# --- cost ---------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [3, 60])
def test_one_statement_whatever_the_number_of_rows(many, django_assert_num_queries):
    course = make.course(themes=("digi",))
    for number in range(many):
        run = make.run(make.course(f"K{number}", themes=("digi",)), venue=make.venue())
        make.session(run)
    assert Run.objects.count() == many
    assert course.pk
    with django_assert_num_queries(1):
        assert len(ask(size=100).rows) == many + 1
