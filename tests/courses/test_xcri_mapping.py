"""Courses of a feed as values for the catalogue; nothing that was said gets lost (E4.4)."""

import html
import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.exchange.xcri import mapping, places, reading
from courses.exchange.xcri.days import HOME
from courses.exchange.xcri.mapping import NoCourseError
from courses.exchange.xcri.records import Place
from courses.exchange.xcri.sources import Feed
from courses.models import Course, Run
from tests.courses.feeds import FEEDS, course, feed, presentation


def records(source: Feed):
    survey = reading.survey(source)
    providers = places.providers(survey.outline)
    return [
        mapping.course(
            reading.course(piece),
            piece.line,
            providers[piece.provider],
            objectives_ask=survey.objectives_ask,
        )
        for piece in reading.pieces(source)
    ]


@pytest.fixture
def read(tmp_path):
    """The records of a feed, given as the text of courses."""

    def read(*courses: str, attributes: str = ""):
        path = tmp_path / "feed.xml"
        path.write_text(feed(*courses, attributes=attributes))
        return records(Feed(path, 10_000_000))

    return read


# --- what producers do ----------------------------------------------------------------


def test_reads_a_course_with_every_oddity_at_once():
    (record,) = records(Feed(FEEDS / "oddities.xml", 100_000))
    assert record.identifiers == ("http://poppleton.example/cw", "CW1")
    assert record.line == 9
    assert {key: value for key, value in record.values.items() if value} == {
        "title_en": "Creative Writing",
        "title_sv": "Kreativt skrivande",
        "summary_en": "Find your voice.",
        "what_and_how_en": "Find your voice.\n\nThen use it…\n\nNone",
        "why_en": "Author",
        "outcomes_en": "Write a story\nEdit it",
        "subjects": ["Writing", "Creative prose"],
        "keywords": ["story", "novel", "poem"],
        "credits": Decimal("5.0"),
        "eqf_level": 5,
        "format": "course",
        "source_url": "http://www.poppleton.example/cw?a=1&b=2",
        "unmapped": {
            "title": ["Creative Writing (evening)", "Ysgrifennu Creadigol"],
            "identifiers": ["CW1"],
            "subject_codes": {"code": ["W800"], "jacs3": ["W820"]},
            "credit": [
                {"scheme": "CATS", "level": "4", "value": "10"},
                {"scheme": "FHEQ", "level": "4"},
            ],
            "qualification": {"title": "Certificate", "awardedby": "Poppleton University"},
            "url": "http://poppleton.example/other",
            "image": {"src": "http://poppleton.example/cw.png", "alt": "A pen"},
            "regulations": {"href": "http://poppleton.example/rules"},
        },
    }


def test_reads_a_presentation_with_every_oddity_at_once():
    (record,) = records(Feed(FEEDS / "oddities.xml", 100_000))
    run = record.runs[0]
    assert run.place == Place("Town Hall", street="High Street 1", city="Poppleton")
    assert run.values == {
        "name": "Creative Writing, spring",
        "delivery": Run.Delivery.ON_SITE,
        "language": "en",
        "starts_on": date(2027, 2, 1),
        "ends_on": None,
        "enrolment_opens_at": datetime(2026, 9, 1, tzinfo=HOME),
        "enrolment_closes_at": datetime(2027, 1, 31, 23, 59, tzinfo=HOME),
        "apply_url": "",
        "price_net": None,
        "notes": {
            "start": "Mondays from 1 February 2027",
            "end_text": "2026-12-01",
            "apply_until": "January 2027",
            "apply_to": "Write to office@poppleton.example",
            "study_mode": "PT",
            "cost": "£120 (inc VAT) & €10 for materials\nConcessions available",
            "languages": ["cy"],
            "places": "Unlimited",
            "age": "16+",
            "engagement": "Bring a friend",
            "venue": {"phone": "01904 000000"},
            "venues": ["Library"],
            "prerequisites": "A notebook",
            "somethingnew": {"text": "kept", "kind": "x"},
        },
    }


