"""The catalogue's page and the course's: status, content, access, queries (A1.2, A1.5, A2.2, E2)."""

import json
from decimal import Decimal

import pytest
from lxml import html

from accounts.roles import Role
from tests import factories as make
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db

LIST = "/en/courses/"


@pytest.fixture(autouse=True)
def _now(set_clock):
    set_clock(NOW)


@pytest.fixture
def get(client):
    def fetch(url=LIST, status=200, **headers):
        response = client.get(url, headers=headers)
        assert response.status_code == status
        return html.fromstring(response.content)

    return fetch


def text(node, selector):
    return [" ".join(each.text_content().split()) for each in node.cssselect(selector)]


def data(node):
    return json.loads(node.cssselect('script[type="application/ld+json"]')[0].text_content())


# --- the catalogue ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        *("page=abc", "page=0", "page=-1", "page=1.5", "page=" + "9" * 400),
        *("price=-1", "price=free&price=cheap", "credits=x", "seats=2", "sort=password"),
        *("month=2026-13", "month=yesterday", "delivery=by+post", "language=xx"),
        *("theme=nope", "theme=__proto__", "institution=%27%3B--", "place=atlantis"),
        "q=" + "a" * 201,
    ],
)
def test_wrong_value_is_told_above_a_page_that_helps(get, query):
    make.run(make.course("Still there"))
    wrong = get(f"{LIST}?{query}", status=400)
    assert text(wrong, "main [role=alert] li")
    assert text(wrong, ".course-row__title") == ["Still there"]


def test_refusal_is_in_the_language_of_the_reader(get, settings):
    wrong = get("/sv/utbildningar/?page=abc", status=400)
    assert wrong.get("lang") == "sv"


@pytest.mark.parametrize("query", ["q=" + "a" * 10_000, "q=%00", "theme=%00", "q=%ff%fe"])
def test_bytes_that_no_form_sends_are_refused(get, query):
    assert text(get(f"{LIST}?{query}", status=400), "h1")


def test_unknown_parameters_are_ignored(get):
    get(f"{LIST}?utm_source=mail&page=&theme=&seats=")


def test_page_beyond_the_end_leads_to_the_first(get):
    make.run(make.course(themes=("digi",)))
    beyond = get(f"{LIST}?theme=digi&page=7", status=404)
    assert beyond.cssselect("main [role=alert] a")[0].get("href") == f"{LIST}?theme=digi"


def test_filters_are_ticked_boxes_and_removable_chips(get):
    make.run(make.course(themes=("digi",)), delivery="online")
    shown = get(f"{LIST}?theme=digi&delivery=online&sort=price")
    ticked = [box.get("id") for box in shown.cssselect("#filters input[checked]")]
    assert ticked == ["theme-digi", "delivery-online"]
    chips = [
        (chip.get("href"), chip.text_content().split()[:2]) for chip in shown.cssselect(".chip")
    ]
    assert chips[0] == (f"{LIST}?delivery=online&sort=price", ["Remove", "filter:"])
    assert [href for href, _ in chips[1:]] == [f"{LIST}?theme=digi&sort=price", LIST]


def test_options_without_courses_are_disabled_but_there(get):
    make.run(delivery="online")
    shown = get()
    assert [box.get("id") for box in shown.cssselect("input[name=delivery][disabled]")] == [
        *("delivery-on_site", "delivery-blended"),
    ]


def test_seats_are_told_while_they_can_be_had(get):
    make.run(seats=12, starts_on=TODAY + DAY)
    make.run(seats=12, starts_on=TODAY + 2 * DAY, enrolment_closes_at=NOW)
    assert text(get(), ".seat-tag") == ["12 seats left", "Enrolment closed"]


def test_every_id_is_there_once_and_no_part_breaks_the_policy(get):
    make.run(make.course(themes=("digi",)), venue=make.venue("New York"))
    shown = get()
    ids = shown.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert not [each for each in ids if " " in each]
    assert not shown.xpath("//@style | //@onclick | //style")
    assert not shown.xpath("//script[not(@src) and not(@type='application/ld+json')]")


def test_pages_of_twenty_with_links_to_the_next(get):
    for _ in range(41):
        make.run()
    second = get(f"{LIST}?page=2")
    assert len(second.cssselect(".course-row")) == 20
    assert second.cssselect("a[rel=next]")[0].get("href") == "?page=3"
    assert second.cssselect("a[rel=prev]")
    assert text(second, ".pager a[aria-current=page]") == ["Page 2"]


