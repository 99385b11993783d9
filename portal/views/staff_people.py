"""A person's permissions for staff: now and at any past moment, how they came to be, and a word said on the phone (D1.6)."""

from datetime import datetime
from typing import NamedTuple, TypedDict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.models import Institution, User
from accounts.roles import Permission
from consent import ledger
from consent import permission as judge
from consent.kinds import Author, Method
from consent.ledger import Proof, RefusalStandsError
from consent.models import Event, Evidence, Person, Topic, Wording
from consent.permission import Decision, Entry
from crm import looks
from crm.models import Look
from mailing import preferences
from portal.forms import MomentForm, Scope, WordForm, scopes


class How(TypedDict):
    """How the word reached us, and by whom."""

    method: Method
    by: User
    evidence: Proof


class About(TypedDict):
    """What of a purpose the word is about."""

    channel: str
    topic: Topic | None
    controller: Institution | None


class Told(NamedTuple):
    """An entry of the history, with the note of the staff who recorded it."""

    entry: Entry
    note: str


class Answer(NamedTuple):
    """What may be sent now, and why."""

    about: str
    decision: Decision


# --- looking -----------------------------------------------------------------------------


@require_safe
@staff_required(Permission.SEE_PEOPLE)
def permission(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything the ledger says of a person, as it stands now or as it stood `?at=` (Europe/Helsinki)."""
    return page(request, person_of(request, pk))


def page(
    request: SignedInRequest, person: Person, word: WordForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The person's page, with what was wrong in the form for their word; the look is written down."""
    looks.look(person, request.user, Look.Page.PERMISSION)
    moment = MomentForm(request.GET if "at" in request.GET else None)
    past: datetime | None = None
    if moment.is_bound and moment.is_valid():
        past = moment.cleaned_data["at"]
    context = {
        "person": person,
        "addresses": person.addresses.all(),
        "moment": moment,
        "past": past,
        "standings": judge.at(person, past or timezone.now()),
        "answers": [] if past else answers(person),
        "history": history(person),
        "word": word or WordForm(),
        "wordings": wordings(person.language),
        "may_record": request.user.may(Permission.RECORD_WORDS),
    }
    if moment.errors:
        status = 422
    return render(request, "portal/staff_permission.html", context, status=status)


def answers(person: Person) -> list[Answer]:
    """The judge's answer by e-mail for every scope there is, and for service and legal messages."""
    return [
        Answer(
            str(each),
            judge.may_contact(person, each.purpose, topic=each.topic, controller=each.controller),
        )
        for each in [*scopes(), Scope("service"), Scope("legal")]
    ]


def history(person: Person) -> list[Told]:
    """All that was said, newest first; what staff recorded with their note, while it is kept."""
    noted = Evidence.objects.filter(event__chain__owner__person=person, event__by_kind=Author.STAFF)
    notes = dict(noted.values_list("event", "note"))
    return [Told(each, notes.get(each.event.pk, "")) for each in judge.history(person)]


def wordings(language: str) -> list[Wording]:
    """The texts to read out before a permission is given."""
    return [ledger.wording_of(each, language) for each in sorted({s.purpose for s in scopes()})]


def person_of(request: SignedInRequest, pk: int) -> Person:
    """Somebody whom this member of staff may see."""
    found = Person.objects.visible_to(request.user).prefetch_related("addresses")
    return get_object_or_404(found, pk=pk)


# --- writing ------------------------------------------------------------------------------


@require_POST
@staff_required(Permission.RECORD_WORDS)
def word(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record what the person said to staff. A refusal that stands is lifted by the person alone: 409 then."""
    person = person_of(request, pk)
    form = WordForm(request.POST)
    if not form.is_valid():
        return page(request, person, form, status=422)
    try:
        event = record(request, person, form)
    except RefusalStandsError:
        form.add_error(
            None,
            _(
                "The person has refused this, and only their own new consent lifts that. Send them the link: there they can permit it themselves."
            ),
        )
        return page(request, person, form, status=409)
    if event is None:
        messages.warning(request, _("That was so already; nothing new was recorded."))
    else:
        messages.success(request, _("Recorded, and in force at once."))
    return redirect("site:staff_permission", person.pk)


def record(request: SignedInRequest, person: Person, form: WordForm) -> Event | None:
    """The verb of the ledger for what was said; None when it was the last word already."""
    said, scope = form.cleaned_data["said"], form.scope
    proof = Proof(address=person.email, note=form.cleaned_data["note"])
    how: How = {"method": Method.STAFF, "by": request.user, "evidence": proof}
    if said == "object":
        return ledger.object_to_marketing(person, **how)
    channel = form.cleaned_data["channel"]
    about: About = {"channel": channel, "topic": scope.topic, "controller": scope.controller}
    if said == "withdraw":
        return ledger.withdraw(person, scope.purpose, **about, **how)
    wording = ledger.wording_of(scope.purpose, person.language)
    return ledger.grant(person, scope.purpose, wording=wording, **about, **how)


@require_POST
@staff_required(Permission.RECORD_WORDS)
def link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mail the person the link to their preference centre, as they have asked."""
    person = person_of(request, pk)
    if not person.email:
        messages.warning(request, _("The person has no e-mail address."))
    else:
        preferences.mail_link(person.email, language=person.language)
        messages.success(request, _("The link is on its way to the person’s address."))
    return redirect("site:staff_permission", person.pk)
