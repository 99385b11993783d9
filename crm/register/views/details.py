"""A customer's page as the register knows it: what is known, the people, the roles."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from crm import organisations as verbs
from crm.identifiers import domain_in_words
from crm.lists import people as lists
from crm.models import Affiliation, Organisation


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def organisation(request: SignedInRequest, pk: int) -> HttpResponse:
    """An organisation with its people of today."""
    found = get_object_or_404(Organisation.objects.select_related("parent", "owner"), pk=pk)
    facts = verbs.facts_of(found)
    people = Affiliation.objects.current().filter(
        organisation=found, person__in=lists.seen_by(request.user)
    )
    context = {
        "organisation": found,
        "facts": facts,
        "domains": [domain_in_words(each) for each in facts.domains],
        "people": people.select_related("person").order_by("person__name", "pk"),
        "situations": found.situations.current().order_by("-since", "-pk"),
        "may_edit": request.user.may(Permission.EDIT_CUSTOMERS),
    }
    return render(request, "crm/staff_organisation_card.html", context)


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    """A person with their phones and roles."""
    seen = lists.seen_by(request.user).prefetch_related("addresses")
    found = get_object_or_404(seen, pk=pk)
    context = {
        "person": found,
        "phones": found.contact_card.phones.order_by("-is_primary", "pk"),
        "roles": found.affiliations.current().select_related("organisation"),
        "situations": found.situations.current().order_by("-since", "-pk"),
        "may_edit": request.user.may(Permission.EDIT_CUSTOMERS),
    }
    return render(request, "crm/staff_person_card.html", context)
