"""My pages: what to do next, what is coming, what has been; and one's own details."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import NameField
from accounts.http import SignedInRequest
from accounts.models import LANGUAGES
from consent import people
from courses import contacts
from courses.contacts import Contact
from courses.models import Enrolment, Session
from crm import answering
from crm.forms.asking import ask_form
from crm.models import Look

PAST_ON_PAGE = 20


@dataclass(frozen=True)
class Ahead:
    """An enrolment on a run that is not over, with the session one goes to next."""

    enrolment: Enrolment
    session: Session | None


@require_safe
@login_required
def me(request: SignedInRequest) -> HttpResponse:
    """What to do next first, then what is coming, then what has been."""
    now, today = timezone.now(), timezone.localdate()
    mine = Enrolment.objects.of(request.user)
    upcoming = [
        Ahead(each, next_session(each, now))
        for each in mine.upcoming(today)
        .with_place_in_queue()
        .prefetch_related("run__sessions__venue")
    ]
    past = Paginator(mine.over(today), PAST_ON_PAGE).get_page(request.GET.get("page"))
    soonest = [*(each.enrolment for each in upcoming), *past][:1]
    context = {
        "offers": [each for each in upcoming if is_open_offer(each.enrolment, now)],
        "coming": [each for each in upcoming if each.enrolment.status == "confirmed"],
        "waiting": [each for each in upcoming if each.enrolment.status == "waiting"],
        "past": past,
        "contact": answering.card_of_user(request.user, now=now) or by_course(soonest),
        "ask_form": ask_form(request.user),
    }
    return render(request, "portal/me.html", context)


def by_course(soonest: list[Enrolment]) -> Contact:
    """Whom to ask for who has no named contact yet: about the course that comes first, or the catalogue."""
    return contacts.of_course(soonest[0].run.course) if soonest else contacts.of_catalogue()


def next_session(enrolment: Enrolment, now: datetime) -> Session | None:
    """The first session that has not ended."""
    return next((each for each in enrolment.run.sessions.all() if each.ends_at > now), None)


def is_open_offer(enrolment: Enrolment, now: datetime) -> bool:
    """An offer that can still be taken; the verb asks the database's clock again."""
    ends = enrolment.offer_expires_at
    return ends is not None and ends > now


@require_safe
@login_required
def looks(request: SignedInRequest) -> HttpResponse:
    """Who of staff has looked at one's data: by which role, of which institution, when; not by name."""
    mine = Look.objects.filter(person__user=request.user).select_related("institution")
    pages = Paginator(mine.order_by("-at", "-pk"), PAST_ON_PAGE)
    context = {"page": pages.get_page(request.GET.get("page")), "months": 12}
    return render(request, "portal/looks.html", context)


class DetailsForm(forms.Form):
    """Name, and the language of mails."""

    name = NameField()
    language = forms.ChoiceField(
        label=_("Language of our e-mails to you"), choices=LANGUAGES, widget=forms.RadioSelect
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def details(request: SignedInRequest) -> HttpResponse:
    """One's name and language; address and password have pages of their own."""
    person = people.person_of(request.user)
    form = DetailsForm(
        request.POST or None, initial={"name": person.name, "language": person.language}
    )
    if request.method == "POST" and form.is_valid():
        people.correct(person, **form.cleaned_data)
        messages.success(request, _("Your details are saved."))
        return redirect("portal:details")
    status = 422 if form.is_bound else 200
    return render(request, "portal/details.html", {"form": form}, status=status)
