"""Organisations of the register: the list, looking for one, adding one (C1.1)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from common.order import FinnishOrder
from crm import organisations as verbs
from crm.duplicates import Candidate
from crm.identifiers import InvalidError, business_id
from crm.lists import organisations as lists
from crm.models import Organisation, OrganisationName
from crm.organisations import TakenError
from crm.register import known
from crm.register.forms.lists import OrganisationFilters
from crm.register.forms.organisations import FindForm, NewOrganisationForm
from crm.register.views.lists import Listing, show

LISTING = Listing(
    name="organisations",
    title=gettext_lazy("Organisations"),
    rows=lambda _user: Organisation.objects.all(),
    columns=lists.COLUMNS,
    orders=lists.ORDERS,
    filters=OrganisationFilters,
    url="site:staff_organisations",
    row_url="site:staff_organisation",
    new_url="site:staff_organisation_new",
    bulk_url="site:staff_organisations_bulk",
)
SUGGESTED, FOUND = 10, 50


# --- looking -----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_required(Permission.SEE_CUSTOMERS)
def listed(request: SignedInRequest) -> HttpResponse:
    """The list under the filters of the address; a posted name or business ID is looked for and kept nowhere."""
    form = FindForm(request.POST or None)
    if request.method != "POST":
        return show(request, LISTING, find=form)
    if not form.is_valid():
        return render(request, "crm/staff_found.html", {"find": form}, status=422)
    found = wanted(form.cleaned_data["wanted"])
    if len(found) == 1:
        return redirect("site:staff_organisation", found[0].pk)
    return render(request, "crm/staff_found.html", {"find": form, "found": found})


def wanted(text: str) -> list[Organisation]:
    """The organisation of the business ID, or those with the words in one of their names."""
    try:
        return list(Organisation.objects.filter(business_id=business_id(text)))
    except InvalidError:
        others = OrganisationName.objects.filter(name__icontains=text).values("organisation")
        named = Organisation.objects.filter(name__icontains=text)
        found = named | Organisation.objects.filter(pk__in=others)
        return list(found.order_by(FinnishOrder("name"), "pk")[:FOUND])


@require_POST
@staff_required(Permission.SEE_CUSTOMERS)
def suggested(request: SignedInRequest) -> HttpResponse:
    """Organisations whose names begin as the field in which one types, for the list beside it."""
    typed = request.POST.get(request.headers.get("HX-Trigger-Name", ""), "")[:200]
    typed = typed.replace("\0", "")  # no form looks it over, and the database takes none
    names = Organisation.objects.annotate(sort_key=FinnishOrder("name"))
    asked = FinnishOrder.of(typed.strip())
    found = (
        names.filter(sort_key__startswith=asked).order_by("sort_key", "pk")
        if asked
        else names.none()
    )
    return render(request, "crm/_register_suggestions.html", {"found": found[:SUGGESTED]})


# --- adding ------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def new(request: SignedInRequest) -> HttpResponse:
    """Add an organisation; one that is like another is shown first."""
    form = NewOrganisationForm(request.POST or None, initial={"owner": own_institution(request)})
    if not (request.method == "POST" and form.is_valid()):
        return new_page(request, form, status=422 if form.is_bound else 200)
    likely = known.organisations(form.cleaned_data)
    if likely and not form.cleaned_data["is_another"]:
        return new_page(request, form, likely, status=409)
    try:
        made = verbs.create(form.facts(), by=request.user)
    except TakenError as error:
        form.add_error("business_id", _("Another organisation has this business ID."))
        taken = known.by_sign(error.organisation, "business_id_same")
        return new_page(request, form, [taken], status=409)
    messages.success(request, _("Added to the register."))
    return redirect("site:staff_organisation", made.pk)


def new_page(
    request: SignedInRequest,
    form: NewOrganisationForm,
    likely: list[Candidate] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "likely": likely or []}
    return render(request, "crm/staff_organisation_new.html", context, status=status)


def own_institution(request: SignedInRequest) -> int | None:
    """The institution of the member of staff, where there is one alone."""
    roles = {role.institution_id for role in request.user.staff_roles.all()}
    return roles.pop() if len(roles) == 1 else None


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def likely_organisations(request: SignedInRequest) -> HttpResponse:
    """Who is like what has been typed so far, and why; asked for at every change of a telling field."""
    form = NewOrganisationForm(request.POST)
    form.is_valid()
    found = known.organisations(form.cleaned_data)
    return render(request, "crm/_register_likely.html", {"likely": found})
