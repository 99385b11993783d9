"""Whatever stands in a text, no page lets a browser take it for markup (A14)."""

import re
from typing import Any

import pytest
from django.db import models
from django.utils.html import escape

from accounts.models import StaffRole, User
from consent.models import Person
from crm.models import (
    Affiliation,
    Attachment,
    ContactPerson,
    Duplicate,
    Encounter,
    Filing,
    Import,
    ImportRow,
    Merge,
    NamedContact,
    OrganisationAddress,
    OrganisationName,
    Situation,
    Task,
)
from mailing.models import InboundMail
from tests import factories
from tests.walks.pages import Page, every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of
from tests.walks.test_institutions import models_of_one_institution, text

pytestmark = pytest.mark.django_db

# each is alive in another place: between tags, in an attribute, in a script
CORPUS = (
    "<svg onload=alert(1)>",
    "\"'><img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</title></textarea></style><iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7*7 }}{% debug %}<math><mi//xlink:href=data:x,alert(1)>",
)
ALIVE = re.compile(
    r"<svg onload|<img src=x|<script>alert|<iframe srcdoc|<math><mi|\"'><img", re.IGNORECASE
)


class Hostile(Rows):
    """Rows whose every free text that has room is one of the corpus, in turn."""

    def text(self, field: "models.Field[Any, Any]") -> str | None:
        is_free = not isinstance(field, models.EmailField | models.URLField | models.SlugField)
        number = int(self.marker()[8:11])
        payload = f"{CORPUS[number % len(CORPUS)]} {number}"
        if is_free and (not field.max_length or field.max_length >= len(payload)):
            return payload
        return super().text(field)


CUSTOMER = (
    *(ContactPerson, Affiliation, Encounter, Attachment, Situation, Task, Filing),
    *(OrganisationName, OrganisationAddress, NamedContact, Duplicate, Merge, ImportRow),
)


@pytest.fixture
def rows(db):
    """A published offering and a customer whose every text is hostile."""
    rows = Hostile("tamk")
    for model in (*models_of_one_institution(), *CUSTOMER):
        rows[model]
    models.QuerySet(Encounter).update(kind="crm.note")
    models.QuerySet(InboundMail).update(kind="reply", person=rows[Person])
    models.QuerySet(Filing).update(outcome="filed", by=rows[User])
    for model in (User, Person):
        models.QuerySet(model).filter(pk=rows[model].pk).update(name=CORPUS[1])
    models.QuerySet(Import).update(headings=[CORPUS[0]], columns=[CORPUS[3]], state="checked")
    models.QuerySet(ImportRow).update(values=[CORPUS[4]], state="checked", verdict="left_out")
    return rows


@pytest.fixture
def reader(client):
    """Somebody of staff whose own name is hostile too, and who sees everything there is."""
    admin = factories.staff(None, "admin", name=CORPUS[0])
    StaffRole.objects.create(user=admin, institution=None, role="auditor")
    client.force_login(admin)
    return client


def shown(client, rows, pages: list[Page]) -> dict[str, str]:
    """What the pages answer that a browser reads as markup, by the page's name."""
    answers = {page.name: client.get(path_of(page, rows)) for page in pages}
    return {
        name: text(answer)
        for name, answer in answers.items()
        if re.search("html|xml|svg", answer.headers.get("Content-Type", ""))
    }


def test_no_page_has_hostile_text_alive(reader, rows):
    answers = shown(reader, rows, every_page())
    assert {name for name, body in answers.items() if ALIVE.search(body)} == set()


def test_control_the_hostile_text_is_there_and_harmless(reader, rows):
    answers = shown(reader, rows, every_page())
    tamed = {name for name, body in answers.items() if any(escape(each) in body for each in CORPUS)}
    assert {
        "courses:course_detail",
        "courses:course_list",
        "site:staff_people",
        "site:staff_person",
        "site:staff_organisation",
        "site:staff_duplicate",
        "site:staff_task",
        "site:staff_tray_mail",
        "site:staff_import",
        "site:staff_audit",
    } <= tamed


def test_control_text_that_is_alive_is_found(reader, rows, monkeypatch):
    monkeypatch.setattr("django.template.base.conditional_escape", str)
    pages = [page for page in every_page() if page.name == "site:staff_person"]
    bodies = shown(reader, rows, pages).values()
    assert [bool(ALIVE.search(body)) for body in bodies] == [True]