def test_reads_version_1_1():
    (record,) = records(Feed(FEEDS / "xcri_1_1.xml", 100_000))
    assert {key: value for key, value in record.values.items() if value} == {
        "title_en": "Yoga",
        "summary_en": "Yoga for all.",
        "why_en": "Health",
        "what_and_how_en": "Yoga for all.",
        "outcomes_en": "Breathe",
        "prerequisites_en": "A mat",
        "credits": Decimal("1.0"),
        "eqf_level": 3,
        "format": "course",
        "unmapped": {"credit": {"scheme": "SCQF", "level": "5", "value": "2"}},
    }
    (run,) = record.runs
    assert run.place == Place("Gym", street="High Street 2", city="Poppleton")
    assert (run.values["starts_on"], run.values["ends_on"]) == (date(2027, 2, 1), date(2027, 4, 1))
    assert run.values["notes"] == {
        "start_time": "18:30",
        "attendance": "Campus",
        "places": "12",
        "prerequisites": "Entry\n\nNone",
        "enquire_to": "office@poppleton.example",
    }


def test_knows_the_provider_wherever_in_the_feed_it_is_described():
    survey = reading.survey(Feed(FEEDS / "oddities.xml", 100_000))
    (provider,) = places.providers(survey.outline)
    assert provider.names == {"en": "Poppleton College"}
    assert provider.identifiers == ("10099999",)
    assert (provider.url, provider.email) == (
        "http://poppleton.example",
        "office@poppleton.example",
    )
    assert provider.place == Place("Poppleton College", postcode="PP99 1PP", city="Poppleton")


# --- texts and languages ------------------------------------------------------------------


def test_puts_texts_into_their_languages(read):
    body = (
        '<abstract xml:lang="fi">Suomeksi.</abstract><abstract xml:lang="sv">På svenska.</abstract>'
    )
    (record,) = read(course(body=body), attributes='xml:lang="fi"')
    assert (record.values["title_fi"], record.values["title_en"]) == ("Welding", None)
    assert (record.values["summary_fi"], record.values["summary_sv"]) == (
        "Suomeksi.",
        "På svenska.",
    )


def test_takes_texts_without_a_language_for_the_one_they_are_taught_in(read):
    finnish = presentation(body="<mlo:languageOfInstruction>fi</mlo:languageOfInstruction>")
    welsh = presentation(body="<mlo:languageOfInstruction>cy</mlo:languageOfInstruction>")
    first, second = read(course("A", body=finnish), course("B", body=welsh))
    assert (first.values["title_fi"], second.values["title_en"]) == ("Welding", "Welding")
    assert second.runs[0].values["language"] == "cy"


def test_keeps_the_words_of_a_web_page_that_is_no_address(read):
    urls = "<mlo:url>Ask at www.poppleton.example</mlo:url>"
    body = urls + presentation(body="<mlo:url>On request</mlo:url><mlo:url>www.x.example</mlo:url>")
    (record,) = read(course("A", body=body))
    assert record.values["source_url"] == "http://www.poppleton.example"
    assert record.values["unmapped"] == {"url": "Ask at www.poppleton.example"}
    assert record.runs[0].values["notes"] == {"url": "On request\nhttp://www.x.example"}


def test_keeps_what_more_dates_of_one_kind_say(read):
    dates = '<mlo:start dtf="2030-01-07"/><mlo:start>7.2.2030</mlo:start><end>Spring</end><end>May</end>'
    alone = f"<presentation>{dates}</presentation>"
    (record,) = read(course("A", body=alone))
    (run,) = record.runs
    assert (run.values["starts_on"], run.values["ends_on"]) == (date(2030, 1, 7), None)
    assert run.values["notes"] == {"start_text": "7.2.2030", "end": "Spring; May"}


