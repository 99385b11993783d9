"""Nobody but who handles such people sees anything of whoever has had the processing restricted, or writes of them (GDPR Art. 18)."""

import pytest
from django.db import transaction

from accounts.roles import TABLE, Permission, Role
from consent import ledger
from consent.models import Person
from crm.models import Task
from tests import factories
from tests.walks.allowed import SEARCHES
from tests.walks.pages import Page, every_page
from tests.walks.person import marks_of, rows_of_somebody
from tests.walks.samples import path_of
from tests.walks.test_institutions import text

pytestmark = pytest.mark.django_db

WITHOUT = [role for role in Role if Permission.SEE_RESTRICTED not in TABLE[role]]
# lists that show the person under these filters of theirs alone
FILTERS = {
    "site:staff_deliveries": "?state=queued",
    "site:staff_tasks": "?whose=all",
}
LEAVING = {"account_logout", "admin:logout"}


@pytest.fixture
def rows(db, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    return rows_of_somebody()


@pytest.fixture
def restricted(rows):
    ledger.restrict(rows[Person], method="form")
    return rows


def pages_of_staff(*roots: str) -> list[Page]:
    return [
        page
        for page in every_page()
        if page.route.startswith(roots or ("staff/", "admin/")) and page.name not in LEAVING
    ]


def answers(client, page, rows):
    """To a look, to a form sent empty, to one that searches; what a form changes is taken back."""
    path = path_of(page, rows)
    looked = client.get(path + FILTERS.get(page.name, ""))
    yield looked
    if looked.status_code == 403:
        return  # tests/walks/test_roles.py
    search = {SEARCHES.get(page.name, ""): rows[Person].name}
    for values in [{}, search] if page.name in SEARCHES else [{}]:
        with transaction.atomic():
            yield client.post(path, values)
            transaction.set_rollback(True)


def shown(client, rows, pages) -> dict[str, set[str]]:
    """The pages that show something of the person, and what; whatever is searched for is shown again."""
    found: dict[str, set[str]] = {}
    marks = marks_of(rows)
    for page in pages:
        own = {"page"} if marks["page"] in path_of(page, rows) else set()
        own |= {"name"} if page.name in SEARCHES else set()
        for response in answers(client, page, rows):
            body = text(response)
            seen = {name for name, mark in marks.items() if mark in body} - own
            if seen:
                found.setdefault(page.name, set()).update(seen)
    return found


def enter(client, rows, role):
    """Sign in as who is to do what the person waits for: what is one's own is hidden too."""
    user = factories.staff(None, role)
    Task.objects.filter(pk=rows[Task].pk).update(assignee=user)
    client.force_login(user)


@pytest.mark.parametrize("role", WITHOUT)
def test_no_page_shows_anything_of_them(client, restricted, role):
    enter(client, restricted, role)
    assert shown(client, restricted, pages_of_staff()) == {}


def test_what_is_only_of_them_is_not_there_but_the_page_that_says_so(client, restricted):
    enter(client, restricted, "coordinator")
    there = {
        page.name
        for page in pages_of_staff("staff/")
        if page.name in OF_ONE and client.get(path_of(page, restricted)).status_code != 404
    }
    assert there == {"site:staff_person"}


OF_ONE = {
    "site:staff_attachment",
    "site:staff_contact_of_person",
    "site:staff_duplicate",
    "site:staff_merge",
    "site:staff_note_edit",
    "site:staff_permission",
    "site:staff_person",
    "site:staff_person_edit",
    "site:staff_question",
    "site:staff_role",
    "site:staff_situation",
    "site:staff_task",
    "site:staff_tray_mail",
}
LISTS = {
    "site:staff",
    "site:staff_deliveries",
    "site:staff_duplicates",
    "site:staff_import",
    "site:staff_mail",
    "site:staff_merges",
    "site:staff_people",
    "site:staff_questions",
    "site:staff_tasks",
}
# what somebody else's page or a refused form shows
BESIDE = {
    "site:staff_duplicate_merge",
    "site:staff_merge_undo",
    "site:staff_person_phone",
    "site:staff_person_role",
    "site:staff_person_situation",
    "site:staff_question_phone",
    "site:staff_tray_file",
    "site:staff_tray_new",
    "site:staff_tray_set_aside",
    "site:staff_word",
}
IN_USE = {  # nothing is shown there of restricted ones to anybody
    "site:staff_attachment_delete",
    "site:staff_organisation",
    "site:staff_organisation_note",
    "site:staff_person",
    "site:staff_person_note",
    "site:staff_role_end",
    "site:staff_search",
}


def test_control_of_anybody_else_the_same_pages_show_everything(client, rows):
    enter(client, rows, "coordinator")
    found = shown(client, rows, pages_of_staff("staff/"))
    assert set(found) == OF_ONE | LISTS | BESIDE | IN_USE
    assert set.union(*found.values()) == set(marks_of(rows))


def test_control_and_a_trainer_their_own_tasks(client, rows):
    enter(client, rows, "trainer")
    assert set(shown(client, rows, pages_of_staff("staff/"))) == {
        "site:staff",
        "site:staff_question",
        "site:staff_question_phone",
        "site:staff_questions",
        "site:staff_task",
        "site:staff_tasks",
    }


def test_control_who_handles_such_people_sees_them(client, restricted):
    enter(client, restricted, "manager")
    found = shown(client, restricted, pages_of_staff("staff/"))
    assert set(found) == (OF_ONE | LISTS | BESIDE | {"site:staff_person_looks"}) - IN_USE
