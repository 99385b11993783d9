"""A feed imported: new, changed, gone and back; nothing twice, nothing lost (E4.4)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Institution
from courses.exchange.xcri import rows
from courses.exchange.xcri.importing import import_feed
from courses.exchange.xcri.rows import Tally
from courses.exchange.xcri.sources import Feed, UnreadableError
from courses.models import Course, Run, Venue
from courses.search import index
from tests import factories
from tests.courses.feeds import catalog, course, feed, presentation, provider
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def indexed(monkeypatch) -> list[int]:
    """The courses that search was told of; analysing words is slow and has its own tests."""
    told: list[int] = []
    monkeypatch.setattr(index, "refresh", lambda ids, _progress: told.extend(ids))
    return told


@pytest.fixture
def imports(tmp_path):
    """Import the text of a feed and return the report."""

    def imports(text: str, institution: str = "", *, now=NOW, **options):
        path = tmp_path / "feed.xml"
        path.write_text(text)
        return import_feed(Feed(path, 10_000_000), institution, now=now, **options)

    return imports


def shown() -> list[str]:
    return sorted(Course.objects.published().values_list("identifier", flat=True))


# --- the first time and again ------------------------------------------------------------


def test_brings_courses_and_runs_with_their_places(imports, indexed):
    venue = (
        "<venue><provider><dc:title>Hall</dc:title>"
        "<mlo:location><mlo:town>Poppleton</mlo:town></mlo:location></provider></venue>"
    )
    runs = presentation("R-1", venue) + presentation("R-2", venue + "<mlo:cost>€120</mlo:cost>")
    report = imports(feed(course("K-1", "Welding", runs), course("K-2", "Yoga")))
    assert (report.courses, report.runs) == (Tally(new=2), Tally(new=2))
    assert (report.left_out, report.notices, report.is_whole) == ([], [], True)
    made = Course.objects.get(identifier="K-1")
    assert (made.slug, made.title_en, made.published_at) == ("welding", "Welding", NOW)
    run = made.runs.get(identifier="R-2")
    assert (run.state, run.kind, run.capacity) == ("published", "open", None)
    assert (run.starts_on, run.price_net) == (date(2027, 2, 1), Decimal(120))
    assert Venue.objects.get() == run.venue
    assert (run.venue.slug, run.venue.city, run.venue.is_shared) == (
        "hall-poppleton",
        "Poppleton",
        True,
    )
    assert sorted(indexed) == sorted(Course.objects.values_list("pk", flat=True))


def test_the_same_feed_again_changes_nothing(imports):
    text = feed(course("K-1", body=presentation("R-1") + presentation()), course("K-2"))
    imports(text)
    before = list(Course.objects.order_by("pk").values())
    report = imports(text, now=NOW + DAY)
    assert (report.courses, report.runs) == (Tally(unchanged=2), Tally(unchanged=2))
    assert list(Course.objects.order_by("pk").values()) == before


def test_changes_what_changed_and_keeps_the_address_of_the_page(imports):
    imports(feed(course("K-1", "Welding", presentation("R-1")), course("K-2")))
    pk, slug = Course.objects.values_list("pk", "slug").get(identifier="K-1")
    runs = presentation("R-1", start="2027-03-01") + presentation("R-2")
    report = imports(feed(course("K-1", "Welding II", runs), course("K-2")))
    assert report.courses == Tally(changed=1, unchanged=1)
    assert report.runs == Tally(new=1, changed=1)
    changed = Course.objects.get(pk=pk)
    assert (changed.slug, changed.title_en, changed.title) == (slug, "Welding II", "Welding II")
    assert changed.runs.get(identifier="R-1").starts_on == date(2027, 3, 1)


def test_clears_what_the_feed_no_longer_says(imports):
    imports(feed(course(body="<abstract>Short.</abstract><dc:subject>Steel</dc:subject>")))
    imports(feed(course()))
    changed = Course.objects.get()
    assert (changed.summary, changed.summary_en, changed.subjects) == ("", None, [])


def test_what_staff_edit_stays_until_the_feed_changes(imports):
    imports(feed(course("K-1", "Welding", presentation("R-1"))))
    Course.objects.update(title_en="Edited")
    Run.objects.update(state=Run.State.CANCELLED)
    assert imports(feed(course("K-1", "Welding", presentation("R-1")))).courses == Tally(
        unchanged=1
    )
    assert Course.objects.get().title_en == "Edited"
    imports(feed(course("K-1", "Welding II", presentation("R-1", start="2027-03-01"))))
    assert Course.objects.get().title_en == "Welding II"
    assert Run.objects.get().state == Run.State.CANCELLED


def test_keeps_the_terms_on_which_people_enrolled(imports):
    imports(feed(course(body=presentation("R-1"))))
    closes = NOW + 10 * DAY
    Run.objects.update(capacity=10, enrolment_closes_at=closes, price_net=50)
    imports(feed(course(body=presentation("R-1", "<mlo:cost>€99</mlo:cost>", "2027-03-01"))))
    run = Run.objects.get()
    assert (run.capacity, run.enrolment_closes_at, run.price_net) == (10, closes, Decimal(50))
    assert run.starts_on == date(2027, 3, 1)


# --- gone and back -----------------------------------------------------------------------


def test_unpublishes_what_is_gone_and_publishes_it_when_it_is_back(imports):
    both = feed(course("K-1"), course("K-2"))
    imports(both)
    report = imports(feed(course("K-1")), now=NOW + DAY)
    assert report.courses == Tally(unchanged=1, withdrawn=1)
    gone = Course.objects.get(identifier="K-2")
    assert (gone.withdrawn_at, shown()) == (NOW + DAY, ["K-1"])
    assert imports(feed(course("K-1"))).courses == Tally(unchanged=1)
    report = imports(both)
    assert report.courses == Tally(changed=1, unchanged=1, returned=1)
    assert shown() == ["K-1", "K-2"]


def test_withdraws_a_run_that_is_gone_and_brings_it_back(imports):
    both = feed(course(body=presentation("R-1") + presentation("R-2")))
    imports(both)
    report = imports(feed(course(body=presentation("R-1"))))
    assert report.runs == Tally(unchanged=1, withdrawn=1)
    assert Run.objects.get(identifier="R-2").state == Run.State.WITHDRAWN
    report = imports(both)
    assert report.runs == Tally(changed=1, unchanged=1, returned=1)
    assert Run.objects.get(identifier="R-2").state == Run.State.PUBLISHED


def test_a_course_that_staff_unpublished_stays_so(imports):
    imports(feed(course("K-1", "Welding")))
    Course.objects.update(withdrawn_at=NOW)
    imports(feed(course("K-1", "Welding")))
    imports(feed(course("K-1", "Welding II")))
    assert shown() == []


def test_leaves_courses_alone_that_no_feed_brought(imports):
    own = factories.course(institution=factories.institution("poppleton-college"))
    other = factories.course()
    imports(feed(course("K-1")))
    assert set(Course.objects.published()) >= {own, other}


@pytest.mark.parametrize("cut", [12, 30, 150])
def test_a_feed_that_breaks_off_unpublishes_nothing(imports, cut):
    text = feed(course("K-1"), course("K-2"), course("K-3"))
    imports(text)
    report = imports(text[:-cut])
    assert (report.is_whole, report.courses.withdrawn) == (False, 0)
    assert report.notices == ["The feed breaks off before its end, so nothing is unpublished."]
    assert shown() == ["K-1", "K-2", "K-3"]


def test_an_entry_that_became_unreadable_is_not_gone(imports):
    imports(feed(course("K-1"), course("K-2"), course("K-3")))
    report = imports(feed(course("K-1"), course("K-2", body="<b>")))
    assert [(each.line, each.identifier) for each in report.left_out] == [(4, "K-2")]
    assert shown() == ["K-1", "K-2"]
    nameless = course("K-1").replace("dc:identifier", "dc:id", 1)
    report = imports(feed(nameless))
    assert report.courses.withdrawn == 0
    assert "does not even show its identifier" in report.notices[0]


def test_a_list_of_changes_unpublishes_only_what_it_says_is_deleted(imports):
    imports(feed(course("K-1"), course("K-2"), course("K-3")))
    deleted = course("K-2").replace("<course>", '<course recstatus="3">')
    report = imports(feed(deleted, course("K-4").replace("<course>", '<course recstatus="1">')))
    assert report.courses == Tally(new=1, withdrawn=1)
    assert shown() == ["K-1", "K-3", "K-4"]


def test_a_feed_without_any_course_is_taken_for_broken(imports):
    imports(feed(course("K-1")))
    with pytest.raises(UnreadableError, match="holds no course"):
        imports(feed())
    assert shown() == ["K-1"]


# --- entries that cannot be, or are there twice --------------------------------------------


def test_names_what_it_leaves_out_and_brings_the_rest(imports):
    report = imports(
        feed(
            course("K-1"),
            course("K-2", body="<dc:subject>x</dc:title>"),
            course("K-3", title=""),
            course(""),
            course("K-1", title="Something else"),
            course("K-4"),
        )
    )
    assert [(each.line, each.identifier, each.reason[:33]) for each in report.left_out] == [
        (4, "K-2", "it is not well-formed XML: Openin"),
        (5, "K-3", "it has no title"),
        (6, "", "it has neither an identifier nor "),
        (7, "K-1", "its identifier is that of “Weldin"),
    ]
    assert (shown(), report.courses.new) == (["K-1", "K-4"], 2)


def test_joins_an_entry_repeated_under_the_same_title(imports):
    text = feed(
        course("K-1", "Welding", presentation("R-1")),
        course("K-2", "Yoga"),
        course("K-1", "WELDING", presentation("R-1") + presentation("R-2")),
    )
    report = imports(text)
    assert (report.courses, report.runs, report.repeated) == (Tally(new=2), Tally(new=2), 1)
    assert imports(text).courses == Tally(unchanged=2)


def test_takes_the_identifier_that_only_this_course_has(imports):
    shared = '<dc:identifier xsi:type="internalID">{}</dc:identifier>'
    courses = [course("http://x.example/all", name, shared.format(name)) for name in ("A", "B")]
    imports(feed(*courses))
    assert shown() == ["A", "B"]
    assert imports(feed(*reversed(courses))).courses == Tally(unchanged=2)


def test_tells_runs_apart_that_share_an_identifier_or_have_none(imports):
    runs = [
        presentation("K-1", start="2027-02-01"),
        presentation("K-1", start="2027-03-01"),
        presentation("", start="2027-04-01"),
        presentation("", start="2027-04-01"),
        presentation("", "<mlo:cost>Free</mlo:cost>", start="2027-04-01"),
    ]
    assert imports(feed(course("K-1", body="".join(runs)))).runs == Tally(new=4)
    report = imports(feed(course("K-1", body="".join(reversed(runs)))))
    assert (report.courses, report.runs.new, report.runs.withdrawn) == (Tally(unchanged=1), 0, 0)


def test_identifiers_that_differ_in_case_are_different(imports):
    assert imports(feed(course("k-1", "One"), course("K-1", "Two"))).courses == Tally(new=2)


def test_shortens_what_is_too_long_without_losing_it(imports):
    long = "http://x.example/" + "a" * 300
    text = feed(course(f"{long}1", "One"), course(f"{long}2", "Two", presentation(long)))
    assert imports(text).courses == Tally(new=2)
    assert imports(text).courses == Tally(unchanged=2)


def test_gives_every_course_a_page_of_its_own(imports):
    factories.course(slug="welding")
    imports(feed(course("K/1"), course("K/2"), course("X/2"), course("Ж", "Школа")))
    slugs = dict(Course.objects.values_list("identifier", "slug"))
    assert (slugs["K/1"], slugs["K/2"]) == ("welding-1", "welding-2")
    assert slugs["X/2"].startswith("welding-")
    assert slugs["Ж"]


def test_loses_only_what_the_database_refuses(imports, monkeypatch):
    monkeypatch.setattr(rows.slugs, "free", lambda _rows, wished: ["same"] * len(wished))
    report = imports(feed(course("K-1"), course("K-2")))
    assert (report.courses, shown()) == (Tally(new=1), ["K-1"])
    (refused,) = report.left_out
    assert (refused.line, refused.identifier) == (4, "K-2")
    assert refused.reason.startswith("the database refuses it: duplicate key")


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_bring_everything_once(imports):
    text = feed(*(course(f"K-{no}", f"Course {no}", presentation("R-1")) for no in range(120)))
    start = threading.Barrier(2)

    def run(_no):
        start.wait()
        try:
            return imports(text).courses
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        tallies = list(pool.map(run, range(2)))
    assert sum(tally.new for tally in tallies) == 120
    assert sum(tally.unchanged for tally in tallies) == 120
    assert (Course.objects.count(), Run.objects.count()) == (120, 120)


# --- themes ---------------------------------------------------------------------------------


def test_puts_courses_under_the_themes_that_claim_their_subjects(imports):
    theme = factories.theme("tekniikka")
    text = feed(course(body="<dc:subject>STEEL</dc:subject>"))
    imports(text)
    assert not Course.objects.get().themes.exists()
    theme.subjects = ["Steel"]
    theme.save()
    assert imports(text).courses == Tally(changed=1)
    assert list(Course.objects.get().themes.all()) == [theme]


# --- whose the courses are ---------------------------------------------------------------------


def test_makes_the_institution_from_the_provider(imports):
    imports(feed(course()))
    made = Institution.objects.get(slug="poppleton-college")
    assert (made.name_en, made.short_name, made.identifier) == (
        *("Poppleton College", "Poppleton College"),
        "P-1",
    )
    imports(feed(course()).replace("Poppleton College", "Poppleton University"))
    assert Institution.objects.filter(identifier="P-1").get() == made


def test_makes_the_institution_under_the_slug_asked_for(imports):
    imports(feed(course()), "poppleton")
    assert Course.objects.get().institution.slug == "poppleton"
    assert imports(feed(course())).courses == Tally(unchanged=1)


def test_gives_the_courses_to_an_institution_that_exists(imports):
    owner = factories.institution("tamk")
    imports(feed(course()), "tamk")
    owner.refresh_from_db()
    assert (Course.objects.get().institution, owner.name, owner.identifier) == (
        owner,
        "TAMK",
        "P-1",
    )


def test_each_provider_is_an_institution_unless_one_is_named(imports):
    text = catalog(
        provider(course("K-1"), name="One", identifier="1"),
        provider(course("K-1", "Yoga"), course("K-2"), name="Two", identifier="2"),
    )
    report = imports(text)
    assert (report.institutions, report.courses) == (["one", "two"], Tally(new=3))
    assert imports(text).courses == Tally(unchanged=3)
    report = imports(text.replace("<provider>", "<dc:title>All</dc:title><provider>", 1), "all")
    assert (report.institutions, Institution.objects.get(slug="all").name_en) == (["all"], "All")
    assert [each.identifier for each in report.left_out] == ["K-1"]


def test_needs_to_know_whose_the_courses_are(imports):
    text = (
        feed(course())
        .replace("<dc:identifier>P-1</dc:identifier>", "")
        .replace("<dc:title>Poppleton College</dc:title>", "")
    )
    with pytest.raises(UnreadableError, match="--institution"):
        imports(text)
    assert imports(text, "poppleton").courses == Tally(new=1)


def test_refuses_a_slug_that_is_none(imports):
    with pytest.raises(UnreadableError, match="cannot be an institution's slug"):
        imports(feed(course()), "Poppleton College!")


# --- without doing it ------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_done_and_does_nothing(imports, indexed):
    report = imports(feed(course("K-1", body=presentation("R-1"))), dry_run=True)
    assert (report.courses, report.runs) == (Tally(new=1), Tally(new=1))
    assert not Course.objects.exists()
    assert not Institution.objects.filter(slug="poppleton-college").exists()
    imports(feed(course("K-1"), course("K-2")))
    indexed.clear()
    report = imports(feed(course("K-1", "Yoga")), dry_run=True)
    assert report.courses == Tally(changed=1, withdrawn=1)
    assert (shown(), indexed) == (["K-1", "K-2"], [])


def test_tells_how_far_it_is(imports):
    told = []
    text = feed(*(course(f"K-{no}", f"Course {no}") for no in range(120)))
    imports(text, progress=lambda *step: told.append(step))
    assert told == [("imported", done, 120) for done in (50, 100, 120)]


def test_a_batch_costs_the_same_number_of_queries_however_many_are_in_it(
    imports, django_assert_num_queries
):
    def many(count):
        body = presentation("R-1") + presentation("R-2")
        return feed(*(course(f"K-{no}", f"Course {no}", body) for no in range(count)))

    imports(many(1))
    with django_assert_num_queries(19):
        imports(many(40))
