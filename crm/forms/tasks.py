"""Forms of the customer register."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from accounts.roles import Permission, roles_with
from crm import tasks
from crm.models import Task

FURTHEST = timedelta(days=5 * 366)


def doers(asked_by: User, besides: User | None = None) -> QuerySet[User]:
    """Who may be given a task by this member of staff: colleagues at the same institutions, and who has it already."""
    roles = {"staff_roles__role__in": roles_with(Permission.DO_TASKS)}
    at = Institution.objects.staffed_by(asked_by, Permission.DO_TASKS)
    near = User.objects.filter(is_active=True, **roles)
    found = near.filter(staff_roles__institution__in=at) | near.filter(
        staff_roles__institution=None
    )
    if besides is not None:
        found |= User.objects.filter(pk=besides.pk)
    return found.distinct().order_by("name", "pk")


class TaskForm(forms.Form):
    """What is to be done, by when and by whom; a question's moment stays and is not asked."""

    what = forms.CharField(label=_("What is to be done?"), max_length=200)
    due_on = forms.DateField(
        label=_("By which day?"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    assignee = forms.ModelChoiceField(
        label=_("Who does it?"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody in particular"),
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1
    )

    def __init__(self, by: User, task: Task | None, sent: Mapping[str, Any] | None) -> None:
        super().__init__(sent, initial=begin(by, task))
        self.task = task
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  tells mypy
        field.queryset = doers(by, task.assignee if task else by)
        if task is None:
            del self.fields["version"]
        elif task.kind == Task.Kind.QUESTION:
            del self.fields["due_on"]

    def clean_due_on(self) -> date:
        """No day that has gone, but the task's own, and none that nobody can plan for."""
        day: date = self.cleaned_data["due_on"]
        today = timezone.localdate()
        is_own = self.task is not None and day == timezone.localdate(self.task.due_at)
        if day < today and not is_own:
            raise forms.ValidationError(_("This day has gone."), code="past")
        if day > today + FURTHEST:
            raise forms.ValidationError(_("This day is years away."), code="far")
        return day

    @property
    def due_at(self) -> datetime:
        """The moment meant: the task's own while its day stays, else the end of the day that was chosen."""
        day: date | None = self.cleaned_data.get("due_on")
        if self.task is not None and day in {None, timezone.localdate(self.task.due_at)}:
            return self.task.due_at
        assert day is not None  # noqa: S101  the field is required
        return tasks.end_of(day)


def begin(by: User, task: Task | None) -> dict[str, object]:
    """What the form holds at first: the task, or one for oneself by today."""
    if task is None:
        return {"due_on": timezone.localdate(), "assignee": by}
    return {
        "what": task.what,
        "due_on": timezone.localdate(task.due_at),
        "assignee": task.assignee,
        "version": task.version,
    }
