"""Forms of what is done to many customers at once."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import TABLE, Permission
from common.spreadsheets import Format
from crm.forms.asking import NameForm
from crm.register.forms.fields import Line
from crm.register.forms.people import DayField, NewSituationForm


def doers() -> "Any":
    """Staff who can be given a task."""
    roles = [role for role, allowed in TABLE.items() if Permission.DO_TASKS in allowed]
    found = User.objects.filter(is_active=True, staff_roles__role__in=roles)
    return found.distinct().order_by("name", "pk")


class ManyTasksForm(forms.Form):
    """A task for each of them."""

    what = Line(label=_("What is to be done?"), required=True, max_length=200)
    due_on = DayField(label=_("By which day?"), required=True)
    assignee = forms.ModelChoiceField(
        label=_("Who does it?"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("nobody in particular"),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"assignee": by.pk}, **kwargs})
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  tells mypy
        field.queryset = doers()

    def clean_due_on(self) -> Any:
        """No day that has gone."""
        day = self.cleaned_data["due_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("This day has gone already."), code="past")
        return day


class ManySituationsForm(NewSituationForm):
    """The same noted of each of them."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"since": timezone.localdate()}, **kwargs})
        self.by = by


class ManyContactsForm(NameForm):
    """Who answers each of them from now on."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by


class FileForm(forms.Form):
    """As what kind of file they are taken out."""

    file = forms.ChoiceField(
        label=_("File"),
        choices=[
            (Format.XLSX.value, _("Excel workbook")),
            (Format.CSV.value, _("CSV for Excel, with semicolons")),
            (Format.PLAIN.value, _("CSV for programs, with commas")),
        ],
        help_text=_(
            "Who took what out, by which filters and how many, is written down. Take no more than you need, and delete the file when it is not needed any more."
        ),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by


class NumbersField(forms.Field):
    """The numbers of ticked rows; anything else is left out."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        return [
            int(each)
            for each in value or []
            if each.isascii() and each.isdigit() and len(each) < 19
        ]


class ChoiceForm(forms.Form):
    """Which rows of which list, and what to do with them; with a number once they have been looked over."""

    action = forms.CharField(max_length=40)
    chosen = NumbersField(required=False)
    all = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=4000)
    seal = forms.RegexField(r"^[0-9a-f]{32}$", required=False)
    token = forms.RegexField(r"^[0-9a-f]{32}$", required=False)
