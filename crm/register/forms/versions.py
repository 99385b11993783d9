"""Forms that know what they were opened with, so that two who edit one record lose nothing.

Each field carries its first value. When somebody else has saved meanwhile, what one has not touched is taken over from
them, what one has touched stays, and both versions are shown field by field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict


@dataclass(frozen=True)
class Difference:
    """A field that differs from what is saved now; `mine` is empty where theirs was taken over."""

    label: str
    theirs: str
    mine: str
    is_taken_over: bool


class VersionedForm(forms.Form):
    """A form on a record; `version` is the one it was opened at."""

    version = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # a form for something new has no version
            field.show_hidden_initial = "version" in self.fields and name != "version"

    @property
    def opened_at(self) -> int:
        """The version as a counter; 0, which is nothing's, when it is none."""
        text = str(self.cleaned_data["version"])
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def touched(self) -> set[str]:
        """Fields that hold something else than when the form was opened."""
        return set(self.changed_data) - {"version"}

    def beside(self, theirs: Mapping[str, Any], version: str | int) -> dict[str, Any]:
        """What a page shows when somebody else has saved `theirs` meanwhile: both, and the form to save over it."""
        return {
            "form": self.over(theirs, version),
            "differences": self.differences(theirs),
            "is_stale": True,
        }

    def over(self, theirs: Mapping[str, Any], version: str | int) -> "VersionedForm":
        """The form as it would be, had it been opened now, with all that was typed."""
        assert isinstance(self.data, QueryDict)  # noqa: S101  tells mypy
        data = self.data.copy()
        for name, field in self.fields.items():
            if name == "version":
                continue
            value = field.prepare_value(theirs.get(name))
            put(data, self.add_initial_prefix(name), value)
            if name not in self.touched:
                put(data, self.add_prefix(name), value)
        data[self.add_prefix("version")] = str(version)
        return type(self)(data)

    def differences(self, theirs: Mapping[str, Any]) -> list[Difference]:
        """Where what is saved now is neither what was typed nor what the form was opened with."""
        found = []
        for name in self.fields:
            if name == "version":
                continue
            saved = self.in_words(name, theirs.get(name))
            typed = self.in_words(name, self.cleaned_data.get(name))
            if saved == typed:
                continue
            label = str(self.fields[name].label)
            is_mine = name in self.touched
            found.append(Difference(label, saved, typed if is_mine else "", not is_mine))
        return found

    def in_words(self, name: str, value: Any) -> str:
        """A value as the page shows it."""
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            return str(value or "")
        if isinstance(field, forms.ChoiceField):
            labels = {str(key): str(label) for key, label in flat(field.choices)}
            chosen = value if isinstance(value, list | tuple) else [value]
            return ", ".join(labels.get(str(each), "") for each in chosen if each)
        return str(field.prepare_value(value) or "")


def flat(choices: Any) -> list[tuple[Any, Any]]:
    """Choices without their groups."""
    return [(key, label) for key, label in choices if not isinstance(label, list | tuple)]


def put(data: QueryDict, name: str, value: Any) -> None:
    """A value as a browser would send it."""
    if isinstance(value, list | tuple):
        data.setlist(name, [str(each) for each in value])
    else:
        data[name] = "" if value is None else str(value)
