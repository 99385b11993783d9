"""Finding courses by words (A1.1)."""

import pytest

from courses import search
from courses.models import Course
from courses.search import index
from tests import factories

pytestmark = pytest.mark.django_db


def indexed(title, **fields):
    course = factories.course(title, **fields)
    index.refresh([course.pk])
    return course


def found(query, language="fi"):
    """Titles, best first."""
    ranks = search.ranked(query, language)
    titles = dict(Course.objects.filter(pk__in=ranks).values_list("pk", "title_fi"))
    return [titles[course] for course in ranks]


@pytest.fixture
def shelf():
    """Some courses that have little in common."""
    for title in (
        "Tekoäly esihenkilön työssä",
        "Muutoksen johtaminen",
        "Julkiset hankinnat",
        "Hitsausliitoksen tarkastus",
        "Etätyön ergonomia",
    ):
        indexed(title)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("hankinnoista", "Julkiset hankinnat"),
        ("hankinnoissammekin", "Julkiset hankinnat"),
        ("HANKINTA", "Julkiset hankinnat"),
        ("hankintakoulutus", "Julkiset hankinnat"),
        ("muutosjohtaminen", "Muutoksen johtaminen"),
        ("muutos johtaminen", "Muutoksen johtaminen"),
        ("johtaja", "Muutoksen johtaminen"),
        ("johtmainen", "Muutoksen johtaminen"),
        ("hitsaus", "Hitsausliitoksen tarkastus"),
        ("hitsaaminen", "Hitsausliitoksen tarkastus"),
        ("liitos", "Hitsausliitoksen tarkastus"),
        ("hitsuas", "Hitsausliitoksen tarkastus"),
        ("etatyo", "Etätyön ergonomia"),
        ("tyo", "Etätyön ergonomia"),
        ("ergon", "Etätyön ergonomia"),
        ("tekoälykoulutuksissa", "Tekoäly esihenkilön työssä"),
        ("tekoalyn", "Tekoäly esihenkilön työssä"),
        ("esimies", "Tekoäly esihenkilön työssä"),
        ("tekoäly:n", "Tekoäly esihenkilön työssä"),
        ("“tekoäly”", "Tekoäly esihenkilön työssä"),
    ],
)
def test_a_word_is_found_in_the_form_people_type_it(query, title):
    assert title in found(query)


def test_a_longer_compound_is_found_by_its_parts_and_the_parts_by_it():
    indexed("Tekoälykoulutus")
    indexed("Tekoäly")
    assert found("tekoäly") == ["Tekoäly", "Tekoälykoulutus"]
    assert found("tekoälykoulutus") == ["Tekoälykoulutus", "Tekoäly"]


def test_the_title_weighs_most_then_the_keywords_then_the_text():
    indexed("Robotti")
    indexed("Toinen", keywords=["robotti"])
    indexed("Kolmas", why_fi="Siitä, mihin robotti sopii.")
    indexed("Neljäs", summary_fi="Robotin rinnalla.")
    assert found("robotti") == ["Robotti", "Toinen", "Neljäs", "Kolmas"]


def test_a_course_with_all_words_comes_before_those_with_some():
    indexed("Tarjous", why_fi="Kirjoita tarjous.")
    indexed("Hinta", why_fi="Laske hinta.")
    indexed("Myynti", why_fi="Tarjous ja sen hinta.")
    assert found("tarjous hinta")[0] == "Myynti"
    assert len(found("tarjous hinta")) == 3


def test_a_rare_word_counts_for_more_than_a_common_one():
    for number in range(5):
        indexed(f"Koulutus {number}")
    indexed("Laakerit", why_fi="Sinulle, joka huollat.")
    assert found("laakerin koulutus")[0] == "Laakerit"


def test_institution_trainer_and_place_are_found_too():
    institution = factories.institution("tty", name_fi="Tampereen teknillinen yliopisto")
    course = factories.course("Betoni", institution=institution)
    course.trainers.add(factories.trainer("Kirsi Halonen"))
    factories.run(course, venue=factories.venue("Hervanta", "Konetalo"))
    index.refresh([course.pk])
    for query in (
        "teknillinen yliopisto",
        "TTY",
        "kirsi halosen kurssi",
        "hervannassa",
        "konetalo",
    ):
        assert found(query) == ["Betoni"], query


def test_free_courses_are_found_as_such():
    free, paid = factories.course("Makupala"), factories.course("Pääruoka")
    factories.run(free, price_net=0)
    factories.run(paid, price_net=100)
    index.refresh([free.pk, paid.pk])
    assert found("ilmainen") == ["Makupala"]
    assert found("free", "en") == ["Makupala"]


def test_a_company_run_tells_nothing():
    course = factories.course("Betoni")
    venue = factories.venue("Nokia")
    factories.run(course, kind="company", organisation=factories.organisation(), venue=venue)
    index.refresh([course.pk])
    assert found("nokia") == []


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("utbildningarna", "sv"),
        ("utbildning", "sv"),
        ("chef", "sv"),
        ("leaders", "en"),
        ("training managers", "en"),
        ("managr", "en"),
        ("leadership", "fi"),
        ("chefsutbildning", "fi"),
    ],
)
def test_swedish_and_english_have_their_base_forms_and_the_finnish_page_knows_them(query, language):
    indexed("Johtaminen", title_sv="Chefsutbildning", title_en="Leadership for managers")
    assert found(query, language) == ["Johtaminen"]


def test_a_course_in_one_language_is_found_on_the_pages_of_the_others():
    indexed("", title_fi="", title_en="Welding inspections")
    assert len(search.ranked("welding inspection", "fi")) == 1
    assert len(search.ranked("welding inspection", "sv")) == 1


@pytest.mark.usefixtures("shelf")
def test_a_misspelt_word_is_put_right_and_said():
    assert search.find("muutoksen johtmainen", "fi").corrected == "muutoksen johtaminen"
    assert search.find("muutoksen johtaminen", "fi").corrected == ""


@pytest.mark.usefixtures("shelf")
def test_a_word_that_is_spelt_right_is_not_put_right():
    indexed("Lyhennetty työviikko")
    assert search.find("ylennetty", "fi") == search.Found()
    assert search.find("lyhennety", "fi").corrected == "lyhennetty"


@pytest.mark.usefixtures("shelf")
def test_stop_words_alone_find_nothing_and_do_not_spoil_others():
    assert found("ja sekä") == []
    assert found("mitä ovat julkiset hankinnat") == ["Julkiset hankinnat"]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "%",
        "' OR 1=1 --",
        "(((",
        "a:*b",
        "\\",
        "!&|",
        "\x00",
        "ﾞ",
        "⑴",
        "\ud800",
        "-",
        "c++ c#",
    ],
)
def test_odd_queries_find_nothing_and_do_no_harm(query):
    assert found(query) == []


@pytest.mark.usefixtures("shelf")
def test_a_very_long_query_is_answered_by_its_first_words():
    assert found("hankinnat " + "x" * 10_000) == ["Julkiset hankinnat"]
    assert found("ö" * 10_000) == []


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("query", ["hankinnat", "hnakinnat tkeoäly", "tuntematon sana"])
def test_a_search_takes_two_queries(query, django_assert_num_queries):
    search.find(query, "fi")  # the connection is open
    with django_assert_num_queries(2):
        search.find(query, "fi")


def test_an_empty_query_takes_none(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert search.find(" ", "fi") == search.Found()
