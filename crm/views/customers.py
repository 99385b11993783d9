"""A customer on one page: who they are, may they be contacted and why, what to do next, and the timeline (C2.1)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from consent.models import Person, PersonQuerySet
from crm import business_register, contacting, events, history, looks, merging, overview, panels
from crm.forms.notes import NoteForm
from crm.forms.timeline import TimelineForm
from crm.history import key_from
from crm.models import Look, Organisation

Customer = Person | Organisation


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    """A person; the look is written down, and whoever is erased or restricted is not shown.

    The address of one who turned out to be another leads to that other.
    """
    customer = known_people().filter(pk=pk).first()
    if customer is None and (kept := merging.survivor_of("person", pk)):
        return redirect("site:staff_person", kept.pk)
    return person_page(request, customer or person_of(pk))


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def organisation(request: SignedInRequest, pk: int) -> HttpResponse:
    """An organisation, its people, and what concerns it; the address of a merged one leads to what it is part of."""
    customer = known_organisations().filter(pk=pk).first()
    if customer is None and (kept := merging.survivor_of("organisation", pk)):
        return redirect("site:staff_organisation", kept.pk)
    return organisation_page(request, customer or organisation_of(pk))


def person_page(
    request: SignedInRequest, customer: Person, note: NoteForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The person's page, with what was wrong in the form; 410 when there is nothing left of them."""
    if is_erased(customer):
        return render(request, "crm/staff_person_erased.html", {"person": customer}, status=410)
    looks.look(customer, request.user, Look.Page.PERSON)
    ways = contacting.ways(customer)
    if ways.is_restricted:
        context: dict[str, Any] = {"person": customer, "ways": ways, **rights_of(request)}
        return render(request, "crm/staff_person_restricted.html", context, status=status)
    context = {
        "person": customer,
        "ways": ways,
        "seen": overview.of_person(customer, now=timezone.now()),
        **shared(request, customer, note),
    }
    return render(request, "crm/staff_person.html", context, status=status)


def organisation_page(
    request: SignedInRequest,
    customer: Organisation,
    note: NoteForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The organisation's page, with what was wrong in the form; a look at each of whom it tells more than the name."""
    seen = overview.of_organisation(customer, now=timezone.now())
    context = {
        "organisation": customer,
        "seen": seen,
        "may_fill_in": bool(customer.business_id) and business_register.is_on(),
        **shared(request, customer, note),
    }
    keys = {line.person for line in context["lines"]}
    keys |= {task.person_id for task in seen.tasks} | {each.person_id for each in seen.situations}
    looks.look_at_each(filter(None, keys), request.user)
    return render(request, "crm/staff_organisation.html", context, status=status)


def shared(request: SignedInRequest, customer: Customer, note: NoteForm | None) -> dict[str, Any]:
    """What both pages have: cards, the timeline with its filters, the form."""
    narrow = TimelineForm(request.GET)
    narrowed = narrow.narrowed
    before = key_from(request.GET.get("before", ""))
    page = history.page(customer, narrowed, before)
    return {
        "now": timezone.now(),
        "cards": panels.cards(customer, request.user),
        "narrow": narrow,
        "is_narrowed": narrowed != history.Narrowed(),
        "is_newest": before is None,
        "lines": events.lines(page.keys, request.user),
        "older": str(page.older) if page.older else "",
        "note": note or NoteForm(),
        **rights_of(request),
    }


def rights_of(request: SignedInRequest) -> dict[str, bool]:
    """What this member of staff may do here."""
    may = request.user.may
    return {
        "may_edit": may(Permission.EDIT_CUSTOMERS),
        "may_see_people": may(Permission.SEE_PEOPLE),
        "may_see_looks": may(Permission.SEE_AUDIT),
        "may_see_contacts": may(Permission.SEE_CONTACTS),
        "may_name": may(Permission.MANAGE_CONTACTS),
    }


def known_people() -> PersonQuerySet:
    """People with what their page shows of the row."""
    return Person.objects.select_related("user").prefetch_related("addresses")


def person_of(pk: int) -> Person:
    return get_object_or_404(known_people(), pk=pk)


def known_organisations() -> QuerySet[Organisation]:
    """Organisations with what their page shows of the row."""
    organisations = Organisation.objects.select_related("parent", "owner")
    return organisations.prefetch_related("addresses", "names")


def organisation_of(pk: int) -> Organisation:
    return get_object_or_404(known_organisations(), pk=pk)


def is_erased(customer: Person) -> bool:
    """Whether the row is all that is left: no name, no address, nobody who signs in."""
    return not (customer.name or customer.user_id or customer.addresses.all())


@require_safe
@staff_required(Permission.SEE_AUDIT)
def person_looks(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who has looked at the person, by name: for those who see the audit."""
    customer = get_object_or_404(known_people().visible_to(request.user), pk=pk)
    looks.look(customer, request.user)
    found = Look.objects.filter(person=customer).select_related("by", "institution")
    context = {"person": customer, "looks": found.order_by("-at", "-pk")[:200]}
    return render(request, "crm/staff_person_looks.html", context)
