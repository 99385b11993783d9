"""A person with everything that hangs on one: a marker in every text, on every page of the workbench."""

from django.db import models

from accounts.models import User
from consent.models import Address, Person
from courses.models import Enrolment
from crm import attachments
from crm.attachments import Checked
from crm.models import (
    Affiliation,
    Attachment,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Encounter,
    Filing,
    ImportRow,
    Merge,
    NamedContact,
    Situation,
    Task,
)
from mailing.models import Delivery, InboundMail
from tests.factories import NOW
from tests.walks.rows import Rows

MODELS = (
    *(ContactPerson, ContactPhone, Affiliation, NamedContact, Situation, Task, Filing),
    *(Delivery, Duplicate, Enrolment, ImportRow, Merge),
)


def rows_of_somebody() -> Rows:
    """The rows; `rows[Person]` is who it is about."""
    rows = Rows("tamk")
    for model in MODELS:
        rows[model]
    person, encounter = rows[Person], rows[Encounter]
    models.QuerySet(Encounter).update(kind="crm.note")
    models.QuerySet(InboundMail).update(kind="reply", person=person)
    models.QuerySet(Filing).update(outcome="filed", by=rows[User])
    models.QuerySet(Task).update(kind="question", encounter=encounter)
    models.QuerySet(Address).filter(person=person).update(closed_at=NOW, closed_because="complaint")
    models.QuerySet(ImportRow).update(
        person=person, problems=[{"code": "cell_too_long", "values": {"most": 9}, "column": ""}]
    )
    file = Checked(f"{rows.marker()}.txt", "txt", b"x")
    encounter.refresh_from_db()
    rows.made[Attachment] = attachments.attach(file, encounter, by=rows[User])
    return rows


def marks_of(rows: Rows) -> dict[str, str]:
    """What tells of the person, by where it lies."""
    person = rows[Person]
    mail = InboundMail.objects.get(person=person)
    return {
        "name": person.name,
        "address": person.addresses.get().email,
        "phone": rows[ContactPhone].number,
        "page": f"/staff/people/{person.pk}/",
        "note": rows[Encounter].text,
        "file": rows[Attachment].name,
        "situation": rows[Situation].text,
        "task": rows[Task].what,
        "subject": mail.subject,
        "mail": mail.text,
        "import": rows[ImportRow].values[0],
    }
