"""Every page of staff × every role, posted to: also where the page is there to be looked at (A12, E3.1)."""

import pytest
from django.db import transaction

from accounts.roles import Permission, Role
from tests.walks import tables
from tests.walks.expected import LEARNER, OPENS, REFUSED, expected, needed_to_write, seen, user_for
from tests.walks.pages import Page, every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of

pytestmark = pytest.mark.django_db

GET_ONLY, NOT_THERE = 405, 404
TAKEN = {200, 302, 409, 422}
# The least that a page reads as a form; the others read an empty one.
FORMS = {
    "site:staff_doubt": {"state": "sent"},
    "site:staff_keys": {"keys": "on"},
    "site:staff_organisations_bulk": {"action": "task"},
    "site:staff_people_bulk": {"action": "task"},
}
# What the query finds for some only: of tasks and absences those who may write their own have none here.
OWN_ALONE = {
    "site:staff_absence_end": {"sales", "trainer"},
    "site:staff_question": {"trainer"},
    "site:staff_question_phone": {"trainer"},
    "site:staff_question_take": {"trainer"},
    "site:staff_task": {"trainer"},
    "site:staff_task_done": {"trainer"},
    "site:staff_task_later": {"trainer"},
    "site:staff_task_reopen": {"trainer"},
}


def pages_of_staff() -> list[Page]:
    return [page for page in every_page() if page.permission or page.model_admin is not None]


def taken(client, who, pages) -> dict[str, tuple[str, int, set[str]]]:
    """The pages that take a form otherwise than declared, with the answer and the tables that it changed."""
    rows = Rows("tamk")
    user, wrong = user_for(who, rows), {}
    sent = {page: (path_of(page, rows), FORMS.get(page.name)) for page in pages}
    refused = {page for page in pages if expected(needed_to_write(page), who) == REFUSED}
    changing = changing_pages(client, user, {page: sent[page] for page in refused})
    for page in pages:
        want = expected(needed_to_write(page), who)
        response, _changed = post(client, user, [sent[page]], watch=False)
        changed = changing.get(page.name, set())
        if response.status_code != GET_ONLY and not fits(page, who, want, response, changed):
            wrong[page.name] = (want, response.status_code, changed)
    return wrong


def changing_pages(client, user, sent) -> dict[str, set[str]]:
    """Those whose form changed something, with the tables; all are sent at once, and one by one when something did."""
    if not post(client, user, sent.values(), watch=True)[1]:
        return {}
    alone = {page.name: post(client, user, [each], watch=True)[1] for page, each in sent.items()}
    return {name: changed for name, changed in alone.items() if changed}


def post(client, user, sent, *, watch):
    """The last answer, and when it is watched the tables that are no longer as they were; then all is taken back."""
    response, changed = None, set()
    with transaction.atomic():
        client.force_login(user)
        before = tables.state() if watch else {}
        for path, form in sent:
            response = client.post(path, form)
        if watch:
            changed = tables.changed(before)
        transaction.set_rollback(True)
    return response, changed


def fits(page, who, want, response, changed) -> bool:
    if want == OPENS:
        is_of_another = response.status_code == NOT_THERE and who in OWN_ALONE.get(page.name, ())
        return response.status_code in TAKEN or is_of_another
    is_refused = response.status_code == NOT_THERE or seen(page, who, response) == REFUSED
    return is_refused and not changed


@pytest.mark.parametrize("who", [LEARNER, *Role.values])
def test_a_form_is_taken_by_the_table_of_roles_and_what_is_refused_changes_nothing(client, who):
    assert taken(client, who, pages_of_staff()) == {}


def test_nothing_is_said_of_pages_that_are_not_there():
    assert set(FORMS) | set(OWN_ALONE) <= {page.name for page in every_page()}


# --- controls ---------------------------------------------------------------------------------


@pytest.fixture
def rule_page():
    return [page for page in every_page() if page.name == "site:staff_contact_rule_delete"]


def test_control_one_that_takes_a_form_of_whoever_may_only_look_is_found(
    client, monkeypatch, rule_page
):
    """Its guard lets everybody of staff through, while it still declares what it should ask for."""
    monkeypatch.setattr("accounts.models.permissions_of", lambda _role: frozenset(Permission))
    assert taken(client, "auditor", rule_page) == {
        "site:staff_contact_rule_delete": (
            REFUSED,
            302,
            {"crm_contactrule", "crm_contactrulechange"},
        )
    }


def test_control_one_that_refuses_whom_it_is_for_is_found(client, monkeypatch, rule_page):
    monkeypatch.setattr("accounts.models.permissions_of", lambda _role: frozenset())
    assert taken(client, "coordinator", rule_page) == {
        "site:staff_contact_rule_delete": (OPENS, 403, set())
    }
