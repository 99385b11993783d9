"""Words of a feed as values: days, prices, credits, levels, addresses, languages (E4.4)."""

from datetime import date
from decimal import Decimal

import pytest

from courses.exchange.xcri import values
from courses.exchange.xcri.days import Day, day, moment
from courses.models import Run


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("2012-09-03", date(2012, 9, 3)),
        ("2012-09-03T00:00:00", date(2012, 9, 3)),
        ("2012-09-03T00:00:00.000Z", date(2012, 9, 3)),
        ("2012-09-03Z", date(2012, 9, 3)),
        ("2012-08-31T23:00:00Z", date(2012, 9, 1)),
        ("2012-09-03T00:00:00+01:00", date(2012, 9, 3)),
        ("2012-9-3", date(2012, 9, 3)),
        ("20120903", date(2012, 9, 3)),
        ("2012/09/03", date(2012, 9, 3)),
        ("03/09/2012 00:00:00", date(2012, 9, 3)),
        ("3.9.2012", date(2012, 9, 3)),
        ("12/25/2012", date(2012, 12, 25)),
        ("3 September 2012", date(2012, 9, 3)),
        ("Monday 3rd September, 2012", date(2012, 9, 3)),
        ("03-Sep-12", date(2012, 9, 3)),
        ("Sep 3, 2012", date(2012, 9, 3)),
        ("maanantai 3. syyskuuta 2012", date(2012, 9, 3)),
        ("måndag 3 september 2012", date(2012, 9, 3)),
    ],
)
def test_reads_a_day(text, on):
    assert day(text) == Day(on, on, is_all=True)


@pytest.mark.parametrize(
    ("text", "on", "until"),
    [
        ("September 2012", date(2012, 9, 1), date(2012, 9, 30)),
        ("Feb. 2012", date(2012, 2, 1), date(2012, 2, 29)),
        ("syyskuu 2012", date(2012, 9, 1), date(2012, 9, 30)),
        ("2012-09", date(2012, 9, 1), date(2012, 9, 30)),
        ("2012", date(2012, 1, 1), date(2012, 12, 31)),
        ("2012/13", date(2012, 1, 1), date(2012, 12, 31)),
    ],
)
def test_reads_a_month_or_a_year_from_its_first_day_to_its_last(text, on, until):
    assert day(text) == Day(on, until, is_all=True)


def test_says_when_the_text_tells_more():
    day_of_many, first_of_two = date(2012, 9, 3), date(2012, 9, 1)
    assert day("Mondays from 3 September 2012") == Day(day_of_many, day_of_many, is_all=False)
    assert day("September 2012 and January 2013") == Day(
        first_of_two, date(2012, 9, 30), is_all=False
    )


def test_reads_the_time_of_an_evening():
    on = date(2012, 9, 3)
    assert day("2012-09-03T18:30:00") == Day(on, on, is_all=True, at="18:30")


@pytest.mark.parametrize(
    "text",
    [
        *("", "TBC", "Flexible", "September", "Autumn 2012", "Mayor 2012", "9.30-16.00"),
        *("0001-01-01T00:00:00", "1900-01-01", "9999-12-31", "31/02/2012", "2012-13-45"),
        "OU qualifications have up to three start points in the year",
    ],
)
def test_reads_no_day_where_none_can_be_meant(text):
    assert day(text) is None


