"""Customers' questions for staff: what is open, most urgent first, and answering one of them (C5.2)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from crm import asked, kinds, looks, questions
from crm.forms.asking import AnswerForm, PhoneForm
from crm.models import Encounter, Task
from crm.models.tasks import TaskQuerySet
from crm.questions import AnsweredError

ON_PAGE = 50
WHOSE = {
    "": gettext_lazy("All open"),
    "mine": gettext_lazy("Mine"),
    "nobody": gettext_lazy("Nobody’s"),
    "answered": gettext_lazy("Answered"),
}


@require_safe
@staff_required(Permission.USE_WORKBENCH)
def question_list(request: SignedInRequest) -> HttpResponse:
    """The open questions, most urgent first: `?whose=` mine or nobody's; or those answered last."""
    whose = request.GET.get("whose", "")
    whose = whose if whose in WHOSE else ""
    rows = chosen(request, whose).select_related("person", "assignee", "encounter", "done_by")
    context = {
        "page": Paginator(rows, ON_PAGE).get_page(request.GET.get("page")),
        "choices": WHOSE.items(),
        "whose": whose,
        "now": timezone.now(),
    }
    return render(request, "crm/staff_questions.html", context)


def chosen(request: SignedInRequest, whose: str) -> TaskQuerySet:
    """The questions of a list."""
    seen = readable(request)
    if whose == "answered":
        return seen.filter(done_at__isnull=False).order_by("-done_at", "-pk")
    if whose == "mine":
        return seen.open().filter(assignee=request.user)
    return seen.open().filter(assignee=None) if whose == "nobody" else seen.open()


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.USE_WORKBENCH, writes=Permission.DO_TASKS)
def question(request: SignedInRequest, pk: int) -> HttpResponse:
    """A question with what was answered; the form mails an answer. 409 when somebody else has answered meanwhile."""
    if request.method != "POST":
        return page(request, seen(request, pk))
    task, form = doable(request, pk), AnswerForm(request.POST)
    if not form.is_valid():
        return page(request, task, form, status=422)
    try:
        text, further = form.cleaned_data["text"], "further" in request.POST
        questions.answer(task, text, by=request.user, further=further)
    except AnsweredError as error:
        return page(request, error.task, form, status=409)
    messages.success(request, _("The answer is on its way."))
    return redirect("site:staff_questions")


@require_POST
@staff_required(Permission.DO_TASKS)
def by_phone(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note what was said on the phone."""
    task, form = doable(request, pk), PhoneForm(request.POST)
    if not form.is_valid():
        return page(request, task, phone=form, status=422)
    try:
        questions.answer_by_phone(task, form.cleaned_data["note"], by=request.user)
    except AnsweredError as error:
        return page(request, error.task, phone=form, status=409)
    messages.success(request, _("Noted as answered by phone."))
    return redirect("site:staff_questions")


@require_POST
@staff_required(Permission.DO_TASKS)
def take(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make it mine."""
    task = questions.take(doable(request, pk), by=request.user)
    if task.done_at:
        messages.warning(request, _("The question has been answered already."))
    else:
        messages.success(request, _("The question is yours now."))
    return redirect("site:staff_question", pk)


def readable(request: SignedInRequest) -> TaskQuerySet:
    """All for who sees customers; for others their own, and those of whom they stand in for."""
    return Task.objects.questions().visible_to(request.user, on=timezone.localdate())


def seen(request: SignedInRequest, pk: int) -> Task:
    """A question the reader may see; what they may not see does not exist."""
    rows = readable(request)
    return get_object_or_404(
        rows.select_related("person", "assignee", "encounter", "done_by"), pk=pk
    )


def doable(request: SignedInRequest, pk: int) -> Task:
    """A question the reader may answer."""
    rows = Task.objects.questions().doable_by(request.user, on=timezone.localdate())
    return get_object_or_404(
        rows.select_related("person", "assignee", "encounter", "done_by"), pk=pk
    )


def page(
    request: SignedInRequest,
    task: Task,
    form: AnswerForm | None = None,
    phone: PhoneForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The question's page; what was written in a refused form stays in it, and the look at who asked is written down."""
    looks.look_at(task, request.user)
    given = Encounter.objects.filter(person=task.person, kind=kinds.ANSWER)
    context = {
        "task": task,
        "asked": asked.of(task),
        "answers": given.filter(data__task=task.pk).select_related("by").order_by("at", "pk"),
        "form": form or AnswerForm(),
        "phone": phone or PhoneForm(),
        "may_answer": Task.objects.doable_by(request.user, on=timezone.localdate())
        .filter(pk=task.pk)
        .exists(),
        "meanwhile": status == 409,
        "may_file": request.user.may(Permission.EDIT_CUSTOMERS),
        "may_see_customers": request.user.may(Permission.SEE_CUSTOMERS),
        "now": timezone.now(),
    }
    return render(request, "crm/staff_question.html", context, status=status)
