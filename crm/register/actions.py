"""What can be done to many customers of a list; a new one is a line of the table (C2.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.roles import Permission
from common.spreadsheets import Format
from consent.models import Person
from crm import bulk, exporting
from crm.exporting import Taken
from crm.register.forms.bulk import (
    FileForm,
    ManyContactsForm,
    ManySituationsForm,
    ManyTasksForm,
)


@dataclass(frozen=True)
class Action:
    """Something that can be done to many: what it is called, who may, and what is asked for it."""

    name: str
    label: StrOrPromise
    permission: Permission
    form: Callable[..., Any]

    def among(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Those of the chosen rows it is done to."""
        return rows

    def fits(self, count: int) -> bool:
        """Whether it can be done to so many at once."""
        return 0 < count <= bulk.MOST


@dataclass(frozen=True)
class Change(Action):
    """It changes each of them, once; `do` returns how many."""

    do: Callable[[list[Any], Any, User], int]


@dataclass(frozen=True)
class TakeOut(Action):
    """It gives them as a file, as many as they are, but for people whose data lie still (GDPR Art. 18)."""

    def among(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        return rows.unrestricted() if rows.model is Person else rows  # type: ignore[attr-defined]  # of people it is

    def fits(self, count: int) -> bool:
        return count > 0

    def take(
        self, rows: "QuerySet[Any]", form: FileForm, filters: dict[str, Any], by: User
    ) -> Taken:
        """The file, its log written; `filters` say which rows they are and name nobody."""
        verb: Callable[..., Taken] = (
            exporting.contacts if rows.model is Person else exporting.organisations
        )
        return verb(rows, Format(form.cleaned_data["file"]), by=by, filters=filters)


def give_task(customers: list[Any], form: ManyTasksForm, by: User) -> int:
    return bulk.give_task(customers, form.cleaned_data.pop("what"), **form.cleaned_data, by=by)


def note_situation(customers: list[Any], form: ManySituationsForm, by: User) -> int:
    return bulk.note_situation(customers, form.words(), by=by)


def name_contact(customers: list[Any], form: ManyContactsForm, by: User) -> int:
    return bulk.name_contact(customers, form.cleaned_data["user"], by=by)


ACTIONS: tuple[Action, ...] = (
    Change("task", gettext_lazy("Give a task"), Permission.DO_TASKS, ManyTasksForm, give_task),
    Change(
        "situation",
        gettext_lazy("Note a situation"),
        Permission.EDIT_CUSTOMERS,
        ManySituationsForm,
        note_situation,
    ),
    Change(
        "contact",
        gettext_lazy("Choose the named contact"),
        Permission.MANAGE_CONTACTS,
        ManyContactsForm,
        name_contact,
    ),
    TakeOut("export", gettext_lazy("Take out as a file"), Permission.EXPORT_CUSTOMERS, FileForm),
)


def actions_for(user: User) -> list[Action]:
    """What this member of staff may do to many."""
    return [each for each in ACTIONS if user.may(each.permission)]