def test_a_day_of_enrolment_is_one_in_finland():
    assert moment(date(2027, 2, 1), ends=False).isoformat() == "2027-02-01T00:00:00+02:00"
    assert moment(date(2027, 7, 1), ends=True).isoformat() == "2027-07-01T23:59:00+03:00"


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Free", "0"),
        ("free of charge", "0"),
        ("No fee.", "0"),
        ("maksuton", "0"),
        ("avgiftsfritt", "0"),
        ("0.0000", "0"),
        ("£0.00", "0"),
        ("€120", "120"),
        ("EUR 1,200.50", "1200.50"),
        ("1 200,50 €", "1200.50"),
        ("1.200 euroa", "1200"),
        ("120 Euros", "120"),
    ],
)
def test_reads_a_price_when_sure(text, price):
    assert values.net_euros(text) == Decimal(price)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "120",
            "84.0000",
            "£120.00",
            "GBP 9000",
            "$20",
            "120-150 €",
            "€120 inc VAT",
            "€120 + VAT",
        ),
        *("from €120", "€120 per day", "UK fee: GBP155.00; Ireland fee: EUR340.00", "€99999999"),
        *("Free for members", "TBC", "See website", "€" + "9" * 100, "-5 €"),
    ],
)
def test_reads_no_price_when_not_sure(text):
    assert values.net_euros(text) is None


def test_shows_a_bare_number_with_two_decimals():
    assert values.shown_cost("84.0000") == "84.00"
    assert values.shown_cost("£84.0000") == "£84.0000"


@pytest.mark.parametrize(
    ("scheme", "value", "points"),
    [
        ("ECTS", "5", "5.0"),
        ("http://purl.org/net/cm/terms/ECTS", "2.5", "2.5"),
        ("CATS", "15", "7.5"),
        ("SCQF", "30 points", "15.0"),
        ("", "5 ECTS", "5.0"),
        ("The Open University", "30", None),
        ("CATS", "0", None),
        ("CATS", "10-20", None),
        ("ECTS", "", None),
    ],
)
def test_converts_credits_at_the_agreed_rate_only(scheme, value, points):
    assert values.ects(scheme, value) == (Decimal(points) if points else None)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("EQF level 6", 6),
        ("SCQF level 7", 5),
        ("SCQF 12", 8),
        ("QCF Level 4", 5),
        ("FHEQ Level 7", 7),
        ("Level 3", None),
        ("SCQF level 99", None),
        ("HND", None),
    ],
)
def test_derives_the_level_from_a_framework_that_is_named(text, level):
    assert values.eqf_level(text) == level


@pytest.mark.parametrize(
    ("code", "words", "delivery"),
    [
        ("CM", [], Run.Delivery.ON_SITE),
        ("ds", [], Run.Delivery.ONLINE),
        ("MM", ["Online"], Run.Delivery.BLENDED),
        ("", ["Distance with attendance"], Run.Delivery.BLENDED),
        ("", ["Distance without attendance"], Run.Delivery.ONLINE),
        ("", ["Self-study"], Run.Delivery.ONLINE),
        ("", ["Evening", "Flexible study [day/eve and/or home/distance]"], Run.Delivery.BLENDED),
        ("??", ["Full Time"], Run.Delivery.ON_SITE),
        ("", [], Run.Delivery.ON_SITE),
    ],
)
def test_knows_where_the_teaching_happens(code, words, delivery):
    assert values.delivery(code, *words) == delivery


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("en", "en"), ("EN", "en"), ("en-GB", "en"), ("eng", "en"), ("English", "en")),
        *(
            ("cy", "cy"),
            ("Welsh", "cy"),
            ("suomi", "fi"),
            ("Finnish and English", "fi"),
            ("pt_BR", "pt"),
        ),
        *(("", ""), ("Taught in several", ""), ("1234", "")),
    ],
)
def test_knows_languages_by_code_and_name(text, code):
    assert values.language_code(text) == code


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://x.example/a?b=1&amp;c=2", "http://x.example/a?b=1&c=2"),
        ("www.x.example/apply", "http://www.x.example/apply"),
        ("x.example/apply", "http://x.example/apply"),
        ("Apply at https://x.example/apply.", "https://x.example/apply"),
        ("HTTPS://X.EXAMPLE", "HTTPS://X.EXAMPLE"),
        ("javascript:alert(1)", ""),
        ("mailto:a@x.example", ""),
        ("01/09/2012 00:00:00", ""),
        ("http://", ""),
        ("http://[::1", ""),
        ("http://x.example/" + "a" * 500, ""),
    ],
)
def test_takes_only_web_addresses(text, address):
    assert values.web_address(text) == address
