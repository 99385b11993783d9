"""One row of any model, for one institution, with a marker of its own in every text that it can hold.

Made from the model's columns, with what it needs; `VALUES` says what constraints ask of a column, `SPECIAL` makes what
columns alone cannot.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from modeltranslation.manager import get_translatable_fields_for_model

from accounts.models import Institution, StaffRole, User
from consent import people
from consent.models import Address, Person, Topic
from courses.models import Course, Enrolment, Run, Seat, Session, Theme
from crm.models import (
    Absence,
    ContactPhone,
    Duplicate,
    Encounter,
    Import,
    ImportRow,
    Merge,
    NamedContact,
    OrganisationAddress,
    Situation,
    Task,
)
from mailing import outbox
from mailing.models import Delivery, InboundMail, Message
from tests import factories
from tests.factories import NOW, TODAY

WORD = "zqmerkki"  # every marker begins with it; no text of ours has it


class Rows:
    """`rows[Model]` is the institution's row, made when it is first asked for; `is_public`: what can be published is."""

    def __init__(self, slug: str, *, is_public: bool = True) -> None:
        self.institution = factories.institution(slug)
        self.is_public = is_public
        self.made: dict[type[models.Model], Any] = {Institution: self.institution}
        self._numbers = count(1)

    def __getitem__(self, model: type[models.Model]) -> Any:
        if model not in self.made:
            maker = SPECIAL.get(model, lambda rows: rows.generic(model))
            try:
                self.made[model] = maker(self)
            except Exception as error:
                message = (
                    f"{model._meta.label} needs a value or a maker in tests/walks/rows.py: {error}"
                )
                raise AssertionError(message) from error
        return self.made[model]

    def marker(self) -> str:
        return f"{WORD}{next(self._numbers):03d}{self.institution.slug}"

    def generic(self, model: type[models.Model], **given: Any) -> Any:
        repeated = set(get_translatable_fields_for_model(model) or ())
        values = {
            field.name: self.value(field)
            for field in model._meta.concrete_fields
            if field.name not in {*given, *repeated} and not _is_made_by_the_database(field)
        }
        extra = VALUES[model](self) if model in VALUES else {}
        wanted = {name: value for name, value in values.items() if value is not None}
        return model._default_manager.create(**{**wanted, **extra, **given})

    def value(self, field: Any) -> Any:
        """None leaves the column's default."""
        if isinstance(field, models.ForeignKey):
            wanted = not field.null or field.related_model is Institution
            return self[field.related_model] if wanted else None
        is_free = not field.choices and not isinstance(field, models.FileField)
        if is_free and isinstance(field, models.CharField | models.TextField):
            return self.text(field)
        if is_free and isinstance(field, models.JSONField):
            return {"note": self.marker()}
        return _plain(field)

    def text(self, field: Any) -> str | None:
        if isinstance(field, models.EmailField):
            return f"{self.marker()}@example.org"
        if isinstance(field, models.URLField):
            return f"https://{self.marker()}.example.org/"
        marker = self.marker()
        fits = not field.max_length or field.max_length >= len(marker)
        return marker if fits else None


def _is_made_by_the_database(field: Any) -> bool:
    kinds = (models.AutoField, models.GeneratedField)
    return isinstance(field, kinds) or (field.primary_key and not field.is_relation)


def _plain(field: Any) -> Any:
    given = field.has_default() or field.null or field.db_default is not models.NOT_PROVIDED
    if given or (field.blank and (field.choices or isinstance(field, models.FileField))):
        return None
    if field.choices:
        return field.choices[0][0]
    return next((value for kind, value in PLAIN.items() if isinstance(field, kind)), 1)


PLAIN: dict[type["models.Field[Any, Any]"], Any] = {
    ArrayField: [],
    models.FileField: "file.txt",
    models.DateTimeField: NOW,
    models.DateField: TODAY,
}


def _of_person(rows: Rows) -> dict[str, Any]:
    return {"person": rows[Person]}


VALUES: dict[type[models.Model], Callable[[Rows], dict[str, Any]]] = {
    Absence: lambda rows: {"deputy": factories.user(), "since": TODAY, "until": TODAY},
    ContactPhone: lambda _rows: {"number": "+358401234567"},
    Course: lambda rows: {"published_at": NOW - factories.DAY if rows.is_public else None},
    Duplicate: lambda rows: {
        "left_person": rows[Person],
        "right_person": people.person_for(f"{rows.marker()}@example.org"),
        "score": 60,
        "reasons": ["name_same"],
    },
    Encounter: lambda rows: {**_of_person(rows), "kind": "crm.note"},
    Import: lambda _rows: {"headings": ["Nimi"], "columns": [""]},
    InboundMail: lambda rows: {**_of_person(rows), "kind": "reply"},
    ImportRow: lambda rows: {"values": [rows.marker()], "problems": [], "made": {}, "filled": []},
    Merge: lambda rows: {
        **_of_person(rows),
        "absorbed": rows[Person].pk + 10**6,
        "image": {},
        "moved": {},
    },
    NamedContact: _of_person,
    Session: lambda _rows: {"ends_at": NOW + factories.DAY},
    OrganisationAddress: lambda _rows: {"country": "FI", "postcode": "33100"},
    Situation: _of_person,
    Task: _of_person,
}


def _user(rows: Rows) -> User:
    made = User.objects.create_user(f"{rows.marker()}@example.org", name=rows.marker())
    made.phone = rows.marker()
    made.save()
    return made


def _person(rows: Rows) -> Person:
    made = people.person_of(rows[User])
    Person.objects.filter(pk=made.pk).update(name=rows.marker())
    return Person.objects.get(pk=made.pk)


def _run(rows: Rows) -> Run:
    state = Run.State.PUBLISHED if rows.is_public else Run.State.DRAFT
    names: dict[str, Any] = {"identifier": rows.marker(), "name": rows.marker()}
    closes = NOW.replace(year=2100)
    return factories.run(rows[Course], state=state, enrolment_closes_at=closes, **names)


SPECIAL: dict[type[models.Model], Callable[[Rows], Any]] = {
    User: _user,
    Person: _person,
    Address: lambda rows: rows[Person].addresses.get(),
    Delivery: lambda rows: outbox.queue("accounts/code", rows[Person], {"what": "sign_in"}),
    Message: lambda rows: rows[Delivery].message,
    Run: _run,
    Seat: lambda rows: Seat.objects.filter(run=rows[Run]).first(),
    Enrolment: lambda rows: factories.enrolment(rows[Run], rows[Person]),
    StaffRole: lambda rows: StaffRole.objects.create(
        user=rows[User], institution=rows.institution, role="sales"
    ),
    Theme: lambda _rows: factories.theme("digi"),
    Topic: lambda _rows: factories.topic("digi"),
}
