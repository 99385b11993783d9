"""Forms of the tray: whose a mail is."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from consent.models import Person


class SearchForm(forms.Form):
    """Posted, so that no log and no history keeps whom staff looked for."""

    words = forms.CharField(
        label=_("Name or e-mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )


class MailForm(forms.Form):
    """Which state of the mail the page showed."""

    version = forms.CharField(max_length=16, widget=forms.HiddenInput)


class FileForm(MailForm):
    """The customer the mail is filed with."""

    person = forms.ModelChoiceField(Person.objects.all(), widget=forms.HiddenInput)


class NewForm(MailForm):
    """The name of a person who is not known yet."""

    called = NameField(label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
