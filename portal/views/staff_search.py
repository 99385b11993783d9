"""The search of the workbench: people, organisations and courses from anywhere, as one types (C1.2).

It is posted, so that nothing a person is called by stands in an address, a history or a log.
"""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_stubs_ext import StrOrPromise

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Permission
from consent.models import Person
from courses.models import Course
from courses.search.query import ranked
from crm import search
from crm.search import Query
from crm.templatetags.customers import page

AT_ONCE, ON_PAGE = 6, 30


@dataclass(frozen=True)
class Hit:
    """Something found: its name, what tells it from others of that name, and its page, if it has one."""

    name: str
    more: str
    url: str


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    key: str
    label: StrOrPromise
    hits: list[Hit]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.USE_WORKBENCH)
@vary_on_headers("HX-Request")
def find(request: SignedInRequest) -> HttpResponse:
    """The best of each kind; htmx gets the list under the field, a posted form the whole page."""
    is_part = "HX-Request" in request.headers
    query = search.read(request.POST.get("q", ""))
    most = AT_ONCE if is_part else ON_PAGE
    groups = [] if query.is_empty else look_for(query, request.user, request.LANGUAGE_CODE, most)
    context = {
        "query": query,
        "groups": [group for group in groups if group.hits],
        "count": sum(len(group.hits) for group in groups),
    }
    template = "portal/_staff_found_at_once.html" if is_part else "portal/staff_search.html"
    return render(request, template, context)


def look_for(query: Query, user: User, language: str, most: int) -> list[Group]:
    """What the user may see of what is found; what they may not see is not looked for."""
    found = []
    if user.may(Permission.SEE_CUSTOMERS):
        by_address = user.may(Permission.SEE_PEOPLE)
        people = search.people(query, most=most, by_address=by_address)
        hits = [person_hit(each, by_address=by_address) for each in people]
        found.append(Group("people", pgettext_lazy("staff", "People"), hits))
        organisations = search.organisations(query, most=most)
        hits = [Hit(str(each), each.business_id, page(each)) for each in organisations]
        found.append(Group("organisations", _("Organisations"), hits))
    courses = [
        Hit(str(each), str(each.institution), each.get_absolute_url())
        for each in courses_of(query.typed, user, language, most)
    ]
    return [*found, Group("courses", _("Courses"), courses)]


def person_hit(person: Person, *, by_address: bool) -> Hit:
    """A person with where they work and, for who may see it, how they are written to."""
    employers = [str(each.organisation) for each in person.affiliations.all()]
    email = person.email if by_address else ""
    return Hit(str(person), ", ".join(filter(None, [*employers, email])), page(person))


def courses_of(typed: str, user: User, language: str, most: int) -> list[Course]:
    """Courses of the catalogue by its own search."""
    ranks = ranked(typed, language, most)
    shown = Course.objects.visible_to(user).filter(pk__in=ranks).select_related("institution")
    return sorted(shown, key=lambda course: -ranks[course.pk])
