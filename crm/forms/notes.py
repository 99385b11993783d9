"""The form for what staff write on a timeline: three fields, and a few more for those who ask for them (C2.2)."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm import attachments, filetypes, timeline
from crm.attachments import Checked
from crm.filetypes import NotAllowedError, TooLargeError
from crm.models import Encounter
from crm.notes import Note, Step

LONGEST = 10_000  # characters of a note
EARLIEST = date(1990, 1, 1)
FURTHEST = timedelta(days=5 * 365)
MEGABYTE = 1_048_576
FACTS = {
    "megabytes": filetypes.LARGEST // MEGABYTE,
    "endings": ", ".join(filetypes.ENDINGS),
}
WORDS = gettext_lazy("What happened, in words")


class StepWidget(forms.MultiWidget):
    """What, and by which day."""

    template_name = "crm/_step_widget.html"

    def __init__(self) -> None:
        what = forms.TextInput(attrs={"maxlength": 200, "autocomplete": "off"})
        super().__init__({"what": what, "on": forms.DateInput({"type": "date"}, "%Y-%m-%d")})

    def decompress(self, value: Step | None) -> list[Any]:
        return [value.what, value.on] if value else [None, None]


class StepField(forms.MultiValueField):
    """The next step and its day; a step without a day is due in a week, a day without a step is refused."""

    widget = StepWidget

    def __init__(self, **kwargs: Any) -> None:
        parts = (forms.CharField(max_length=200, required=False), forms.DateField(required=False))
        super().__init__(parts, require_all_fields=False, required=False, **kwargs)

    def compress(self, data_list: list[Any]) -> Step | None:
        what, on = data_list or ["", None]
        if not what and not on:
            return None
        if not what:
            raise forms.ValidationError(_("Write what is to be done by that day."), code="what")
        today = timezone.localdate()
        if on and not today <= on <= today + FURTHEST:
            raise forms.ValidationError(
                _("The day of the next step is today or later, in five years at the latest."),
                code="day",
            )
        return Step(what, on)


class LookedInto(forms.FileField):
    """A file of a kind that is taken in, by its content."""

    default_error_messages = {
        "too_large": gettext_lazy("The file is larger than %(megabytes)s MB."),
        "not_allowed": gettext_lazy(
            "This kind of file is not taken in, or it is not what its name says. These are: %(endings)s."
        ),
    }

    def clean(self, data: Any, initial: Any = None) -> Checked | None:
        file: UploadedFile[bytes] | None = super().clean(data, initial)
        if not file:
            return None
        try:
            return attachments.check(file.open(), file.name or "")
        except (TooLargeError, NotAllowedError) as error:
            code = "too_large" if isinstance(error, TooLargeError) else "not_allowed"
            raise forms.ValidationError(self.error_messages[code], code, FACTS) from error


class Words(forms.CharField):
    """Plain text of a note."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 3, "data-sends": "ctrl-enter"}
        super().__init__(
            label=WORDS, max_length=LONGEST, widget=forms.Textarea(attrs=attrs), **kwargs
        )


class VisibilityField(forms.BooleanField):
    """Ticked for a sensitive note."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Sensitive: only those may read it who may read sensitive notes"),
            required=False,
        )

    def clean(self, value: Any) -> str:
        is_sensitive = super().clean(value)
        return Encounter.Visibility.SENSITIVE if is_sensitive else Encounter.Visibility.STAFF


class NoteForm(forms.Form):
    """What kind, in words, the next step. Everything else has a good answer already."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What was it?"), widget=forms.RadioSelect(attrs={"class": "kinds"})
    )
    text = Words()
    step = StepField(label=gettext_lazy("Next step"))
    at = forms.DateTimeField(
        label=gettext_lazy("When, if not now"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    visibility = VisibilityField()
    file = LookedInto(label=gettext_lazy("File"), required=False)

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="note-%s")
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells mypy
        field.choices = [(kind.name, kind.label) for kind in timeline.written()]

    def clean_at(self) -> datetime | None:
        """Nothing that has not happened yet."""
        at: datetime | None = self.cleaned_data["at"]
        if at and not EARLIEST <= timezone.localdate(at) <= timezone.localdate():
            raise forms.ValidationError(
                _("Write here what has happened; what is to come is a next step."), code="when"
            )
        return at

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields for those who ask for them."""
        return [self[name] for name in ("at", "visibility", "file")]

    @property
    def note(self) -> Note:
        """What is to be written, once the form is valid."""
        said = self.cleaned_data
        return Note(
            said["kind"],
            said["text"],
            at=said["at"],
            visibility=said["visibility"],
            step=said["step"],
            files=(said["file"],) if said["file"] else (),
        )


class EditForm(forms.Form):
    """The words anew; `version` is what the editor has read."""

    text = Words()
    visibility = VisibilityField()
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