def test_nothing_found_names_the_filter_that_hides_most_and_whom_to_ask(get):
    make.run(make.course(themes=("digi",)), delivery="online")
    make.theme("talous")
    empty = get(f"{LIST}?theme=talous&delivery=online")
    hint = text(empty, ".empty p")[0]
    assert "“Theme”" in hint
    assert "without it there is 1 course." in hint
    assert empty.cssselect(".empty a.button")[0].get("href") == f"{LIST}?delivery=online"
    assert empty.cssselect('.empty a[href^="mailto:"]')


def test_htmx_gets_what_changes_and_the_address(client):
    make.run(make.course(themes=("digi",)))
    response = client.get(f"{LIST}?theme=digi&q=", headers={"HX-Request": "true"})
    part = html.fragment_fromstring(response.content.decode(), create_parent=True)
    assert [each.get("id") for each in part if each.get("id")] == [
        *("results", "languages", "weave", "facets-summary", "facet-groups", "status"),
    ]
    assert text(part, "#status") == ["1 course found"]
    assert response.headers["HX-Push-Url"] == f"{LIST}?theme=digi"
    assert "HX-Request" in response.headers["Vary"]


def test_htmx_restoring_history_gets_the_whole_page(get):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert get(LIST, **headers).cssselect("header")


@pytest.mark.parametrize(
    ("query", "canonical", "robots"),
    [
        ("", LIST, []),
        ("?theme=digi", f"{LIST}?theme=digi", []),
        ("?theme=digi&sort=price", f"{LIST}?theme=digi", []),
        ("?page=2", f"{LIST}?page=2", []),
        ("?theme=digi&delivery=online", LIST, ["noindex, follow"]),
        ("?q=x", LIST, ["noindex, follow"]),
    ],
)
def test_search_engines_index_one_filter_at_most(get, settings, query, canonical, robots):
    for _ in range(21):
        make.run(make.course(themes=("digi",)), delivery="online")
    shown = get(f"{LIST}{query}")
    (link,) = shown.cssselect("link[rel=canonical]")
    assert link.get("href") == settings.BASE_URL + canonical
    assert shown.xpath("//meta[@name='robots']/@content") == robots


@pytest.mark.parametrize("many", [3, 60])
def test_catalogue_costs_one_query(client, django_assert_num_queries, many):
    for number in range(many):
        run = make.run(make.course(themes=("digi",)), starts_on=TODAY + number * DAY)
        make.session(run)
    with django_assert_num_queries(1):
        client.get(LIST)


def test_signed_in_costs_two_more(client, django_assert_num_queries):
    make.run()
    client.force_login(make.user())
    with django_assert_num_queries(3):
        client.get(LIST)


# --- a course -----------------------------------------------------------------------------


@pytest.fixture
def course():
    made = make.course(
        "Tekoäly esihenkilön työssä",
        slug="tekoaly",
        themes=("digi",),
        summary_fi="Opi päättämään.",
        why_fi="Syy.\n\n- yksi\n- kaksi",
        what_and_how_fi="Näin.",
        our_skill_fi="Osaamme.",
        outcomes_fi="Osaat a\nOsaat b",
        credits=Decimal(5),
        hours=135,
    )
    made.trainers.add(make.trainer())
    return made


def test_three_answers_are_headings(get, course):
    """A1.5"""
    make.run(course)
    shown = get("/fi/koulutukset/tekoaly/")
    main = [each.get("id") for each in shown.cssselect(".split__main h2")]
    assert main == ["why", "what", "skill"]
    assert text(shown, "#why ~ div li") == ["yksi", "kaksi"]
    assert len(shown.cssselect("h1")) == 1


def test_seats_and_total_with_vat_stand_beside_the_button(get, course):
    run = make.run(course, seats=3, price_net=Decimal(1000), vat_rate=Decimal("25.5"))
    make.enrolment(run)
    booking = get("/en/courses/tekoaly/").cssselect(".booking")[0]
    assert text(booking, ".seat-tag") == ["2 seats left"]
    assert text(booking, ".price-sum dd") == ["€1,000.00", "€255.00", "€1,255.00"]
    (button,) = booking.cssselect("a.button")
    assert button.get("href") == f"/en/courses/tekoaly/{run.pk}/enrol/"


