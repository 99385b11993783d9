"""Every page on a person that shows them writes down who has looked (E3.5, GDPR Art. 5(2), 15)."""

import pytest
from django.db import models

from accounts.models import User
from consent.models import Person
from crm.models import Affiliation, ContactPerson, Encounter, Filing, Look, Situation, Task
from mailing.models import InboundMail
from tests import factories
from tests.walks.pages import Page, every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of
from tests.walks.test_institutions import text

pytestmark = pytest.mark.django_db

# pages that name people and are no look at one of them
NAMES_ALONE = {
    "site:staff_organisation": "its people by name, as a list has them",
    "site:staff_person_looks": "who has looked; of the person the name alone",
}


@pytest.fixture
def rows(db):
    """A person of whom everything hangs, with a marker in every text."""
    rows = Rows("tamk")
    for model in (ContactPerson, Affiliation, Encounter, Situation, Task, Filing):
        rows[model]
    models.QuerySet(Encounter).update(kind="crm.note")
    models.QuerySet(InboundMail).update(kind="reply", person=rows[Person])
    models.QuerySet(Filing).update(outcome="filed", by=rows[User])
    return rows


def unwritten(client, rows, pages: list[Page]) -> set[str]:
    """The pages that show the person's name or address and write no look at them."""
    person = rows[Person]
    marks = {person.name, *person.addresses.values_list("email", flat=True)}
    found = set()
    for page in pages:
        Look.objects.all().delete()
        shown = text(client.get(path_of(page, rows)))
        is_shown = any(mark in shown for mark in marks)
        if is_shown and not Look.objects.filter(person=person).exists():
            found.add(page.name)
    return found


def pages_of_one() -> list[Page]:
    """Those of the workbench whose address names a row."""
    return [page for page in every_page() if page.route.startswith("staff/") and page.arguments]


def test_whoever_is_shown_on_a_page_is_looked_at(client, rows):
    client.force_login(factories.staff(None, "admin"))
    assert unwritten(client, rows, pages_of_one()) == set(NAMES_ALONE)


def test_control_pages_that_write_nothing_are_found(client, rows, monkeypatch):
    client.force_login(factories.staff(None, "admin"))
    monkeypatch.setattr("crm.looks.look", lambda *_args: None)
    assert unwritten(client, rows, pages_of_one()) - set(NAMES_ALONE) == {
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
