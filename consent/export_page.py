"""The readable half of an export: one page in the person's language, without a script and with its style inside."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consent.access import Export, Section
from consent.kinds import Channel
from consent.labels import LABELS
from consent.privacy import Holding
from consent.purposes import purposes

Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """A section in the reader's words."""

    name: str
    title: str
    reason: str
    until: str
    source: str
    recipients: str
    withheld: list[str]
    rows: list[Facts]
    points: list[str]
    files: list[str]
    failed: bool
    is_keys_alone: bool

    @property
    def is_full(self) -> bool:
        return bool(self.rows or self.points or self.files)


def page(found: Export) -> str:
    """The whole page in the person's language; keys and checksums are in `data.json` alone."""
    language = found.subject.language
    with translation.override(language):
        parts = [part(each) for each in found.sections]
        return render_to_string(
            "consent/subject_export.html",
            {
                "site_name": settings.SITE_NAME,
                "contact_email": settings.CONTACT_EMAIL,
                "style": mark_safe(render_to_string("consent/_subject_export.css")),  # noqa: S308  a file of ours
                "language": language,
                "made_at": parse_datetime(found.made_at),
                "emails": found.subject.emails,
                "full": [each for each in parts if each.is_full],
                "keys": [each.title for each in parts if each.is_keys_alone],
                "empty": [
                    each.title
                    for each in parts
                    if not (each.is_full or each.is_keys_alone or each.failed)
                ],
                "failed": [each.title for each in parts if each.failed],
            },
        )


def part(section: Section) -> Part:
    holding = section.holding
    rows = [told for row in section.rows if (told := list(facts(holding, row)))]
    return Part(
        name=holding.name,
        title=str(capfirst(title_of(holding))),
        reason=said(holding.reason),
        until=said(holding.until),
        source=said(holding.source),
        recipients=said(holding.recipients),
        withheld=list(left_out(holding)),
        rows=rows,
        points=[str(each["is"]) for each in section.points],
        files=section.files,
        failed=bool(section.failed),
        is_keys_alone=bool(section.rows) and not rows,
    )


def left_out(holding: Holding) -> Iterator[str]:
    """The withheld columns, each with its reason."""
    columns = {each.name: each for each in holding.model._meta.concrete_fields}  # noqa: SLF001  Django's documented API
    for column in holding.each_column():
        if column.withheld:
            name = label_of(columns[column.name]) or column.name
            yield f"{name}: {said(column.withheld)}"


def title_of(holding: Holding) -> str:
    return said(holding.title) or str(holding.model._meta.verbose_name_plural)  # noqa: SLF001  Django's documented API


def said(text: str) -> str:
    """A declaration's text in the reader's language."""
    return _(text) if text else ""


def facts(holding: Holding, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Label and value of what is to be read; nothing of empty columns, keys and checksums."""
    columns = {each.name: each for each in holding.model._meta.concrete_fields}  # noqa: SLF001  Django's documented API
    for name, value in row.items():
        column = columns[name]
        label = label_of(column)
        if label and value not in (None, "", {}, []):
            yield str(capfirst(label)), in_words(column, value)


def label_of(column: "models.Field[Any, Any]") -> str:
    """The column's name in the reader's language; empty for one that is of use to a machine alone."""
    if column.name in LABELS:
        return str(LABELS[column.name])
    own = column.verbose_name
    return str(own) if isinstance(own, Promise) and not column.is_relation else ""


def in_words(column: "models.Field[Any, Any]", value: Any) -> str:
    """The value as it is written in the reader's language."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return moment(value)
    if isinstance(value, dict | list):
        return (
            str(value["is"])
            if isinstance(value, dict) and "is" in value
            else "; ".join(flat(value))
        )
    return str(words_of(column).get(value) or formats.localize(value))


def words_of(column: "models.Field[Any, Any]") -> dict[Any, Any]:
    """What the column's codes are called."""
    if column.name == "purpose":
        return {purpose.name: purpose.title for purpose in purposes}
    return dict(Channel.choices if column.name == "channel" else column.flatchoices)


def moment(value: date) -> str:
    """A day, or a moment by the clock of Helsinki."""
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    return formats.date_format(value, "SHORT_DATE_FORMAT")


def flat(value: Any, name: str = "") -> Iterator[str]:
    """What a JSON value says, one line a fact."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{name} {key}".strip())
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, name)
    elif value not in (None, ""):
        yield f"{name}: {value}" if name else str(value)