def test_keeps_every_line_of_an_address_and_every_place(read):
    def venue(name, *lines, more=""):
        address = "".join(f"<mlo:address>{line}</mlo:address>" for line in lines)
        location = f"<mlo:location>{address}<mlo:postcode>33100</mlo:postcode>{more}</mlo:location>"
        return f"<venue><provider><dc:title>{name}</dc:title>{location}</provider></venue>"

    hall = venue("Hall", "House B", "Street 1", "Tampere", more="<mlo:phone>1</mlo:phone>")
    loft = venue("Loft", "Road 2", "Pori", more="<mlo:phone>2</mlo:phone>")
    (record,) = read(course("A", body=presentation(body=hall + loft)))
    (run,) = record.runs
    assert run.place == Place("Hall", "House B, Street 1", "33100", "Tampere")
    assert run.values["notes"] == {
        "venue": [{"phone": "1"}, {"phone": "2"}],
        "venues": ["Loft, Road 2, 33100 Pori"],
    }


def test_shows_a_text_in_another_language_rather_than_none(read):
    (record,) = read(course(body='<abstract xml:lang="cy">Yn Gymraeg.</abstract>'))
    assert record.values["summary_en"] == "Yn Gymraeg."


def test_says_the_same_only_once(read):
    body = "<dc:description>All of it. More.</dc:description><dc:description>All of it.</dc:description>"
    (record,) = read(course(body=body))
    assert record.values["what_and_how_en"] == "All of it. More."


def test_mends_an_abstract_chopped_off_at_140_characters(read):
    text = "This course is for those who work with adults. " * 4
    body = f"<abstract>{text[:135]}</abstract><dc:description>{text}</dc:description>"
    (record,) = read(course(body=body))
    assert record.values["summary_en"] == text.strip()
    other = "<dc:description>Something else.</dc:description>"
    (record,) = read(course(body=f"<abstract>{text[:135]}</abstract>{other}"))
    assert record.values["summary_en"] == text[:135].rpartition(" ")[0] + "…"


def test_begins_a_title_that_is_the_end_of_a_sentence(read):
    body = "<mlo:level>Elementary</mlo:level><mlo:qualification><dc:title>Certificate</dc:title></mlo:qualification>"
    (record,) = read(course(title="in Food Hygiene", body=body))
    assert record.title == "Elementary Certificate in Food Hygiene"
    assert record.values["unmapped"]["title"] == ["in Food Hygiene"]


def test_keeps_texts_that_are_too_long_for_their_place(read):
    (record,) = read(course(title="Long " * 100, body=f"<abstract>{'word ' * 5000}</abstract>"))
    assert (len(record.values["title_en"]), len(record.values["summary_en"])) == (295, 19_995)
    assert record.values["unmapped"]["title"] == [("Long " * 100).strip()]
    assert record.values["unmapped"]["summary"] == {"en": ("word " * 5000).strip()}


def test_takes_objectives_that_ask_for_something_as_entry_requirements(read):
    asking = course("A", body="<mlo:objective>One of the following: 2 Highers, HNC</mlo:objective>")
    (record,) = read(asking)
    assert (record.values["outcomes_en"], record.values["prerequisites_en"]) == (
        None,
        "One of the following: 2 Highers, HNC",
    )
    proper = course("B", body="<mlo:prerequisite>None</mlo:prerequisite>")
    record, _other = read(asking, proper)
    assert record.values["outcomes_en"] == "One of the following: 2 Highers, HNC"


def test_lets_the_course_have_what_only_its_runs_say(read):
    one = presentation("1", f"<mlo:prerequisite>{'Grade A. ' * 10}</mlo:prerequisite>")
    two = presentation("2", f"<mlo:prerequisite>{'Grade B. ' * 10}</mlo:prerequisite>")
    (record,) = read(course(body=one + two))
    assert record.values["prerequisites_en"] == ("Grade A. " * 10).strip()
    assert record.runs[0].values["notes"] == {}
    assert record.runs[1].values["notes"] == {"prerequisites": ("Grade B. " * 10).strip()}


