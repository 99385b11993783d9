"""Read what is held on a person, holding by holding (GDPR Art. 15)."""
# ruff: noqa: SLF001  _meta is Django's documented API

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models, transaction

from common.days import database_now
from consent import uploads
from consent.models import Wording
from consent.privacy import Column, Holding, Sort, Subject
from consent.privacy import holdings as every_holding

log = logging.getLogger(__name__)
VERSION = 1


@dataclass
class Section:
    """One holding as it is exported: `rows` are the person's, `points` what refers to them from rows about others."""

    holding: Holding
    rows: list[dict[str, Any]] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    failed: str = ""

    def as_json(self) -> dict[str, Any]:
        """With why and how long; a failed one says so in place of its rows."""
        told = {
            "name": self.holding.name,
            "reason": self.holding.reason,
            "how_long": self.holding.until,
            "source": self.holding.source or "the person, or made when they used the portal",
            "recipients": self.holding.recipients or "nobody outside the portal",
            "withheld": {
                each.name: each.withheld for each in self.holding.each_column() if each.withheld
            },
        }
        if self.failed:
            return {**told, "failed": self.failed}
        return {**told, "rows": self.rows, "points_to_you": self.points, "files": self.files}


@dataclass
class Export:
    """What was found of a person."""

    subject: Subject
    made_at: str
    sections: list[Section]

    @property
    def failed(self) -> list[str]:
        """Names of the holdings that could not be read."""
        return [each.holding.name for each in self.sections if each.failed]

    def as_json(self) -> dict[str, Any]:
        return {
            "format": "subject-export",
            "version": VERSION,
            "site": settings.BASE_URL,
            "made_at": self.made_at,
            "complete": not self.failed,
            "incomplete": self.failed,
            "person": {"addresses": self.subject.emails, "names": self.subject.names},
            "sections": [each.as_json() for each in self.sections],
        }


def collect(subject: Subject, declared: Iterable[Holding] = every_holding) -> Export:
    """Read every holding that can have something of the person."""
    holdings = [each for each in declared if each.whose is not None or each.links()]
    personal = {each.model for each in holdings if each.whose is not None}
    sections = [section(holding, subject, personal) for holding in holdings]
    return Export(subject, database_now().isoformat(), sections)


def section(holding: Holding, subject: Subject, personal: set[type[models.Model]]) -> Section:
    """One holding; what goes wrong is written on it and in the log, by kind, for the message may hold names."""
    try:
        with transaction.atomic():
            return Section(
                holding,
                rows=rows_of(holding, subject, personal),
                points=points_of(holding, subject),
                files=files_of(holding, subject),
            )
    except Exception as error:  # noqa: BLE001  the other sections are still the person's right
        log.error("Export: %s cannot be read: %s", holding.name, type(error).__name__)  # noqa: TRY400  a trace would hold names
        return Section(holding, failed=type(error).__name__)


def shown(holding: Holding) -> list[Column]:
    """The columns an export has: personal, not withheld, and not a link to who reads it."""
    return [
        each
        for each in holding.each_column()
        if each.sort == Sort.PERSONAL and not each.withheld and not each.link
    ]


def rows_of(
    holding: Holding, subject: Subject, personal: set[type[models.Model]]
) -> list[dict[str, Any]]:
    """The person's rows, each a dictionary; a reference to what is nobody's is told in words too."""
    columns = shown(holding)
    if holding.whose is None or not columns:
        return []
    told = [
        each.name for each in columns if is_told(holding.model._meta.get_field(each.name), personal)
    ]
    rows = holding.rows(subject).select_related(*told)
    only = {
        each.name: set(rows.filter(each.shown(subject)).values_list("pk", flat=True))
        for each in columns
        if each.shown is not None
    }
    return [
        {
            each.name: value_of(row, each.name, personal)
            for each in columns
            if row.pk in only.get(each.name, (row.pk,))
        }
        for row in rows
    ]


def value_of(row: models.Model, name: str, personal: set[type[models.Model]]) -> Any:
    """A value that JSON can hold."""
    column = row._meta.get_field(name)
    if not isinstance(column, models.ForeignKey):
        value = getattr(row, name)
        return value.name if isinstance(column, models.FileField) else value
    key = getattr(row, column.attname)
    if key is None or not is_told(column, personal):
        return key
    return {"key": key, "is": in_words(getattr(row, name))}


def is_told(column: Any, personal: set[type[models.Model]]) -> bool:
    """Whether the column refers to something that is nobody's, whose words an export gives too."""
    return isinstance(column, models.ForeignKey) and column.related_model not in personal


def in_words(thing: models.Model) -> str:
    """What a row about nobody says; of a wording the whole text, word for word."""
    return thing.body if isinstance(thing, Wording) else str(thing)


def points_of(holding: Holding, subject: Subject) -> list[dict[str, Any]]:
    """Rows about something else that name the person, such as a course whose contact they are."""
    if holding.whose is not None:
        return []
    return [
        {"column": column.name, "key": row.pk, "is": str(row)}
        for column in holding.links()
        if not column.withheld
        for row in holding.linked(column, subject)
    ]


def files_of(holding: Holding, subject: Subject) -> list[str]:
    """Names of the person's files (`uploads.name_of`), as they are under `files/` in the ZIP."""
    if holding.tells_of:
        return []  # the row itself has its file; of one that was replaced, the name is told
    shown = [each.name for each in holding.uploads() if not (each.withheld or each.link)]
    rows = holding.rows(subject) if shown else []
    files = [getattr(row, each) for row in rows for each in shown]
    return [uploads.name_of(file.field, file.name) for file in files if file.name]
