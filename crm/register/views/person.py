"""One person of the register: editing the card, its phones; two who do so at once (C1.1)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Permission
from consent.people import SuppressedError
from crm import contacts, looks
from crm.contacts import KnownError, OwnAddressError
from crm.duplicates import Candidate
from crm.lists import people as lists
from crm.models import ContactPerson, ContactPhone
from crm.register import known
from crm.register.forms.people import NewRoleForm, NewSituationForm, PersonForm, PhoneForm
from crm.register.views.people import SUPPRESSED
from crm.versions import StaleError


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change the card. Who saves second sees both versions and may save over the new one."""
    contact = contact_of(request.user, pk)
    if request.method != "POST":
        return page(request, contact)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return page(request, contact, form=form, status=422)
    typed = form.cleaned_data
    email = typed["email"] if "email" in form.touched else ""
    try:
        contacts.change(
            contact, form.card(), version=typed["version"], email=email, by=request.user
        )
    except StaleError:
        return both_versions(request, contact, form)
    except (SuppressedError, KnownError, OwnAddressError) as error:
        form.add_error("email", why_not(error))
        return page(request, contact, form=form, likely=others(request.user, error), status=409)
    messages.success(request, _("Saved."))
    return redirect("site:staff_person", pk)


def why_not(error: SuppressedError | KnownError | OwnAddressError) -> str:
    """Why the address is not taken."""
    if isinstance(error, SuppressedError):
        return str(SUPPRESSED[error.reason])
    if isinstance(error, KnownError):
        return _("Somebody else has this address.")
    return _("The person signs in by their address, and they alone can change it.")


def others(user: User, error: Exception) -> list[Candidate]:
    """Who has the address, if this member of staff may see them."""
    if not isinstance(error, KnownError):
        return []
    seen = lists.seen_by(user).filter(pk=error.person.pk)
    return [known.by_sign(each, "email_same") for each in seen]


def both_versions(
    request: SignedInRequest, contact: ContactPerson, form: PersonForm
) -> HttpResponse:
    """What somebody else has saved beside what was typed, and the form to save it over theirs."""
    current = contact_of(request.user, contact.pk)
    theirs = initial_of(current)
    return page(request, current, status=409, **form.beside(theirs, contacts.version_of(current)))


def page(
    request: SignedInRequest, contact: ContactPerson, *, status: int = 200, **more: object
) -> HttpResponse:
    """The form, and the small ones below it; the look is written down."""
    person = contact.person
    looks.look(person, request.user)
    context = {
        "person": person,
        "form": more.get("form") or opened(contact),
        "phones": contact.phones.order_by("-is_primary", "pk"),
        "phone_form": PhoneForm(prefix="phone"),
        "roles": person.affiliations.select_related("organisation").order_by(
            "-is_primary", "-since", "-pk"
        ),
        "role_form": NewRoleForm(prefix="role"),
        "situations": person.situations.select_related("organisation").order_by("-since", "-pk"),
        "situation_form": NewSituationForm(prefix="situation"),
        "is_people": True,
        **more,
    }
    return render(request, "crm/staff_person_edit.html", context, status=status)


def initial_of(contact: ContactPerson) -> dict[str, Any]:
    """What is known, under the names of the form's fields."""
    card = contacts.facts_of(contact)
    return {
        "name": card.name,
        "email": contact.person.email,
        "title": card.title,
        "language": card.language,
        "languages": card.languages,
        "source": card.source,
    }


def opened(contact: ContactPerson) -> PersonForm:
    """The form with what is known now."""
    return PersonForm(initial={**initial_of(contact), "version": contacts.version_of(contact)})


def contact_of(user: User, pk: int) -> ContactPerson:
    """The card of somebody this member of staff may see."""
    seen = lists.seen_by(user).filter(pk=pk)
    cards = ContactPerson.objects.select_related("person").prefetch_related("person__addresses")
    return get_object_or_404(cards.filter(person__in=seen))


# --- phones ------------------------------------------------------------------------------------


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def add_phone(request: SignedInRequest, pk: int) -> HttpResponse:
    """A number to call."""
    contact = contact_of(request.user, pk)
    form = PhoneForm(request.POST, prefix="phone")
    if not form.is_valid():
        return page(request, contact, phone_form=form, status=422)
    typed = form.cleaned_data
    contacts.add_phone(contact, typed["number"], typed["kind"], is_primary=typed["is_primary"])
    messages.success(request, _("Saved."))
    return redirect("site:staff_person_edit", pk)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def remove_phone(request: SignedInRequest, pk: int, phone: int) -> HttpResponse:
    """A number that is wrong; one that is gone already is no fault."""
    found = ContactPhone.objects.filter(pk=phone, contact=contact_of(request.user, pk)).first()
    if found is not None:
        contacts.remove_phone(found)
    messages.success(request, _("The number was removed."))
    return redirect("site:staff_person_edit", pk)