# --- entries that cannot be ------------------------------------------------------------------


def test_needs_a_title(read):
    with pytest.raises(NoCourseError, match="it has no title"):
        read(course(title=" <x/> "))


def test_takes_the_title_of_a_run_for_want_of_its_own(read):
    (record,) = read(course(title="", body=presentation(body="<dc:title>Welding I</dc:title>")))
    assert record.title == "Welding I"


def test_is_known_by_its_address_for_want_of_an_identifier(read):
    (record,) = read(course("", body="<mlo:url>http://x.example/w</mlo:url>"))
    assert record.identifiers == ("http://x.example/w",)
    with pytest.raises(NoCourseError, match="neither an identifier nor an address"):
        read(course(""))


# --- places ------------------------------------------------------------------------------------


def venue(inner: str) -> str:
    return presentation(body=f"<venue><provider>{inner}</provider></venue>")


def test_has_no_place_on_the_net(read):
    (record,) = read(course(body=venue("<dc:title>Online</dc:title>")))
    (run,) = record.runs
    assert (run.place, run.values["delivery"]) == (None, Run.Delivery.ONLINE)
    assert run.values["notes"]["venue"] == {"title": "Online"}


def test_tells_places_of_one_identifier_apart(read):
    same = "<dc:identifier>http://x.example</dc:identifier>"
    body = venue(f"{same}<dc:title>North</dc:title>") + venue(f"{same}<dc:title>South</dc:title>")
    (record,) = read(course(body=body))
    assert len({run.place.key for run in record.runs}) == 2


def test_an_empty_venue_is_none(read):
    body = "<dc:title/><mlo:location><mlo:street/><mlo:town/><mlo:postcode>.</mlo:postcode></mlo:location>"
    (record,) = read(course(body=venue(body)))
    assert record.runs[0].place is None


# --- whatever comes ---------------------------------------------------------------------------

NAMES = [
    *(
        "title",
        "identifier",
        "description",
        "subject",
        "url",
        "abstract",
        "credit",
        "value",
        "scheme",
    ),
    *("level", "qualification", "objective", "learningOutcome", "start", "end", "applyFrom"),
    *(
        "applyUntil",
        "applyTo",
        "venue",
        "provider",
        "location",
        "address",
        "postcode",
        "town",
        "cost",
    ),
    *("languageOfInstruction", "studyMode", "attendanceMode", "duration", "type", "unheardOf"),
]
WORDS = st.sampled_from(
    [
        "2027-02-01",
        "2027",
        "€ 5",
        "Free",
        "Online",
        "EN",
        "http://[x",
        "5 ECTS",
        "<p>x<br>",
        "x" * 400,
    ]
) | st.text(max_size=30)
ATTRIBUTES = ["", ' xml:lang="cy"', ' xsi:type="a:topic"', ' identifier="DS"', ' dtf="x"']


def elements(inner):
    """Elements of any name, with an attribute or none, around what is inside."""
    names, attributes = st.sampled_from([*NAMES, "presentation"]), st.sampled_from(ATTRIBUTES)
    return st.lists(st.builds("<{0}{1}>{2}</{0}>".format, names, attributes, inner)).map("".join)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.recursive(WORDS.map(html.escape), elements, max_leaves=12))
def test_makes_of_any_entry_values_that_fit_or_names_what_is_missing(read, inside):
    try:
        records = read(course(body=inside), f"<course>{inside}</course>")
    except NoCourseError:
        return
    for record in records:
        for model, values in [(Course, record.values), *((Run, run.values) for run in record.runs)]:
            for column, value in values.items():
                longest = getattr(model._meta.get_field(column), "max_length", None)
                assert not isinstance(value, str) or not longest or len(value) <= longest
        assert json.loads(json.dumps(record.values["unmapped"])) == record.values["unmapped"]
        places = [run.place for run in record.runs if run.place]
        assert all(len(place.key) <= 255 and len(place.name) <= 200 for place in places)
