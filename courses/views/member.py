"""Enrolling, and what one does with an enrolment afterwards (A5.1). Nothing changes but by POST."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import CodeForm
from accounts.http import SignedInRequest, codes
from accounts.models import User
from consent import people
from consent.ledger import Proof
from courses import contacts, enrolment, marketing
from courses.exchange import ical
from courses.forms import EnrolForm, MarketingForm, VisitorForm
from courses.models import Enrolment, Run
from courses.models.runs import RunQuerySet
from courses.seats import EnrolmentClosedError, OfferLapsedError
from mailing.http import sender

PENDING = "enrolling"  # in the session: the run and the name, until the code comes back
SEAT, QUEUE = "seat", "queue"


@require_http_methods(["GET", "HEAD", "POST"])
def run_enrol(request: HttpRequest, slug: str, run_id: int) -> HttpResponse:
    """What one is about to agree to; the button enrols who is signed in, and mails the others a code."""
    if not isinstance(request.user, User):
        return enrol_visitor(request, shown_run(request, slug, run_id))
    if request.method == "POST":
        return enrol_member(cast("SignedInRequest", request), slug, run_id)
    run = shown_run(request, slug, run_id)
    if Enrolment.objects.live().of(request.user).filter(run=run).exists():
        return redirect("courses:enrolment_done", slug, run_id)
    gives = promised(run)
    form = EnrolForm(name=request.user.name, initial=gives, asks_similar=asks(run, gives))
    return check_page(request, run, form)


def enrol_member(request: SignedInRequest, slug: str, run_id: int) -> HttpResponse:
    """The second click. The seats left are not counted here: the verb finds out under the lock."""
    run = get_object_or_404(visible_runs(request), pk=run_id, course__slug=slug)
    form = EnrolForm(request.POST, name=request.user.name, asks_similar=asks(run, request.POST))
    if not form.is_valid():
        return check_page(request, shown_run(request, slug, run_id), form, status=422)
    return finish(request, run, form)


def enrol_visitor(request: HttpRequest, run: Run) -> HttpResponse:
    """Keep what was typed, mail a code, and ask for it: the same for an address that is known and one that is not."""
    pending = request.session.get(PENDING, {})
    gives = promised(run)
    form = VisitorForm(
        request.POST or None,
        initial=pending | gives,
        asks_similar=asks(run, request.POST or gives),
    )
    if request.method != "POST":
        return check_page(request, run, form)
    if not form.is_valid():
        return check_page(request, run, form, status=422)
    request.session[PENDING] = {
        **form.cleaned_data,
        "run": run.pk,
        "language": request.LANGUAGE_CODE,
    }
    if not run.is_enrollable:
        return check_page(request, run, form, status=409)
    codes.send(request, form.cleaned_data["email"])
    return redirect("courses:run_enrol_code", run.course.slug, run.pk)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def run_enrol_code(request: HttpRequest, slug: str, run_id: int) -> HttpResponse:
    """The code from the mail: the right one signs in and enrols, in one POST."""
    run = shown_run(request, slug, run_id)
    process = codes.awaited(request)
    pending = request.session.get(PENDING, {})
    if process is None or pending.get("run") != run.pk:
        return redirect("courses:run_enrol", slug, run_id)
    if "resend" in request.POST and process.can_resend:
        process.resend()
        return redirect("courses:run_enrol_code", slug, run_id)
    form = CodeForm(request.POST or None, code=process.code)
    if not form.is_valid():
        return wrong_code(request, run, process, form)
    answer = codes.sign_in(process, back=reverse("courses:run_enrol", args=[slug, run_id]))
    if not isinstance(request.user, User):
        return answer
    request.session.pop(PENDING, None)
    confirmed = EnrolForm(pending, asks_similar="no_similar" in pending)
    confirmed.is_valid()
    return finish(
        cast("SignedInRequest", request), run, confirmed, language=pending.get("language", "")
    )


def wrong_code(
    request: HttpRequest, run: Run, process: codes.Process, form: CodeForm
) -> HttpResponse:
    """Ask again; after the last try go back to the beginning, with what was typed."""
    if form.is_bound and not process.record_invalid_attempt():
        messages.error(request, _("The code was wrong too many times. Ask for a new one."))
        return redirect("courses:run_enrol", run.course.slug, run.pk)
    context = {
        **about(run),
        **steps(request, 2),
        "form": form,
        "gives": promised(run)["expects"],
        "email": process.state["email"],
        "can_resend": process.can_resend,
    }
    status = 422 if form.is_bound else 200
    return render(request, "courses/run_enrol_code.html", context, status=status)


def finish(
    request: SignedInRequest, run: Run, form: EnrolForm, *, language: str = ""
) -> HttpResponse:
    """Enrol who is signed in; a run that closed meanwhile leaves everything as it was and says so.

    `language` is the one in which the boxes were shown, when not on this page.
    """
    person = people.person_of(request.user)
    name = form.cleaned_data.get("name", "")
    if name and not person.name:
        people.correct(person, name=name, language=person.language)
    try:
        answers = form.answers(language or request.LANGUAGE_CODE, proof(request))
        mine, is_new = enrolment.enrol(run, person, answers)
    except EnrolmentClosedError:
        return check_page(request, shown_run(request, run.course.slug, run.pk), form, status=409)
    if is_new and mine.status == "waiting" and form.cleaned_data.get("expects") == SEAT:
        messages.warning(
            request,
            _(
                "The last seat was taken while you filled in the form. You are now on the waiting list."
            ),
        )
    return redirect("courses:enrolment_done", run.course.slug, run.pk)


@require_safe
@login_required
def enrolment_done(request: SignedInRequest, slug: str, run_id: int) -> HttpResponse:
    """What was agreed, and what happens next."""
    mine = (
        own(request)
        .filter(run=run_id, run__course__slug=slug)
        .with_place_in_queue()
        .order_by("-pk")
        .first()
    )
    if mine is None:
        raise Http404
    return page(request, "courses/enrolment_done.html", mine)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def enrolment_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """What follows from cancelling; then cancelling."""
    mine = get_object_or_404(own(request).with_place_in_queue(), pk=pk)
    if request.method != "POST" or not mine.is_live:
        return page(request, "courses/enrolment_cancel.html", mine)
    try:
        enrolment.cancel(mine)
    except enrolment.StartedError:
        return page(request, "courses/enrolment_cancel.html", mine, status=409)
    messages.success(request, _("Cancelled: %(title)s") % {"title": mine.run.course.title})
    return redirect("portal:me")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def enrolment_accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """The seat on offer with its price and its end; then taking it."""
    mine = get_object_or_404(own(request), pk=pk)
    if mine.status == Enrolment.Status.CONFIRMED:
        return redirect("courses:enrolment_done", mine.run.course.slug, mine.run_id)
    is_open = own(request).open_offers().filter(pk=pk).exists()
    sent = request.POST if request.method == "POST" else None
    form = MarketingForm(sent, asks_similar=marketing.is_sale(mine.run))
    if request.method != "POST":
        return page(request, "courses/enrolment_accept.html", mine, is_open=is_open, form=form)
    form.is_valid()
    try:
        enrolment.accept_offer(mine, form.answers(request.LANGUAGE_CODE, proof(request)))
    except OfferLapsedError:
        return page(request, "courses/enrolment_accept.html", mine, status=409, is_open=False)
    return redirect("courses:enrolment_done", mine.run.course.slug, mine.run_id)


@require_safe
@login_required
def enrolment_calendar(request: SignedInRequest, pk: int) -> HttpResponse:
    """The run's dates for one's calendar."""
    mine = get_object_or_404(own(request), pk=pk)
    text = ical.calendar(mine.run)
    if not text:
        raise Http404
    name = f"{mine.run.course.slug}.ics"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


def visible_runs(request: HttpRequest) -> RunQuerySet:
    """The runs this visitor may know of, with what pages and mails say of them."""
    return (
        Run.objects.visible_to(request.user)
        .select_related("course__institution__contact", "course__contact", "venue", "organisation")
        .prefetch_related("sessions__venue")
    )


def shown_run(request: HttpRequest, slug: str, run_id: int) -> Run:
    """The run with its seats and whether one can enrol, as a page shows it."""
    runs = visible_runs(request).with_seats_left().with_is_enrollable()
    return get_object_or_404(runs, pk=run_id, course__slug=slug)


def own(request: SignedInRequest) -> Any:
    """The reader's own enrolments: what is somebody else's does not exist."""
    return Enrolment.objects.of(request.user).with_run().prefetch_related("run__sessions__venue")


def asks(run: Run, gives: Mapping[str, str]) -> bool:
    """Whether the page offers to refuse mail on similar training: where it sells a seat, and only then."""
    return gives.get("expects") == SEAT and marketing.is_sale(run)


def proof(request: SignedInRequest) -> Proof:
    """What shows who ticked the boxes."""
    return Proof(address=request.user.email, **sender(request))


def promised(run: Run) -> dict[str, str]:
    """What the check page says the button gives."""
    return {"expects": SEAT if (run.seats_left or 0) > 0 else QUEUE}


def check_page(
    request: HttpRequest, run: Run, form: EnrolForm, *, status: int = 200
) -> HttpResponse:
    """Price with VAT, terms, what happens with one's data; or why nobody can enrol."""
    opens_at = run.enrolment_opens_at
    context = {
        **about(run),
        **steps(request, 1),
        "form": form,
        "gives": promised(run)["expects"],
        "closed_meanwhile": status == 409,
        "opens_later": opens_at is not None and opens_at > timezone.now(),
    }
    return render(request, "courses/run_enrol.html", context, status=status)


def page(
    request: HttpRequest, template: str, mine: Enrolment, *, status: int = 200, **more: object
) -> HttpResponse:
    """A page about one enrolment."""
    closes_at = mine.run.enrolment_closes_at
    context = {
        **about(mine.run),
        **steps(request, 2),
        "enrolment": mine,
        "price": mine.price,
        "has_started": enrolment.has_started(mine),
        "is_free_to_leave": closes_at is not None and closes_at > timezone.now(),
        **more,
    }
    return render(request, template, context, status=status)


def about(run: Run) -> dict[str, object]:
    """What every page about a run says."""
    return {
        "run": run,
        "course": run.course,
        "price": run.price,
        "contact": contacts.of_course(run.course),
        "offer_hours": settings.OFFER_HOURS,
    }


def steps(request: HttpRequest, step: int) -> dict[str, object]:
    """Where one is: who is not signed in types a code between checking and being done."""
    if isinstance(request.user, User):
        return {"steps": [_("Check"), _("Done")], "step": step}
    return {"steps": [_("Check"), _("Code"), _("Done")], "step": step}
