"""What a customer is in, moved by, or needs: noted, changed, over (C3)."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Permission
from crm import looks, situations
from crm.lists import people as lists
from crm.models import Situation
from crm.register.forms.people import NewSituationForm, SituationForm
from crm.register.views import organisation as of_organisation
from crm.register.views import person as of_person
from crm.situations import version_of, words_of
from crm.versions import StaleError


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def note_of_person(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note it of a person."""
    contact = of_person.contact_of(request.user, pk)
    form = NewSituationForm(request.POST, prefix="situation")
    if not form.is_valid():
        return of_person.page(request, contact, situation_form=form, status=422)
    situations.note(form.words(), person=contact.person, by=request.user)
    messages.success(request, _("Saved."))
    return redirect("site:staff_person_edit", pk)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def note_of_organisation(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note it of an organisation."""
    organisation = of_organisation.organisation_of(pk)
    form = NewSituationForm(request.POST, prefix="situation")
    if not form.is_valid():
        return of_organisation.page(request, organisation, situation_form=form, status=422)
    situations.note(form.words(), organisation=organisation, by=request.user)
    messages.success(request, _("Saved."))
    return redirect("site:staff_organisation_edit", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change it, or end it by its last day; who saves second sees both versions."""
    situation = situation_of(request.user, pk)
    if request.method != "POST":
        return page(request, situation)
    form = SituationForm(request.POST)
    if not form.is_valid():
        return page(request, situation, form=form, status=422)
    try:
        situations.change(situation, form.words(), version=form.cleaned_data["version"])
    except StaleError:
        return both_versions(request, situation, form)
    messages.success(request, _("Saved."))
    if situation.person_id is not None:
        return redirect("site:staff_person_edit", situation.person_id)
    return redirect("site:staff_organisation_edit", situation.organisation_id)


def both_versions(
    request: SignedInRequest, situation: Situation, form: SituationForm
) -> HttpResponse:
    """What somebody else has saved beside what was typed."""
    current = situation_of(request.user, situation.pk)
    theirs = vars(words_of(current))
    return page(request, current, status=409, **form.beside(theirs, version_of(current)))


def page(
    request: SignedInRequest, situation: Situation, *, status: int = 200, **more: object
) -> HttpResponse:
    """The form; the look at whose situation it is, is written down."""
    looks.look_at(situation, request.user)
    opened = SituationForm(initial={**vars(words_of(situation)), "version": version_of(situation)})
    context = {"situation": situation, "form": more.get("form") or opened, **more}
    return render(request, "crm/staff_situation.html", context, status=status)


def situation_of(user: User, pk: int) -> Situation:
    """One of an organisation, or of somebody this member of staff may see."""
    seen = Q(person=None) | Q(person__in=lists.seen_by(user))
    found = Situation.objects.select_related("person", "organisation").filter(seen)
    return get_object_or_404(found, pk=pk)
