"""What is one learner's is not there for another, and nothing tells that it exists (A06); nor for an organisation's admin (A12)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses import seats
from courses.models import Enrolment, Run
from crm.models import Affiliation
from tests import factories
from tests.factories import DAY, NOW
from tests.walks.allowed import EITHER_WAY, EVERYBODY
from tests.walks.pages import Page, every_page
from tests.walks.rows import Rows
from tests.walks.samples import OWN, SAMPLES, path_of

pytestmark = pytest.mark.django_db

ABSENT = 987654321
CLOSED = [
    page
    for page in every_page()
    if page.arguments and page.name not in EVERYBODY | EITHER_WAY and page.model_admin is None
]


@pytest.fixture
def theirs():
    """The rows of a learner Y."""
    rows = Rows("tamk")
    rows[Enrolment]
    return rows


@pytest.fixture
def reader(client):
    """A learner X, signed in."""
    user = factories.user("x@example.org")
    client.force_login(user)
    return user


def absent(page: Page, rows: Rows) -> str:
    """The page's address with keys that no row has."""
    values = SAMPLES[page.name](rows)
    return page.path(
        {name: ABSENT if isinstance(each, int) else each for name, each in values.items()}
    )


def told(client, method: str, path: str) -> tuple[int, str, int]:
    """Status, body and number of queries, without what differs from one request to the next."""
    with CaptureQueriesContext(connection) as queries:
        response = getattr(client, method)(path)
    body = re.sub(r'(nonce|value)="[^"]{20,}"', "", response.content.decode(errors="replace"))
    keys = re.findall(r"/(\d+)(?=/)", path)
    plain = re.sub(rf"/({'|'.join(keys) or '0'})(?=/)", "/KEY", body)
    return response.status_code, plain, len(queries)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("closed", CLOSED, ids=lambda closed: closed.name)
def test_anothers_page_is_closed(client, reader, theirs, closed, method):
    before = list(Enrolment.objects.values())
    mine, none = (
        told(client, method, path) for path in (path_of(closed, theirs), absent(closed, theirs))
    )
    assert mine[0] in {302, 403, 404, 405}
    if closed.name in OWN and mine[0] != 405:
        assert mine[0] == 404
        assert mine == none
    assert list(Enrolment.objects.values()) == before


def test_one_has_ones_own(client, theirs):
    client.force_login(theirs[Enrolment].person.user)
    statuses = {
        page.name: client.get(path_of(page, theirs)).status_code
        for page in CLOSED
        if page.name in OWN
    }
    assert statuses.pop("courses:enrolment_accept") in {200, 302}
    assert set(statuses.values()) == {200}


def test_control_a_page_that_forgets_whose_it_is_is_found(client, reader, theirs, monkeypatch):
    monkeypatch.setattr("courses.views.member.own", lambda _request: Enrolment.objects.all())
    page = next(each for each in CLOSED if each.name == "courses:enrolment_cancel")
    assert told(client, "get", path_of(page, theirs)) != told(client, "get", absent(page, theirs))


# --- an organisation's admin --------------------------------------------------------------------


@pytest.fixture
def admin_of_another(client):
    """An administrator of one organisation, and a company run of another."""
    user = factories.user("hallinto@example.org")
    own = factories.organisation("Oma Oy", user.person)
    Affiliation.objects.filter(organisation=own).update(rights="admin")
    client.force_login(user)
    other = factories.organisation("Toinen Oy")
    run = factories.run(
        kind=Run.Kind.COMPANY, organisation=other, enrolment_closes_at=NOW.replace(year=2100)
    )
    return own, run


def test_an_organisations_admin_sees_no_other_organisations_run(client, admin_of_another):
    own, run = admin_of_another
    for rest in ("enrol/", "done/"):
        path = f"/en/courses/{run.course.slug}/{run.pk}/{rest}"
        assert client.get(path).status_code == 404
        assert client.post(path, {"expects": "seat"}).status_code in {404, 405}
    assert not Enrolment.objects.exists()
    run.organisation = own
    run.save()
    assert client.get(f"/en/courses/{run.course.slug}/{run.pk}/enrol/").status_code == 200


def test_nor_what_another_of_the_same_organisation_has(client, admin_of_another):
    own, _run = admin_of_another
    colleague = factories.user("kollega@example.org").person
    Affiliation.objects.create(person=colleague, organisation=own, since=NOW - DAY)
    mine = seats.claim(factories.run(enrolment_closes_at=NOW.replace(year=2100)), colleague)
    enrolment = mine if isinstance(mine, Enrolment) else Enrolment.objects.get()
    for rest in ("cancel/", "accept/", "calendar.ics"):
        assert client.get(f"/en/me/enrolments/{enrolment.pk}/{rest}").status_code == 404


def test_nor_the_workbench_or_the_administration(client, admin_of_another):
    assert client.get("/staff/").status_code == 403
    assert client.get("/admin/").status_code == 403