def test_full_run_offers_the_queue_with_its_length(get, course):
    run = make.run(course, seats=1)
    make.enrolment(run)
    make.enrolment(run, status="waiting")
    make.enrolment(run, status="waiting")
    booking = get("/en/courses/tekoaly/").cssselect(".booking")[0]
    assert "(2 ahead)" in text(booking, "a.button")[0]
    assert text(booking, ".seat-tag") == ["Full: waiting list open"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"enrolment_closes_at": NOW - DAY}, "Enrolment has closed."),
        (
            {"enrolment_opens_at": NOW + DAY, "enrolment_closes_at": NOW + 9 * DAY},
            "Enrolment opens Tue 24 Nov 2026 at 12:00.",
        ),
        ({"seats": None}, "Ask the person below how to take part."),
        ({"seats": None, "apply_url": "https://example.org/x"}, "Enrol on the pages of TAMK"),
        ({"state": "cancelled"}, "Cancelled"),
    ],
)
def test_run_one_cannot_enrol_on_says_why(get, course, fields, said):
    make.run(course, **fields)
    booking = get("/en/courses/tekoaly/").cssselect(".booking")[0]
    assert said in " ".join(text(booking, "p"))
    assert not booking.cssselect('a[href$="/enrol/"]')


def test_ones_own_run_leads_to_ones_pages(client, get, course):
    learner = make.user()
    make.enrolment(make.run(course), learner.person)
    client.force_login(learner)
    booking = get("/en/courses/tekoaly/").cssselect(".booking")[0]
    (link,) = booking.cssselect("a.button")
    assert link.get("href") == "/en/me/"
    assert "You are enrolled" in link.text_content()


def test_past_course_stays_and_says_so(get, course):
    make.run(course, starts_on=TODAY - 30 * DAY, enrolment_closes_at=NOW - 31 * DAY)
    shown = get("/en/courses/tekoaly/")
    assert text(shown, "#booking-title") == ["No open dates now"]
    assert text(shown, ".booking summary") == ["1 earlier date"]


def test_sessions_are_in_helsinki_time(get, course):
    run = make.run(course, venue=make.venue("Tampere", "Kuntokatu 3"))
    make.session(run, starts_at=NOW + 14 * DAY, topic_fi="Alku")
    cells = text(get("/fi/koulutukset/tekoaly/"), "tbody td")
    assert "12" in cells[0]
    assert "18" in cells[0]
    assert cells[1:] == ["Alku", "Kuntokatu 3"]


def test_a_cancelled_run_is_told_and_is_not_the_next(get, course):
    cancelled = make.run(course, state="cancelled", starts_on=TODAY + DAY, ends_on=TODAY + DAY)
    make.session(cancelled)
    alone = get("/en/courses/tekoaly/")
    assert text(alone, "#booking-title") == ["No open dates now"]
    assert text(alone, ".opening-run__dates, .booking .seat-tag") == ["24 Nov 2026", "Cancelled"]
    assert not alone.cssselect(".booking .price-sum, .booking .price, .booking .button, tbody td")
    make.run(course, starts_on=TODAY + 9 * DAY, ends_on=TODAY + 9 * DAY)
    with_another = get("/en/courses/tekoaly/")
    assert text(with_another, "#booking-title") == ["Dates and enrolment"]
    assert text(with_another, ".key-facts time") == ["Wed 2 Dec 2026"]


def test_lists_have_no_blank_before_a_comma(get, course):
    venue = make.venue("Tampere", "Pääkampus")
    venue.street, venue.postcode = "Kuntokatu 3", "33520"
    venue.save()
    make.session(make.run(course, venue=venue))
    course.trainers.add(make.trainer(title_fi="lehtori", institution=course.institution))
    shown = get("/fi/koulutukset/tekoaly/")
    assert sorted(text(shown, ".trainer p")) == ["Petri Laakso", "Petri Laakso, lehtori, TAMK"]
    assert text(shown, "#what ~ p") == ["Pääkampus, Kuntokatu 3, 33520 Tampere"]


def test_a_blended_runs_session_without_a_venue_is_online(get, course):
    campus, annex = make.venue(name="Pääkampus"), make.venue(name="Konetalo")
    run = make.run(course, venue=campus, delivery="blended")
    for days, venue in enumerate((campus, annex, None)):
        make.session(run, starts_at=NOW + (14 + days) * DAY, venue=venue)
    cells = text(get("/fi/koulutukset/tekoaly/"), "tbody td:last-child")
    assert cells == ["Pääkampus", "Konetalo", "verkossa"]


def test_fall_back_texts_are_marked_and_said(get, course):
    make.run(course)
    course.title_sv = "AI i chefens arbete"
    course.save()
    swedish = get("/sv/utbildningar/tekoaly/")
    assert swedish.cssselect("h1")[0].get("lang") is None
    assert swedish.cssselect(".lead")[0].get("lang") == "fi"
    assert swedish.cssselect("#why ~ div")[0].get("lang") == "fi"
    assert text(swedish, ".split__head .note")
    assert not get("/fi/koulutukset/tekoaly/").cssselect(".split__head .note")


