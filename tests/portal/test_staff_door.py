"""Every address under /staff/ and /admin/ is behind one door, and sessions of staff end in time (A20, E3.4)."""

import re

import pytest
import time_machine
from django.http import HttpResponse
from django.test import override_settings
from django.urls import URLResolver, get_resolver, path

from accounts.models import StaffRole
from portal.staff_door import WAYS_IN_AND_OUT
from portal.urls import urlpatterns as portal_urls
from tests import factories
from tests.clients import FACTOR, PASSWORD, signed_in

pytestmark = pytest.mark.django_db

LOGIN = "/en/accounts/login/"
PAGE = "/staff/people/"
HOUR, MINUTE = 3600, 60


@pytest.fixture(autouse=True)
def _english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture
def seller():
    return factories.staff(factories.institution("tamk"), "sales", "sales@example.org")


# --- every address -----------------------------------------------------------------------------


def addresses(patterns, before="/", names=""):
    """A path for every URL below these, with the URL's name; what stands for an object is made up."""
    for each in patterns:
        route = str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{names}{each.namespace}:" if each.namespace else names
            yield from addresses(each.url_patterns, before + route, inner)
        else:
            yield re.sub(r"<[^>]+>|\(\?P.*", "1", before + route).rstrip("$"), f"{names}{each.name}"


def behind_the_door():
    found = dict(addresses(get_resolver().url_patterns))
    return sorted(
        page
        for page, name in found.items()
        if page.startswith(("/staff/", "/admin/")) and name not in WAYS_IN_AND_OUT
    )


def test_the_walk_finds_the_pages():
    found = behind_the_door()
    assert {"/staff/", "/staff/people/", "/staff/people/1/permission/", "/admin/"} <= set(found)
    assert {"/admin/accounts/user/1/change/", "/admin/jsi18n/"} <= set(found)
    assert not [page for page in found if "<" in page or "(" in page]


def answers(browser, method="get"):
    """Where each address leads this browser: status and Location."""
    send = getattr(browser, method)
    told = {page: send(page, headers={"accept-language": "en"}) for page in behind_the_door()}
    return {
        page: (each.status_code, each.headers.get("Location", "")) for page, each in told.items()
    }


@pytest.mark.parametrize("method", ["get", "post", "head", "put", "delete", "options"])
def test_visitors_are_led_to_the_sign_in(client, method):
    told = answers(client, method)
    assert {status for status, _ in told.values()} == {302}
    assert {way.partition("?")[0] for _, way in told.values()} == {LOGIN}


def test_who_has_no_role_is_refused():
    told = answers(signed_in(factories.user()))
    assert set(told.values()) == {(403, "")}


def test_staff_without_a_second_factor_are_led_to_one(seller):
    told = answers(signed_in(seller, by=(PASSWORD,)))
    assert set(told.values()) == {(302, "/en/accounts/2fa/needed/")}


def test_staff_whose_day_is_over_are_led_to_the_sign_in(seller):
    for page in behind_the_door():
        browser = signed_in(seller, ago=8 * HOUR)
        way = browser.get(page, headers={"accept-language": "en"}).headers["Location"]
        assert way.startswith(f"{LOGIN}?next=/"), page


class Unguarded:
    """Addresses as they are, and one whose view has forgotten all that."""

    urlpatterns = [path("staff/forgotten/", lambda request: HttpResponse("open")), *portal_urls]


@override_settings(ROOT_URLCONF=Unguarded)
def test_a_view_that_forgets_its_decorator_is_behind_the_door_too(client):
    assert client.get("/staff/forgotten/").headers["Location"].startswith(LOGIN)
    assert signed_in(factories.user()).get("/staff/forgotten/").status_code == 403


@override_settings(ROOT_URLCONF=Unguarded)
def test_a_control_without_the_door_finds_it_open(client, settings):
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "StaffDoor" not in each]
    assert client.get("/staff/forgotten/").content == b"open"


# --- everybody's pages ---------------------------------------------------------------------------


@pytest.fixture
def draft():
    return factories.course("Luonnos", institution=factories.institution(), published_at=None)


def coordinator_of(course):
    return factories.staff(course.institution, "coordinator")


def test_a_draft_is_shown_to_its_staff_with_a_second_factor_alone(draft):
    seen = [
        signed_in(coordinator_of(draft), by=by).get(draft.get_absolute_url()).status_code
        for by in ((PASSWORD, FACTOR), (PASSWORD,))
    ]
    assert seen == [200, 404]


def test_a_control_without_the_door_shows_it_without_one(draft, settings):
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "StaffDoor" not in each]
    browser = signed_in(coordinator_of(draft), by=(PASSWORD,))
    assert browser.get(draft.get_absolute_url()).status_code == 200


def test_the_ways_in_and_out_of_the_admin_show_nothing(client, seller):
    assert client.get("/admin/login/").headers["Location"].startswith(LOGIN)
    browser = signed_in(seller, by=(PASSWORD,))
    browser.post("/admin/logout/")
    assert "_auth_user_id" not in browser.session


# --- how long ----------------------------------------------------------------------------------


@pytest.fixture
def clock():
    with time_machine.travel(1_800_000_000, tick=False) as moved:
        yield moved


