"""What can be done to many customers of a list; a new one is a line of the table (C2.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.roles import Permission
from crm import bulk
from crm.register.forms.bulk import ManySituationsForm, ManyTasksForm


@dataclass(frozen=True)
class Action:
    """Something that can be done to many: what is asked, what it does, and who may."""

    name: str
    label: StrOrPromise
    permission: Permission
    form: Callable[..., Any]
    do: Callable[[list[Any], Any, User], int]


def give_task(customers: list[Any], form: ManyTasksForm, by: User) -> int:
    return bulk.give_task(customers, form.cleaned_data.pop("what"), **form.cleaned_data, by=by)


def note_situation(customers: list[Any], form: ManySituationsForm, by: User) -> int:
    return bulk.note_situation(customers, form.words(), by=by)


ACTIONS = (
    Action("task", gettext_lazy("Give a task"), Permission.DO_TASKS, ManyTasksForm, give_task),
    Action(
        "situation",
        gettext_lazy("Note a situation"),
        Permission.EDIT_CUSTOMERS,
        ManySituationsForm,
        note_situation,
    ),
)


def actions_for(user: User) -> list[Action]:
    """What this member of staff may do to many."""
    return [each for each in ACTIONS if user.may(each.permission)]
