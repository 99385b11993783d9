"""The styleguide: every part in every state, for those who build and for the browser's accessibility tests."""

from decimal import Decimal

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.forms import CodeField
from common.money import Price
from crm.forms import ask_form
from portal import menu, sample_runs, samples


class SampleForm(forms.Form):
    """One of each kind of field."""

    name = forms.CharField(
        label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "name"}), max_length=200
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("We send the confirmation here."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("fi", "suomi"), ("sv", "svenska"), ("en", "English")]
    )
    payer = forms.ChoiceField(
        label=_("Who pays?"),
        choices=[("self", _("I do")), ("employer", _("My employer"))],
        widget=forms.RadioSelect,
    )
    wishes = forms.CharField(
        label=_("Anything the trainer should know"), required=False, widget=forms.Textarea
    )
    terms = forms.BooleanField(label=_("I accept the terms of enrolment and cancellation."))


class CodeForm(forms.Form):
    """A field for few signs."""

    code = CodeField()


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """All parts on one page."""
    wrong = SampleForm({"email": "aino.makela", "language": "fi"}, auto_id="wrong_%s")
    return render(
        request,
        "portal/styleguide.html",
        {
            "themes": samples.THEMES,
            "weave": samples.weave(),
            "rows": samples.ROWS,
            "crossing": samples.CROSSING,
            "straight": samples.STRAIGHT,
            "person": samples.Person(),
            "deputy": samples.Deputy(picture=static("img/apple-touch-icon.png")),
            "asking_form": ask_form(AnonymousUser(), course="tekoaly"),
            "names": samples.NAMES,
            "price": Price(Decimal(890), Decimal("25.5")),
            "plain_form": SampleForm(auto_id="plain_%s"),
            "wrong_form": wrong,
            "page": Paginator(range(400), 20).page(9),
            "chips": [("#search", "Monimuoto"), ("#search", "Tampere")],
            "openings": sample_runs.openings(),
            "course": sample_runs.Course(),
            "title": sample_runs.TITLE,
            "related": sample_runs.RELATED,
            "code_form": CodeForm(auto_id="code_%s"),
            "sample_messages": [Message(SUCCESS, gettext("Your details are saved."))],
            "crumbs": [("#course", "Koulutukset"), ("#course", "Johtaminen")],
            "steps": [_("Your details"), _("Check"), _("Done")],
            "staff_menu": menu.STAFF,
            "staff_here": menu.STAFF[1],
            "kinds": ["", "ok", "warn", "err"],
        },
    )
