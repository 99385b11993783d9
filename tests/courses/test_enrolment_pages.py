"""The pages of enrolling and of My pages: for visitors, members, strangers; nothing changes by looking (A5.1, E1)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from consent.models import Person
from courses import enrolment
from courses.models import Enrolment, Run
from mailing.models import Delivery, Message
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n%b\r\n'
    b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nanna@example.org\r\n--x--\r\n'
)


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def run():
    return factories.run(seats=2)


@pytest.fixture
def anna():
    return factories.user("anna@example.org", name="Anna Virtanen")


@pytest.fixture
def signed_in(client, anna):
    client.force_login(anna)
    return client


def url(run, page="run_enrol"):
    with translation.override("en"):
        return reverse(f"courses:{page}", args=[run.course.slug, run.pk])


def mine_url(mine, page):
    with translation.override("en"):
        return reverse(f"courses:enrolment_{page}", args=[mine.pk])


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def visit(client, run, email="anna@example.org", name="Anna Virtanen", **more):
    return client.post(url(run), {"name": name, "email": email, "expects": "seat", **more})


def code_for(email="anna@example.org"):
    return Delivery.objects.filter(address=email).latest("pk").message.secrets["code"]


# --- signed in --------------------------------------------------------------------------


def test_two_clicks(signed_in, anna, run):
    page = signed_in.get(url(run))
    assert page.status_code == 200
    answer = signed_in.post(url(run), {"expects": "seat"})
    assert answer.headers["Location"] == url(run, "enrolment_done")
    assert Enrolment.objects.get().person == anna.person
    done = signed_in.get(url(run, "enrolment_done"))
    assert (done.status_code, done.context["enrolment"].status) == (200, "confirmed")


def test_looking_changes_nothing(signed_in, run):
    for method in (signed_in.get, signed_in.head, signed_in.options):
        method(url(run))
        method(url(run, "run_enrol_code"))
        method(url(run, "enrolment_done"))
    assert not Enrolment.objects.exists()


def test_the_check_page_says_price_terms_and_data(signed_in):
    run = factories.run(price_net=Decimal(640), vat_rate=Decimal("25.5"))
    answer = signed_in.get(url(run))
    for words in ("€640", "€163.20", "€803.20", "VAT 25.5%", "commit to pay", "6 Dec 2026"):
        assert words in text(answer)
    for page in ("portal:terms", "portal:privacy"):
        with translation.override("en"):
            assert f'href="{reverse(page)}"' in answer.content.decode()


def test_a_free_run_commits_nobody_to_pay(signed_in):
    page = text(signed_in.get(url(factories.run(price_net=Decimal(0)))))
    assert "free of charge" in page
    assert "commit to pay" not in page


def test_a_full_run_says_so_and_queues(signed_in):
    run = factories.run(seats=1)
    factories.enrolment(run)
    factories.enrolment(run, status="waiting")
    page = signed_in.get(url(run))
    assert page.context["gives"] == "queue"
    assert "Join the waiting list" in text(page)
    signed_in.post(url(run), {"expects": "queue"})
    assert "number 2" in text(signed_in.get(url(run, "enrolment_done")))


def test_a_seat_taken_meanwhile_leaves_a_place_in_the_queue_and_says_so(signed_in):
    run = factories.run(seats=1)
    signed_in.get(url(run))
    factories.enrolment(run)
    answer = signed_in.post(url(run), {"expects": "seat"}, follow=True)
    assert "The last seat was taken" in text(answer)
    assert Enrolment.objects.latest("pk").status == "waiting"


def test_a_run_closed_meanwhile_enrols_nobody(signed_in, run):
    signed_in.get(url(run))
    Run.objects.update(enrolment_closes_at=NOW)
    answer = signed_in.post(url(run), {"expects": "seat"})
    assert answer.status_code == 409
    assert answer.context["closed_meanwhile"]
    assert not Enrolment.objects.exists()
    assert not Message.objects.exists()


def test_double_click_two_tabs_and_back_make_one_enrolment(signed_in, run):
    for _ in range(3):
        answer = signed_in.post(url(run), {"expects": "seat"})
        assert answer.headers["Location"] == url(run, "enrolment_done")
    assert signed_in.get(url(run)).headers["Location"] == url(run, "enrolment_done")
    assert (Enrolment.objects.count(), Delivery.objects.count()) == (1, 1)


def test_who_has_no_name_yet_is_asked_for_it(client, run):
    nameless = factories.user("anna@example.org", name="")
    client.force_login(nameless)
    assert client.post(url(run), {"expects": "seat"}).status_code == 422
    client.post(url(run), {"expects": "seat", "name": "Anna Virtanen"})
    nameless.refresh_from_db()
    assert (nameless.name, nameless.person.name) == ("Anna Virtanen",) * 2
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"state": "cancelled"}, "has been cancelled"),
        ({"enrolment_opens_at": NOW + DAY}, "Enrolment opens on"),
        ({"enrolment_closes_at": NOW}, "has closed"),
        ({"capacity": None, "apply_url": "https://example.org/"}, "organiser’s own page"),
    ],
)
def test_a_run_that_takes_no_enrolments_says_why_and_shows_no_form(signed_in, change, says):
    run = factories.run()
    Run.objects.filter(pk=run.pk).update(**change)
    page = signed_in.get(url(run))
    assert page.status_code == 200
    assert says in text(page)
    assert 'name="expects"' not in page.content.decode()


# --- visitors -------------------------------------------------------------------------------


def test_a_visitor_enrols_with_name_address_and_code(client, run):
    assert visit(client, run).headers["Location"] == url(run, "run_enrol_code")
    assert not Enrolment.objects.exists()
    answer = client.post(url(run, "run_enrol_code"), {"code": code_for()})
    assert answer.headers["Location"] == url(run, "enrolment_done")
    user = User.objects.get()
    assert (user.email, user.name, user.language) == ("anna@example.org", "Anna Virtanen", "en")
    mine = Enrolment.objects.get()
    assert (mine.person, mine.status) == (user.person, "confirmed")
    assert client.get(url(run, "enrolment_done")).context["enrolment"] == mine
    confirmation = Message.objects.latest("pk")
    assert (confirmation.template, confirmation.language) == ("courses/enrolment", "en")


def test_only_the_code_s_post_enrols(client, run):
    visit(client, run)
    client.get(url(run, "run_enrol_code"), {"code": code_for()})
    assert not Enrolment.objects.exists()
    assert "_auth_user_id" not in client.session


def test_a_wrong_code_asks_again_and_the_third_begins_anew_with_what_was_typed(client, run):
    visit(client, run)
    answers = [client.post(url(run, "run_enrol_code"), {"code": "1"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 302]
    page = client.get(answers[2].headers["Location"]).content.decode()
    assert 'value="anna@example.org"' in page
    assert 'value="Anna Virtanen"' in page
    assert not Enrolment.objects.exists()


def test_the_address_can_be_put_right(client, run):
    visit(client, run, email="ana@example.org")
    page = client.get(url(run))
    assert 'value="ana@example.org"' in page.content.decode()
    visit(client, run)
    client.post(url(run, "run_enrol_code"), {"code": code_for()})
    assert Enrolment.objects.get().person.email == "anna@example.org"


def test_a_new_code_replaces_the_old_one(client, run):
    visit(client, run)
    old = code_for()
    client.post(url(run, "run_enrol_code"), {"resend": "1"})
    assert client.post(url(run, "run_enrol_code"), {"code": old}).status_code == 422
    client.post(url(run, "run_enrol_code"), {"code": code_for()})
    assert Enrolment.objects.count() == 1


def test_the_code_of_another_run_enrols_on_that_run_alone(client, run):
    other = factories.run()
    visit(client, other)
    answer = client.post(url(run, "run_enrol_code"), {"code": code_for()})
    assert answer.headers["Location"] == url(run)
    assert not Enrolment.objects.exists()


def test_a_code_asked_on_the_sign_in_page_enrols_nobody(client, run):
    visit(client, run)
    client.post("/en/accounts/login/code/confirm/", {"code": code_for()})
    assert "_auth_user_id" in client.session
    assert not Enrolment.objects.exists()


def test_somebody_known_keeps_their_name(client, run):
    factories.user("anna@example.org", name="Anna Virtanen")
    visit(client, run, name="Joku Muu")
    client.post(url(run, "run_enrol_code"), {"code": code_for()})
    assert Person.objects.get().name == "Anna Virtanen"


def test_the_name_a_stranger_typed_is_written_nowhere_before_the_code(client, run):
    visit(client, run, name="Osta lottoa http://evil.example")
    assert "evil" not in str(Message.objects.values_list("context", "secrets"))
    assert not Person.objects.exclude(name="").exists()
    assert not User.objects.exclude(name="").exists()


def test_a_run_closed_before_the_code_signs_in_and_says_so(client, run):
    visit(client, run)
    Run.objects.update(enrolment_closes_at=NOW)
    answer = client.post(url(run, "run_enrol_code"), {"code": code_for()})
    assert answer.status_code == 409
    assert answer.context["closed_meanwhile"]
    assert not Enrolment.objects.exists()


def test_a_run_closed_before_the_form_keeps_what_was_typed_for_another(client, run):
    other = factories.run()
    Run.objects.filter(pk=run.pk).update(enrolment_closes_at=NOW)
    answer = visit(client, run)
    assert answer.status_code == 409
    assert not Message.objects.exists()
    assert 'value="anna@example.org"' in client.get(url(other)).content.decode()


def test_enrolling_again_as_a_visitor_finds_the_same_enrolment(client, run):
    for _ in range(2):
        visit(client, run)
        client.post(url(run, "run_enrol_code"), {"code": code_for()})
        client.post("/en/accounts/logout/")
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "required"),
        ("name", "Anna\r\nBcc: b@example.org", "on one line"),
        ("name", "Anna\x1b[2J", "on one line"),
        ("name", "Anna\u202egro.evil", "on one line"),
        ("name", "a" * 10_240, "at most 200 characters"),
        ("name", "Anna\0", "Null characters"),
        ("email", "Anna <anna@example.org>", "without a name"),
        ("email", "anna@", "valid email address"),
        ("email", "a" * 10_240 + "@example.org", "at most 254 characters"),
    ],
)
def test_bad_input_gets_a_clear_message_and_keeps_the_rest(client, run, field, value, says):
    answer = visit(client, run, **{field: value})
    assert answer.status_code == 422
    assert says in text(answer)
    other = {"name": "anna@example.org", "email": "Anna Virtanen"}[field]
    assert f'value="{other}"' in answer.content.decode()
    assert not User.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "name", ["Åsa Öström-Çelik", "Nguyễn Thị Minh Khai", "محمد", "O’Brien & Sons <3"]
)
def test_names_of_the_world_are_good(client, run, name):
    visit(client, run, name=name)
    client.post(url(run, "run_enrol_code"), {"code": code_for()})
    assert Person.objects.get().name == name
    assert client.get(url(run, "enrolment_done")).status_code == 200


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (b"name=%ff%fe&email=anna@example.org", "application/x-www-form-urlencoded"),
        (PARTS % b"\xff\xfe", "multipart/form-data; boundary=x"),
    ],
)
def test_text_that_is_not_utf8_is_refused(client, run, sent, kind):
    assert client.post(url(run), sent, kind).status_code == 400
    assert not Message.objects.exists()


def test_too_many_codes_end_in_a_page_that_says_when(client, run):
    answers = [visit(client, run) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert answers[3].headers["Retry-After"] == "60"
    assert "12:01" in text(answers[3])
    assert Message.objects.count() == 3


# --- who may see what ----------------------------------------------------------------------


@pytest.fixture
def company_run():
    return factories.run(kind="company", organisation=factories.organisation("Konepaja Oy"))


def test_a_company_run_does_not_exist_for_visitors_and_strangers(client, anna, company_run):
    assert client.get(url(company_run)).status_code == 404
    assert visit(client, company_run).status_code == 404
    client.force_login(anna)
    assert client.get(url(company_run)).status_code == 404
    assert client.post(url(company_run), {"expects": "seat"}).status_code == 404
    assert not Enrolment.objects.exists()


def test_a_company_run_is_open_to_the_organisation_s_people(signed_in, anna):
    run = factories.run(
        kind="company", organisation=factories.organisation("Konepaja Oy", anna.person)
    )
    signed_in.post(url(run), {"expects": "seat"})
    assert Enrolment.objects.get().person == anna.person


@pytest.mark.parametrize("page", ["cancel", "accept", "calendar"])
def test_somebody_else_s_enrolment_does_not_exist(client, signed_in, run, page):
    theirs = factories.enrolment(run, status="offered")
    assert signed_in.get(mine_url(theirs, page)).status_code == 404
    if page != "calendar":
        assert signed_in.post(mine_url(theirs, page)).status_code == 404
    theirs.refresh_from_db()
    assert theirs.status == "offered"


@pytest.mark.parametrize("page", ["cancel", "accept", "calendar"])
def test_visitors_are_asked_to_sign_in(client, run, page):
    mine = factories.enrolment(run, status="offered")
    answer = (
        client.post(mine_url(mine, page))
        if page != "calendar"
        else client.get(mine_url(mine, page))
    )
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/en/accounts/login/")
    mine.refresh_from_db()
    assert mine.status == "offered"


def test_unknown_runs_and_slugs_do_not_exist(signed_in, run):
    other = factories.run()
    for path in (
        f"/en/courses/{run.course.slug}/999999/enrol/",
        f"/en/courses/{other.course.slug}/{run.pk}/enrol/",
        f"/en/courses/nothing/{run.pk}/enrol/",
        f"/en/courses/{run.course.slug}/99999999999999999999/enrol/",
        url(run, "enrolment_done"),
    ):
        assert signed_in.get(path).status_code == 404, path


def test_a_forged_form_is_refused(anna, run):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna)
    assert strict.post(url(run), {"expects": "seat"}).status_code == 403
    assert not Enrolment.objects.exists()


def test_personal_pages_are_kept_nowhere(signed_in, run):
    for path in (url(run), "/en/me/"):
        answer = signed_in.get(path)
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert answer.headers["X-Robots-Tag"] == "noindex"


# --- afterwards -------------------------------------------------------------------------------


def test_cancelling_shows_what_follows_and_then_does_it(signed_in, anna, run):
    mine = factories.enrolment(run, anna.person)
    page = signed_in.get(mine_url(mine, "cancel"))
    assert page.context["is_free_to_leave"]
    assert "€1,255" not in text(page)
    assert Enrolment.objects.get().status == "confirmed"
    answer = signed_in.post(mine_url(mine, "cancel"))
    assert answer.headers["Location"] == "/en/me/"
    assert Enrolment.objects.get().status == "cancelled"


def test_cancelling_late_shows_the_price(signed_in, anna, run):
    mine = factories.enrolment(run, anna.person)
    Run.objects.update(enrolment_closes_at=NOW)
    page = signed_in.get(mine_url(mine, "cancel"))
    assert not page.context["is_free_to_leave"]
    assert "€1,255" in text(page)


def test_cancelling_twice_is_calm(signed_in, anna, run):
    mine = factories.enrolment(run, anna.person)
    signed_in.post(mine_url(mine, "cancel"))
    answer = signed_in.post(mine_url(mine, "cancel"))
    assert answer.status_code == 200
    assert Message.objects.count() == 1


def test_a_run_that_has_begun_is_not_cancelled(signed_in, anna):
    mine = factories.enrolment(factories.run(starts_on=NOW.date()), anna.person)
    answer = signed_in.post(mine_url(mine, "cancel"))
    assert answer.status_code == 409
    assert Enrolment.objects.get().status == "confirmed"


def test_the_queue_is_left_by_oneself(signed_in, anna, run):
    mine = factories.enrolment(run, anna.person, status="waiting")
    assert "number 1" in text(signed_in.get(mine_url(mine, "cancel")))
    signed_in.post(mine_url(mine, "cancel"))
    assert Enrolment.objects.get().status == "cancelled"


def test_an_offer_is_shown_with_its_end_and_price_and_then_taken(signed_in, anna, run):
    mine = factories.enrolment(run, anna.person, status="offered")
    page = text(signed_in.get(mine_url(mine, "accept")))
    assert "25 Nov" in page
    assert "€1,255" in page
    answer = signed_in.post(mine_url(mine, "accept"))
    assert answer.headers["Location"] == url(run, "enrolment_done")
    assert Enrolment.objects.get().status == "confirmed"
    again = signed_in.post(mine_url(mine, "accept"))
    assert again.headers["Location"] == url(run, "enrolment_done")


def test_an_offer_that_has_lapsed_says_so(signed_in, anna, run, set_clock):
    mine = factories.enrolment(run, anna.person, status="offered")
    set_clock(mine.offer_expires_at + timedelta(seconds=1))
    assert not signed_in.get(mine_url(mine, "accept")).context["is_open"]
    answer = signed_in.post(mine_url(mine, "accept"))
    assert answer.status_code == 409
    assert Enrolment.objects.get().status == "offered"


def test_the_link_in_the_offer_leads_there_after_signing_in(client, run):
    mine = factories.enrolment(run, factories.user("anna@example.org").person, status="offered")
    path = mine_url(mine, "accept")
    answer = client.get(path)
    assert answer.headers["Location"] == f"/en/accounts/login/?next={path}"
    page = client.get(answer.headers["Location"]).content.decode()
    assert page.count(f'name="next" value="{path}"') == 3


def test_the_calendar_file_is_one_s_own(signed_in, anna, run):
    factories.session(run)
    mine = factories.enrolment(run, anna.person)
    answer = signed_in.get(mine_url(mine, "calendar"))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{run.course.slug}.ics"'
    assert answer.content.startswith(b"BEGIN:VCALENDAR")


def test_a_run_without_dates_has_no_calendar_file(signed_in, anna):
    mine = factories.enrolment(factories.run(starts_on=None), anna.person)
    assert signed_in.get(mine_url(mine, "calendar")).status_code == 404
    assert "calendar" not in text(signed_in.get("/en/me/"))


def test_no_cookie_holds_anything_about_people(signed_in, anna, run):
    mine = factories.enrolment(run, anna.person)
    signed_in.post(mine_url(mine, "cancel"))
    assert set(signed_in.cookies) == {"sid"}


def test_the_verb_is_the_same_from_everywhere(signed_in, anna, run):
    """What the page does and what the verb does are one: a place taken by either is found by the other."""
    mine, _ = enrolment.enrol(run, anna.person)
    assert signed_in.get(url(run)).headers["Location"] == url(run, "enrolment_done")
    assert Enrolment.objects.get() == mine
