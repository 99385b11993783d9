"""Forms of staff's pages on people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Institution
from consent.kinds import Channel
from consent.models import Topic
from consent.purposes import purposes
from mailing import kinds

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Scope:
    """What somebody can permit or refuse: a purpose, and a topic or an institution where it has them."""

    purpose: str
    topic: Topic | None = None
    controller: Institution | None = None

    @property
    def key(self) -> str:
        """As the form sends it."""
        return f"{self.purpose}-{self.topic.pk if self.topic else 0}-{self.controller.pk if self.controller else 0}"

    def __str__(self) -> str:
        title = str(purposes[self.purpose].title)
        if self.topic is not None:
            return f"{title}: {self.topic}"
        if self.controller is not None:
            return f"{title}: {self.controller}"
        if self.purpose == kinds.NEWSLETTER:
            return _("%(title)s, every topic") % {"title": title}
        return title


def scopes() -> list[Scope]:
    """Every scope there is: the joint newsletter whole and by topic, similar training by institution."""
    return [
        Scope(kinds.NEWSLETTER),
        *(Scope(kinds.NEWSLETTER, topic=topic) for topic in Topic.objects.all()),
        *(Scope(kinds.SIMILAR, controller=each) for each in Institution.objects.all()),
    ]


class MomentForm(forms.Form):
    """The moment to look back to, in Finnish time."""

    at = forms.DateTimeField(
        label=gettext_lazy("As it was at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_at(self) -> datetime:
        """No moment that has not come."""
        at: datetime = self.cleaned_data["at"]
        if at > timezone.now():
            raise forms.ValidationError(
                _("This moment has not come yet. What stands now stands below."), code="future"
            )
        return at


class WordForm(forms.Form):
    """What a person said to a member of staff, and about what."""

    said = forms.ChoiceField(
        label=gettext_lazy("What did the person say?"),
        choices=[
            ("withdraw", gettext_lazy("Does not want this any more")),
            ("grant", gettext_lazy("Gives permission to this")),
            ("object", gettext_lazy("Forbids all marketing, on every channel")),
        ],
        widget=forms.RadioSelect,
    )
    about = forms.ChoiceField(label=gettext_lazy("About what"))
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel.choices)
    note = forms.CharField(
        label=gettext_lazy("How the word reached you"),
        help_text=gettext_lazy(
            "Such as: called us on Monday and asked to stop. The person can read this note."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {each.key: each for each in scopes()}
        field = self.fields["about"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells mypy
        field.choices = [(key, str(each)) for key, each in self.known.items()]

    @property
    def scope(self) -> Scope:
        """What the word is about, once the form is valid."""
        return self.known[self.cleaned_data["about"]]