def test_a_session_ends_eight_hours_after_the_sign_in_however_much_it_is_used(
    client, seller, clock
):
    client.force_login(seller)
    for _ in range(31):
        assert client.get(PAGE).status_code == 200
        clock.shift(15 * MINUTE)
    clock.shift(15 * MINUTE - 1)
    assert client.get(PAGE).status_code == 200
    clock.shift(1)
    assert client.get(PAGE).headers["Location"] == f"{LOGIN}?next={PAGE}"
    assert "A working day’s sign-in has ended" in client.get(LOGIN).content.decode()


def test_it_ends_after_half_an_hour_without_use(client, seller, clock):
    client.force_login(seller)
    client.get(PAGE)
    clock.shift(30 * MINUTE - 1)
    assert client.get("/staff/mail/").status_code == 200
    clock.shift(30 * MINUTE)
    asked = client.get("/staff/people/?page=2")
    assert asked.headers["Location"] == f"{LOGIN}?next=/staff/people/%3Fpage%3D2"
    assert "nothing had been done for a while" in client.get(LOGIN).content.decode()


def test_it_ends_on_everybodys_pages_as_well(client, seller, clock):
    client.force_login(seller)
    client.get(PAGE)
    clock.shift(30 * MINUTE)
    assert client.get("/en/courses/").status_code == 200
    assert "_auth_user_id" not in client.session


def test_both_limits_are_settings(client, seller, clock, settings):
    settings.STAFF_SESSION_HOURS, settings.STAFF_SESSION_IDLE_MINUTES = 0.5, 60
    client.force_login(seller)
    client.get(PAGE)
    clock.shift(30 * MINUTE - 1)
    assert client.get(PAGE).status_code == 200
    clock.shift(1)
    assert client.get(PAGE).status_code == 302


def test_learners_stay_signed_in(client, clock):
    client.force_login(factories.user())
    client.get("/en/me/")
    clock.shift(9 * HOUR)
    assert client.get("/en/me/").status_code == 200


def test_a_role_given_to_who_signed_in_long_ago_asks_for_a_new_sign_in(client, clock):
    user = factories.user()
    client.force_login(user, ago=8 * HOUR)
    StaffRole.objects.create(user=user, institution=factories.institution(), role="sales")
    assert client.get(PAGE).headers["Location"] == f"{LOGIN}?next={PAGE}"


def test_a_session_of_unknown_age_is_too_old(client, seller):
    client.force_login(seller, by=())
    assert client.get(PAGE).headers["Location"] == f"{LOGIN}?next={PAGE}"


def test_use_is_written_down_once_a_minute(client, seller, clock, django_assert_num_queries):
    client.force_login(seller)
    client.get(PAGE)
    clock.shift(MINUTE - 1)
    seen = client.session["staff_seen"]
    client.get(PAGE)
    assert client.session["staff_seen"] == seen
    clock.shift(1)
    client.get(PAGE)
    assert client.session["staff_seen"] == seen + MINUTE


# --- what is posted too late ----------------------------------------------------------------------


def test_what_was_typed_is_shown_with_the_way_back(client, seller, clock):
    client.force_login(seller)
    person = factories.person()
    page = f"/staff/people/{person.pk}/permission/"
    client.get(page)
    clock.shift(30 * MINUTE)
    typed = {"note": "Soitti & kielsi", "password": "salainen"}
    late = client.post(f"{page}word/", typed, headers={"referer": f"http://testserver{page}?at=1"})
    text = late.content.decode()
    assert late.status_code == 403
    assert "You had been signed out" in text
    assert "Soitti &amp; kielsi" in text
    assert "salainen" not in text
    assert f'href="{LOGIN}?next={page}%3Fat%3D1"' in text


def test_a_visitors_post_is_treated_the_same(client):
    late = client.post(PAGE, {"address": "anna@example.org"})
    assert (late.status_code, "anna@example.org" in late.content.decode()) == (403, True)


def test_a_button_alone_leads_to_the_sign_in_and_says_that_nothing_was_saved(client, seller, clock):
    client.force_login(seller)
    client.get(PAGE)
    clock.shift(30 * MINUTE)
    late = client.post(
        "/staff/people/1/permission/link/", headers={"referer": f"http://testserver{PAGE}"}
    )
    assert late.headers["Location"] == f"{LOGIN}?next={PAGE}"
    assert "what you sent was not saved" in client.get(LOGIN).content.decode()


def test_the_way_back_leads_to_no_other_site(client):
    late = client.post(PAGE, {"address": "a"}, headers={"referer": "https://evil.example/x"})
    assert "evil.example" not in late.content.decode()


def test_htmx_leads_the_whole_page_to_the_sign_in(client, seller, clock):
    client.force_login(seller)
    client.get(PAGE)
    clock.shift(30 * MINUTE)
    asked = {"HX-Request": "true", "HX-Current-URL": "http://testserver/staff/mail/?state=queued"}
    late = client.post(PAGE, {"address": "a"}, headers=asked)
    assert late.headers["HX-Redirect"] == f"{LOGIN}?next=/staff/mail/%3Fstate%3Dqueued"


def test_signing_out_too_late_is_signing_out(client, seller, clock):
    client.force_login(seller)
    client.get(PAGE)
    clock.shift(30 * MINUTE)
    assert client.post("/en/accounts/logout/", {"x": "1"}).headers["Location"] == "/en/"
