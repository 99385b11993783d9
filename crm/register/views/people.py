"""People of the register: the list, finding one by address, adding one (C1.1)."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from consent import restriction
from consent.models import Person
from consent.people import SuppressedError
from crm import affiliations, contacts
from crm.affiliations import Part
from crm.contacts import KnownError
from crm.duplicates import Candidate
from crm.lists import people as lists
from crm.models import ContactPerson, ContactPhone
from crm.register import known
from crm.register.forms.lists import PeopleFilters
from crm.register.forms.people import FindForm, NewPersonForm
from crm.register.views.lists import Listing, show

LISTING = Listing(
    name="people",
    title=pgettext_lazy("staff", "People"),
    rows=lists.seen_by,
    columns=lists.COLUMNS,
    orders=lists.ORDERS,
    filters=PeopleFilters,
    url="site:staff_people",
    row_url="site:staff_person",
    new_url="site:staff_person_new",
    bulk_url="site:staff_people_bulk",
)
SUPPRESSED = {
    "erased": gettext_lazy(
        "Whoever has this address was erased on their own request. They can come back by their own doing alone: by enrolling, signing in or asking for the newsletter."
    ),
    "objected": gettext_lazy(
        "Whoever has this address objects to marketing and is not taken into the register by us. They can come back by their own doing alone."
    ),
}


# --- looking -----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_required(Permission.SEE_CUSTOMERS)
def listed(request: SignedInRequest) -> HttpResponse:
    """The list under the filters of the address. An address is posted, so that no log and no history keeps it.

    It leads to what the person permits; of who has had the processing restricted, to the page that says so.
    """
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = Person.objects.known_by(form.cleaned_data["address"]).first()
        if person is not None:
            is_seen = restriction.may_see(request.user, person)
            return redirect("site:staff_permission" if is_seen else "site:staff_person", person.pk)
        form.add_error("address", _("We hold nothing of this address."))
    if request.method == "POST":
        return render(
            request, "crm/staff_found.html", {"find": form, "is_people": True}, status=422
        )
    hidden = lists.everybody().restricted().count()
    return show(request, LISTING, find=form, restricted=hidden, is_people=True)


# --- adding ------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def new(request: SignedInRequest) -> HttpResponse:
    """Add a person; who is in the register already is shown first, who must not come back is told."""
    form = NewPersonForm(request.POST or None)
    if not (request.method == "POST" and form.is_valid()):
        return page(request, form, status=422 if form.is_bound else 200)
    likely = known.persons(request.user, form.cleaned_data)
    if likely and not (form.cleaned_data["is_another"] or known.has_address(likely)):
        return page(request, form, likely, status=409)
    try:
        made = add(request, form)
    except SuppressedError as error:
        form.add_error("email", SUPPRESSED[error.reason])
        return page(request, form, status=409)
    except KnownError as error:
        return there_already(request, form, error.person)
    messages.success(request, _("Added to the register."))
    return redirect("site:staff_person", made.pk)


@transaction.atomic
def add(request: SignedInRequest, form: NewPersonForm) -> ContactPerson:
    """The card with its phone and its role: all or nothing."""
    typed, by = form.cleaned_data, request.user
    made = contacts.create(typed["email"], form.card(), kind=typed["kind"], told=form.told(), by=by)
    if typed["phone"]:
        contacts.add_phone(made, typed["phone"], ContactPhone.Kind.MOBILE)
    if typed["organisation"]:
        part = Part(title=typed["title"])
        affiliations.begin(made.person, typed["organisation"], part, by=by)
    return made


def there_already(request: SignedInRequest, form: NewPersonForm, person: Person) -> HttpResponse:
    """Lead to the person who has the address, if this member of staff may see them."""
    form.add_error("email", _("Somebody in the register has this address."))
    seen = lists.seen_by(request.user).filter(pk=person.pk)
    likely = [known.by_sign(each, "email_same") for each in seen]
    if not likely:
        form.add_error("email", _("Their data is only stored; ask who handles requests of people."))
    return page(request, form, likely, status=409)


def page(
    request: SignedInRequest,
    form: NewPersonForm,
    likely: list[Candidate] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "likely": likely or [], "is_people": True}
    return render(request, "crm/staff_person_new.html", context, status=status)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def likely_people(request: SignedInRequest) -> HttpResponse:
    """Who is like what has been typed so far, and why; asked for at every change of a telling field."""
    form = NewPersonForm(request.POST)
    form.is_valid()
    found = known.persons(request.user, form.cleaned_data)
    return render(request, "crm/_register_likely.html", {"likely": found, "is_people": True})