def test_titles_in_another_language_than_the_page_are_marked(client, get, course):
    other = make.course("Muu kurssi", themes=("digi",), slug="muu", title_en="Another course")
    run = make.run(course)
    make.session(run, topic_fi="Alku", starts_at=NOW + 14 * DAY)
    make.run(other, starts_on=TODAY + 20 * DAY)
    marked = ".path-step__title[lang], .related [lang]"
    assert text(get("/en/courses/muu/"), marked) == [course.title, course.title]
    assert text(get("/fi/koulutukset/muu/"), marked) == []
    enrol, done = (f"/en/courses/tekoaly/{run.pk}/{page}/" for page in ("enrol", "done"))
    assert text(get(enrol), "main span[lang=fi]") == [course.title, course.title, "Alku"]
    learner = make.user()
    make.enrolment(run, learner.person)
    client.force_login(learner)
    assert text(get(done), "main span[lang=fi]") == [course.title, "Alku"]
    assert text(get("/en/me/"), "main span[lang=fi]") == [course.title] * 4


def test_contact_is_the_courses_then_the_institutions_then_the_sites(get, course, settings):
    make.run(course)
    assert text(get("/en/courses/tekoaly/"), ".person__name") == [settings.SITE_NAME]
    course.institution.contact = make.staff(None, "coordinator", name="Aino Mäkelä")
    course.institution.save()
    assert text(get("/en/courses/tekoaly/"), ".person__name") == ["Aino Mäkelä"]
    course.contact = make.staff(None, "trainer", name="Petri Laakso")
    course.save()
    assert text(get("/en/courses/tekoaly/"), ".person__name") == ["Petri Laakso"]


def test_texts_of_a_feed_are_shown_as_text(get):
    make.course(
        "<b>Bold</b>",
        slug="feed",
        why_fi="<script>alert(1)</script> & https://example.org/a",
        unmapped={"qualification": [{"title": "SVQ <i>2</i>"}], "empty": ""},
    )
    shown = get("/fi/koulutukset/feed/")
    assert text(shown, "h1") == ["<b>Bold</b>"]
    assert not shown.xpath("//main//script")
    assert shown.cssselect("#why ~ div a")[0].get("rel") == "nofollow"
    assert text(shown, ".kept-facts dd") == ["Title: SVQ <i>2</i>"]


def test_path_and_related_courses(get, course):
    make.run(course, starts_on=TODAY + 20 * DAY)
    for title, days in [("Much earlier", 1), ("Before", 15), ("After", 25), ("Later", 90)]:
        make.run(make.course(title, themes=("digi",)), starts_on=TODAY + days * DAY)
    make.run(make.course("Elsewhere", themes=("talous",)))
    shown = get("/en/courses/tekoaly/")
    assert text(shown, ".path-step__title") == ["Before", "Tekoäly esihenkilön työssä", "After"]
    related = [link.split()[0] for link in text(shown, "#related + ul a")]
    assert related == ["Before", "After", "Much", "Later"]


# --- who sees what ------------------------------------------------------------------------


def test_company_run_is_seen_by_the_organisations_people_only(client, get, course):
    """A2.2"""
    colleague, stranger = make.user(), make.user()
    company = make.organisation("Konepaja Oy", colleague.person)
    make.run(course, kind="company", organisation=company)
    secret = "For the people of Konepaja Oy"
    assert secret not in text(get("/en/courses/tekoaly/"), "p")
    client.force_login(stranger)
    assert secret not in text(get("/en/courses/tekoaly/"), "p")
    client.force_login(colleague)
    assert secret in text(get("/en/courses/tekoaly/"), "p")


def test_unpublished_course_is_there_for_its_institutions_editors_only(client, get):
    draft = make.course(slug="draft", published_at=None)
    get("/en/courses/draft/", status=404)
    client.force_login(make.staff(make.institution("tty"), Role.COORDINATOR))
    get("/en/courses/draft/", status=404)
    client.force_login(make.staff(draft.institution, Role.COORDINATOR))
    get("/en/courses/draft/")


def test_withdrawn_course_is_gone_with_help(get):
    make.course("Mennyt", slug="mennyt", themes=("digi",), withdrawn_at=NOW - DAY)
    make.run(make.course("Sen sijaan", themes=("digi",)))
    gone = get("/en/courses/mennyt/", status=410)
    assert text(gone, "h1") == ["Mennyt"]
    assert text(gone, "#related + ul a")[0].startswith("Sen sijaan")
    assert gone.cssselect("#q")


