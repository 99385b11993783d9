"""The filters of a timeline, as they stand in the address."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from crm import timeline
from crm.history import Group, Narrowed
from crm.models import Encounter
from crm.timeline import Who

EVERYTHING = ("", _("Everything"))
WHO = [
    ("", _("Everybody")),
    (Who.STAFF, _("staff")),
    (Who.CUSTOMER, _("the customer")),
    (Who.SYSTEM, _("the portal")),
]


class TimelineForm(forms.Form):
    """Kind, channel, who; what an address has and the form does not know is left out."""

    kind = forms.ChoiceField(label=_("What"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    who = forms.ChoiceField(label=_("Who"), required=False, choices=WHO)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="timeline-%s")
        written = [(kind.name, kind.label) for kind in timeline.written()]
        groups = [(value, capfirst(label)) for value, label in Group.choices]
        self.offer("kind", [EVERYTHING, *written, *groups])
        channels = [(value, capfirst(label)) for value, label in Encounter.Channel.choices]
        self.offer("channel", [EVERYTHING, *channels])

    def offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells mypy
        field.choices = choices

    @property
    def narrowed(self) -> Narrowed:
        """The filters that hold."""
        self.is_valid()
        return Narrowed(**{name: self.cleaned_data.get(name) or "" for name in self.fields})
