"""Template tags: dates, euros, monograms and paths as readers of each language meet them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.paginator import Paginator
from django.utils import translation

from portal import samples
from portal.templatetags import kudelma

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "text"),
    [("fi", "ti 9.2."), ("sv", "tis 9.2"), ("en", "Tue 9 Feb")],
)
def test_day_is_written_as_the_language_does(language, text):
    with translation.override(language):
        assert kudelma.day(date(2027, 2, 9)) == text.replace(" ", NBSP)


def test_day_with_year_takes_the_day_in_helsinki():
    late_in_the_evening = datetime(2027, 2, 9, 22, 30, tzinfo=UTC)
    with translation.override("fi"):
        assert kudelma.day_year(late_in_the_evening) == "ke 10.2.2027".replace(" ", NBSP)


@pytest.mark.parametrize(("language", "text"), [("fi", "9.30"), ("sv", "9.30"), ("en", "9:30")])
def test_clock_shows_helsinki_time(language, text):
    with translation.override(language):
        assert kudelma.clock(datetime(2027, 2, 9, 7, 30, tzinfo=UTC)) == text


@pytest.mark.parametrize(
    ("language", "whole", "cents"),
    [
        ("fi", "1 190 €", "1 190,50 €"),
        ("sv", "1 190 €", "1 190,50 €"),
        ("en", "€1,190", "€1,190.50"),
    ],
)
def test_euros_show_cents_only_when_there_are_some(language, whole, cents):
    with translation.override(language):
        assert kudelma.euros(Decimal("1190.00")) == whole.replace(" ", NBSP)
        assert kudelma.euros(Decimal("1190.50")) == cents.replace(" ", NBSP)


def test_sums_always_show_cents():
    with translation.override("fi"):
        assert kudelma.euros_cents(Decimal(1190)) == "1 190,00 €".replace(" ", NBSP)


@pytest.mark.parametrize(
    "filter_", [kudelma.day, kudelma.clock, kudelma.euros, kudelma.euros_cents]
)
def test_nothing_known_writes_nothing(filter_):
    assert filter_(None) == ""


def test_same_name_gives_same_monogram_in_any_case():
    assert kudelma.monogram("Aino Mäkelä") == {**kudelma.monogram("aino mäkelä"), "initials": "AM"}


def test_monogram_has_two_colours():
    for name in samples.NAMES:
        drawn = kudelma.monogram(name)
        assert drawn["warp"] != drawn["weft"]


def test_every_crossing_of_a_monogram_has_one_thread_above():
    drawn = kudelma.monogram("Aino Mäkelä")
    warp = re.findall(r"M(\d+) (\d+)V(\d+)", drawn["warp_path"])
    weft = re.findall(r"M(\d+) (\d+)H(\d+)", drawn["weft_path"])
    for x in {int(at) for at, _, _ in warp}:
        for y in {int(at) for _, at, _ in weft}:
            above = any(int(at) == x and int(a) <= y <= int(b) for at, a, b in warp)
            below = any(int(at) == y and int(a) <= x <= int(b) for a, at, b in weft)
            assert above != below


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Aino Mäkelä", "AM"), ("Juha von Wright", "JW"), ("Kim", "K"), ("", "")],
)
def test_initials_are_first_and_last(name, letters):
    assert kudelma.initials(name) == letters


def test_crossing_path_places_each_neighbour_on_its_thread():
    steps = kudelma.path_steps(samples.CROSSING)["steps"]
    assert [(step.place, step.row, step.theme) for step in steps] == [
        ("before", 1, "Johtaminen"),
        ("before", 2, "Digi ja tekoäly"),
        ("here", 1, ""),
        ("after", 1, "Johtaminen"),
        ("after", 2, "Digi ja tekoäly"),
    ]


def test_path_draws_the_nearest_neighbours_only():
    theme = samples.THEMES[:1]
    nodes = [
        samples.Node(name, 1, None, here=name == "here")
        for name in ("far", "near", "here", "next", "later")
    ]
    steps = kudelma.path_steps(samples.Path(theme, nodes))["steps"]
    assert [step.node.title for step in steps] == ["near", "here", "next"]


def test_address_may_break_before_its_at_sign_and_is_escaped():
    assert kudelma.address("aino<b>@example.org") == "aino&lt;b&gt;<wbr>@example.org"


def test_phone_number_stays_on_one_line():
    assert kudelma.unbroken("040 123 4567") == "040 123 4567".replace(" ", NBSP)


@pytest.mark.parametrize(
    ("pages", "page", "shown"),
    [
        (5, 3, "1 2 3 4 5"),
        (17, 1, "1 2 3 … 17"),
        (17, 9, "1 … 7 8 9 10 11 … 17"),
        (17, 17, "1 … 15 16 17"),
    ],
)
def test_the_present_page_is_among_the_numbers(pages, page, shown):
    numbers = kudelma.numbers(Paginator(range(pages), 1).page(page))
    assert " ".join(map(str, numbers)) == shown