def test_unknown_slug_names_the_nearest(get):
    make.course("Tekoäly", slug="tekoaly-esihenkilon-tyossa")
    make.course("Muu", slug="rakennusfysiikka")
    lost = get("/en/courses/tekoali-esihenkilo/", status=404)
    assert text(lost, "#nearest ~ ul li") == ["Tekoäly"]


# --- search engines and shared links --------------------------------------------------------


def test_course_is_told_in_schema_org(get, course, settings):
    """E2.1"""
    run = make.run(course, seats=2, delivery="blended", venue=make.venue("Tampere", "Talo"))
    told = data(get("/en/courses/tekoaly/"))
    assert (told["@type"], told["name"]) == ("Course", "Tekoäly esihenkilön työssä")
    (instance,) = told["hasCourseInstance"]
    assert instance["startDate"] == run.starts_on.isoformat()
    assert (instance["courseMode"], instance["courseWorkload"]) == ("Blended", "PT135H")
    offer = instance["offers"]
    assert (offer["price"], offer["priceCurrency"], offer["category"]) == ("1255.00", "EUR", "Paid")
    assert offer["availability"] == "https://schema.org/InStock"
    assert told["url"] == f"{settings.BASE_URL}/en/courses/tekoaly/"
    assert told["image"] == f"{settings.BASE_URL}/en/courses/tekoaly/share.png"


def test_event_is_told_as_an_event(get):
    event = make.course("Aamukahvit", slug="aamu", format="webinar")
    run = make.run(event, seats=1, price_net=Decimal(0), delivery="online")
    make.enrolment(run)
    make.session(run)
    (told,) = data(get("/fi/koulutukset/aamu/"))["@graph"]
    assert (told["@type"], told["startDate"]) == ("Event", "2026-12-07T12:00:00+02:00")
    assert told["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert (told["offers"]["category"], told["offers"]["price"]) == ("Free", "0.00")
    assert told["offers"]["availability"] == "https://schema.org/SoldOut"


def test_a_cancelled_run_is_offered_to_nobody(get, course):
    make.run(course, state="cancelled", starts_on=TODAY + DAY)
    told = data(get("/en/courses/tekoaly/"))
    assert (told.get("hasCourseInstance"), told.get("offers")) == (None, None)
    event = make.course("Aamukahvit", slug="aamu", format="webinar")
    make.run(event, state="cancelled", price_net=Decimal(0))
    (told,) = data(get("/fi/koulutukset/aamu/"))["@graph"]
    assert (told["eventStatus"], told.get("offers")) == ("https://schema.org/EventCancelled", None)


def test_text_cannot_close_the_data_element(get):
    make.run(make.course("</script><script>alert(1)</script>", slug="ilkea"))
    assert data(get("/fi/koulutukset/ilkea/"))["name"] == "</script><script>alert(1)</script>"


def test_languages_canonical_and_preview(get, course, settings):
    """E2.2, E2.4"""
    shown = get("/fi/koulutukset/tekoaly/")
    base = settings.BASE_URL
    alternates = {
        link.get("hreflang"): link.get("href") for link in shown.cssselect("link[rel=alternate]")
    }
    assert set(alternates) == {"fi", "sv", "en", "x-default"}
    assert alternates["en"] == f"{base}/en/courses/tekoaly/"
    (canonical,) = shown.cssselect("link[rel=canonical]")
    assert canonical.get("href") == alternates["fi"] == alternates["x-default"]
    preview = {
        each.get("property"): each.get("content") for each in shown.xpath("//meta[@property]")
    }
    assert preview["og:title"] == "Tekoäly esihenkilön työssä"
    assert preview["og:description"] == "Opi päättämään."
    assert preview["og:image"].endswith("/tekoaly/share.png")


def test_share_image_is_a_picture_of_the_course(client, course):
    course.title_fi = "Erittäin pitkä nimi " * 14
    course.save()
    response = client.get("/fi/koulutukset/tekoaly/share.png")
    assert response.headers["Content-Type"] == "image/png"
    assert response.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert client.get("/fi/koulutukset/nothing/share.png").status_code == 404


# --- cost -----------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [3, 60])
def test_course_page_costs_the_same_with_more_rows(client, course, django_assert_num_queries, many):
    for number in range(many):
        run = make.run(course, starts_on=TODAY + number * DAY, venue=make.venue())
        make.session(run, venue=make.venue(), trainer=make.trainer())
        make.run(make.course(themes=("digi",)))
    with django_assert_num_queries(7):
        client.get("/en/courses/tekoaly/")
    client.force_login(make.user())
    with django_assert_num_queries(12):
        client.get("/en/courses/tekoaly/")
