"""One organisation of the register: editing it, two who do so at once, its other names (C1.1)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from crm import organisations as verbs
from crm.models import Organisation, OrganisationName
from crm.organisations import CircleError, TakenError
from crm.register import known
from crm.register.forms.organisations import NameForm, OrganisationForm, initial_of
from crm.register.forms.people import NewSituationForm
from crm.versions import StaleError


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is known. Who saves second sees both versions and may save over the new one."""
    organisation = organisation_of(pk)
    if request.method != "POST":
        return page(request, organisation)
    form = OrganisationForm(request.POST)
    if not form.is_valid():
        return page(request, organisation, form=form, status=422)
    try:
        verbs.change(organisation, form.facts(), version=form.opened_at, by=request.user)
    except StaleError:
        return both_versions(request, organisation, form)
    except (TakenError, CircleError) as error:
        return refused(request, organisation, form, error)
    messages.success(request, _("Saved."))
    return redirect("site:staff_organisation", pk)


def both_versions(
    request: SignedInRequest, organisation: Organisation, form: OrganisationForm
) -> HttpResponse:
    """What somebody else has saved beside what was typed, and the form to save it over theirs."""
    current = organisation_of(organisation.pk)
    theirs = initial_of(verbs.facts_of(current))
    return page(request, current, status=409, **form.beside(theirs, current.version))


def refused(
    request: SignedInRequest,
    organisation: Organisation,
    form: OrganisationForm,
    error: TakenError | CircleError,
) -> HttpResponse:
    """What the database forbids, at its field; another's business ID with the way to the other."""
    if isinstance(error, TakenError):
        form.add_error("business_id", _("Another organisation has this business ID."))
        likely = [known.by_sign(error.organisation, "business_id_same")]
        return page(request, organisation, form=form, likely=likely, status=409)
    form.add_error("parent", _("This organisation is above that one already."))
    return page(request, organisation, form=form, status=409)


def page(
    request: SignedInRequest, organisation: Organisation, *, status: int = 200, **more: object
) -> HttpResponse:
    """The form, and the small ones below it."""
    context = {
        "organisation": organisation,
        "form": more.get("form") or opened(organisation),
        "names": organisation.names.order_by("name"),
        "name_form": NameForm(prefix="other"),
        "situations": organisation.situations.order_by("-since", "-pk"),
        "situation_form": NewSituationForm(prefix="situation"),
        **more,
    }
    return render(request, "crm/staff_organisation_edit.html", context, status=status)


def opened(organisation: Organisation) -> OrganisationForm:
    """The form with what is known now."""
    facts = initial_of(verbs.facts_of(organisation))
    return OrganisationForm(initial={**facts, "version": organisation.version})


def organisation_of(pk: int) -> Organisation:
    return get_object_or_404(Organisation.objects.select_related("parent", "owner"), pk=pk)


# --- other names -------------------------------------------------------------------------------


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def add_name(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another name it goes by."""
    organisation = organisation_of(pk)
    form = NameForm(request.POST, prefix="other")
    if not form.is_valid():
        return page(request, organisation, name_form=form, status=422)
    verbs.add_name(organisation, form.cleaned_data["name"], form.cleaned_data["kind"])
    messages.success(request, _("Saved."))
    return redirect("site:staff_organisation_edit", organisation.pk)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def remove_name(request: SignedInRequest, pk: int, name: int) -> HttpResponse:
    """A name it does not go by after all; one that is gone already is no fault."""
    found = OrganisationName.objects.filter(pk=name, organisation=pk).first()
    if found is not None:
        verbs.remove_name(found)
    messages.success(request, _("The name was removed."))
    return redirect("site:staff_organisation_edit", pk)
