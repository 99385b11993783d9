"""Every page on a person that shows them writes down who has looked, a refused form's too (E3.5, GDPR Art. 5(2), 15)."""

import pytest
from django.db import transaction

from accounts.roles import Role
from consent.models import Person
from crm.models import Look, Task
from tests import factories
from tests.walks.pages import Page, every_page
from tests.walks.person import rows_of_somebody
from tests.walks.samples import path_of
from tests.walks.test_institutions import text

pytestmark = pytest.mark.django_db

ROLES = [Role.ADMIN, Role.SALES, Role.TRAINER, Role.AUDITOR]


@pytest.fixture
def rows(db, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    return rows_of_somebody()


def unwritten(client, rows, pages: list[Page]) -> set[str]:
    """The pages that show the person's name or address and write no look at them: to a look, or to an empty form."""
    person = rows[Person]
    marks = {person.name, *person.addresses.values_list("email", flat=True)}
    found = set()
    for page in pages:
        path = path_of(page, rows)
        for ask in (client.get, client.post):
            with transaction.atomic():
                Look.objects.all().delete()
                shown = text(ask(path))
                is_shown = any(mark in shown for mark in marks)
                if is_shown and not Look.objects.filter(person=person).exists():
                    found.add(f"{ask.__name__} {page.name}")
                transaction.set_rollback(True)
    return found


def pages_of_one() -> list[Page]:
    """Those of the workbench whose address names a row."""
    return [page for page in every_page() if page.route.startswith("staff/") and page.arguments]


def enter(client, rows, role):
    """Sign in as who is to do what the person waits for."""
    user = factories.staff(None, role)
    Task.objects.filter(pk=rows[Task].pk).update(assignee=user)
    client.force_login(user)


@pytest.mark.parametrize("role", ROLES)
def test_whoever_is_shown_on_a_page_is_looked_at(client, rows, role):
    enter(client, rows, role)
    assert unwritten(client, rows, pages_of_one()) == set()


def test_control_pages_that_write_nothing_are_found(client, rows, monkeypatch):
    enter(client, rows, "admin")
    monkeypatch.setattr("crm.looks.look_at_each", lambda *_args: None)
    assert unwritten(client, rows, pages_of_one()) == LOOKED_AT


LOOKED_AT = {
    "get site:staff_contact_of_person",
    "get site:staff_duplicate",
    "get site:staff_merge",
    "get site:staff_note_edit",
    "get site:staff_organisation",
    "get site:staff_permission",
    "get site:staff_person",
    "get site:staff_person_edit",
    "get site:staff_person_looks",
    "get site:staff_question",
    "get site:staff_role",
    "get site:staff_situation",
    "get site:staff_task",
    "get site:staff_tray_mail",
    "post site:staff_contact_of_person",
    "post site:staff_duplicate_merge",
    "post site:staff_merge_undo",
    "post site:staff_note_edit",
    "post site:staff_organisation_note",
    "post site:staff_person_edit",
    "post site:staff_person_note",
    "post site:staff_person_phone",
    "post site:staff_person_role",
    "post site:staff_person_situation",
    "post site:staff_question",
    "post site:staff_question_phone",
    "post site:staff_role",
    "post site:staff_situation",
    "post site:staff_task",
    "post site:staff_tray_file",
    "post site:staff_tray_mail",
    "post site:staff_tray_new",
    "post site:staff_tray_set_aside",
    "post site:staff_word",
}
