"""Forms of the newsletter and of the preference centre."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
from accounts.models import LANGUAGES
from consent.models import Preference, Topic
from mailing.models import Delivery

Frequency = Preference.Frequency
LONGEST_PAUSE = timedelta(days=366)


class TopicsField(forms.ModelMultipleChoiceField[Topic]):
    """Any number of topics, by slug."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Topic.objects.all(),
            label=_("Topics"),
            to_field_name="slug",
            required=False,
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )


class SignUpForm(forms.Form):
    """Address and wishes; the small form in footers sends them preset."""

    email = AddressField()
    topics = TopicsField(help_text=_("Choose none, and you get them all."))
    frequency = forms.ChoiceField(
        label=_("How often at most"),
        choices=[(each.value, each.label) for each in (Frequency.MONTHLY, Frequency.WEEKLY)],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=_("Language of the letter"),
        choices=LANGUAGES,
        widget=forms.RadioSelect,
    )


class PreferencesForm(forms.Form):
    """What comes, how often, and from when on again."""

    topics = TopicsField(help_text=_("Choose none, and the newsletter stops."))
    frequency = forms.ChoiceField(
        label=_("How often at most"), choices=Frequency.choices, widget=forms.RadioSelect
    )
    paused_until = forms.DateField(
        label=_("Pause until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Nothing comes before this day. Leave it empty for no pause."),
    )

    def clean_paused_until(self) -> date | None:
        """A day that has come ends the pause."""
        until: date | None = self.cleaned_data["paused_until"]
        today = timezone.localdate()
        if until is not None and until > today + LONGEST_PAUSE:
            raise forms.ValidationError(
                _("A pause can last a year. To stop for good, choose no topics."), code="too_long"
            )
        return until if until is not None and until > today else None


class LinkForm(forms.Form):
    """The address to mail a link to."""

    email = AddressField()


class DoubtForm(forms.Form):
    """What staff know of a delivery in doubt."""

    state = forms.ChoiceField(
        choices=[
            (state.value, state.label)
            for state in (Delivery.State.SENT, Delivery.State.FAILED, Delivery.State.QUEUED)
        ]
    )
