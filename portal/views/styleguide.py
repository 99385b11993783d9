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
from crm.forms.asking import ask_form
from crm.forms.notes import NoteForm
from crm.forms.timeline import TimelineForm
from crm.models import Task
from portal import keys, menu, sample_customers, sample_runs, samples
from portal.views.staff_search import Group, Hit


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
            "staff_menu": menu.places(menu.STAFF),
            "staff_here": menu.STAFF[3],
            "keys": keys.KEYS,
            "keys_are_on": True,
            "groups": [
                Group(
                    "organisations",
                    _("Organisations"),
                    [Hit("Konepaja Oy", "0112038-9", "#today"), Hit("Paperi Oy", "", "")],
                )
            ],
            "sample_tasks": [
                Task(pk=1, what="Soita Konepajalle", due_at=samples.LATE),
                Task(pk=2, what="Lähetä tarjous", due_at=samples.LATE, done_at=samples.LATE),
            ],
            "kinds": ["", "ok", "warn", "err"],
            **customer(),
        },
    )


def customer() -> dict[str, object]:
    """The parts of a customer's page."""
    return {
        "customer": sample_customers.Customer(),
        "customer_seen": sample_customers.Seen(),
        "customer_ways": sample_customers.WAYS,
        "customer_named": sample_customers.NAMED,
        "note": NoteForm(),
        "narrow": TimelineForm(),
        "lines": sample_customers.LINES,
        "is_newest": True,
        "now": sample_customers.NOW,
    }
