"""The front page, and the way to it in the reader's language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from courses import catalogue, contacts
from courses.catalogue import Query
from courses.exchange import jsonld
from courses.models import Enrolment
from courses.views.meta import Meta
from crm import answering

NEXT_STARTS = 5


@require_safe
@vary_on_headers("Accept-Language", "Cookie")
def root(request: HttpRequest) -> HttpResponse:
    """To the front page in the reader's language."""
    with translation.override(translation.get_language_from_request(request)):
        return HttpResponseRedirect(reverse("portal:home"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who it is for, what begins next, the weave; those signed in see their own next event first."""
    today = timezone.localdate()
    listing = catalogue.search(Query(), reader=request.LANGUAGE_CODE, today=today, size=NEXT_STARTS)
    user = request.user
    mine = Enrolment.objects.of(user).ahead(today).first() if user.is_authenticated else None
    own = answering.card_of_user(user) if isinstance(user, User) else None
    course = contacts.of_course(mine.run.course) if mine and not own else None
    context = {
        "base": reverse("courses:course_list"),
        "listing": listing,
        "starts": [row for row in listing.rows if row.starts_on],
        "free": next(each.count for each in listing.options["price"] if each.value == "free"),
        "mine": mine,
        "contact": own or course or listing.contact,
        "meta": Meta(
            settings.SITE_NAME,
            _("Continuing education from several universities: search, compare, enrol."),
            reverse("portal:home"),
        ),
        "data": jsonld.script(jsonld.site()),
    }
    return render(request, "portal/home.html", context)
