"""Staff's tasks: lists by whose and when, a page for each, done and put off with one press (C2.2)."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.models import Institution
from accounts.roles import Permission
from consent.models import Person
from crm import looks, tasks
from crm.forms.tasks import TaskForm
from crm.models import Encounter, Organisation, Task
from crm.tasks import PromisedError
from crm.versions import StaleError
from crm.views.task_query import LONGEST, STATES, WHOSE, Asked, read

ON_PAGE = 50
LATER = {"day": timedelta(days=1), "week": timedelta(days=7)}


# --- lists ------------------------------------------------------------------------------


@require_safe
@staff_required(Permission.USE_WORKBENCH)
def task_list(request: SignedInRequest) -> HttpResponse:
    """Tasks by whose they are and whether they are done, fifty at a time: `?whose=`, `?state=`, `?after=` the last one."""
    asked = read(request.GET)
    rows = list(found(request, asked)[: ON_PAGE + 1])
    context = {
        "asked": asked,
        "rows": rows[:ON_PAGE],
        "more": asked.place_of(rows[ON_PAGE - 1]) if len(rows) > ON_PAGE else "",
        "whose": WHOSE.items(),
        "states": STATES.items(),
        **shown_to(request),
    }
    return render(request, "crm/staff_tasks.html", context)


def found(request: SignedInRequest, asked: Asked) -> QuerySet[Task]:
    """The rows of the list, in its order, from where the page before ended."""
    user, today = request.user, timezone.localdate()
    seen = Task.objects.visible_to(user, on=today).shown()
    if asked.whose == "mine":
        seen = seen.of(user, on=today)
    elif asked.whose == "institution":
        seen = seen.at(Institution.objects.staffed_by(user, Permission.USE_WORKBENCH))
    return asked.page_of(seen)


def shown_to(request: SignedInRequest) -> dict[str, object]:
    """What the rows of tasks show this member of staff."""
    user = request.user
    return {
        "now": timezone.now(),
        "today": timezone.localdate(),
        "may_do": user.may(Permission.DO_TASKS),
        "may_see_customers": user.may(Permission.SEE_CUSTOMERS),
    }


# --- one task -----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.DO_TASKS)
def task_new(request: SignedInRequest) -> HttpResponse:
    """Give a task: the house's own, or for a customer (`?person=`, `?organisation=`)."""
    about = customer(request)
    looks.look_at_all([about] if isinstance(about, Person) else [], request.user)
    form = TaskForm(request.user, None, request.POST or None)
    if form.is_valid():
        assignee = form.cleaned_data["assignee"]
        tasks.give(
            form.cleaned_data["what"],
            due_at=form.due_at,
            by=request.user,
            assignee=assignee,
            about=about,
        )
        messages.success(request, _("The task is given."))
        return redirect("site:staff_tasks")
    context = {"form": form, "about": about}
    return render(request, "crm/staff_task_new.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.USE_WORKBENCH, writes=Permission.DO_TASKS)
def task_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a task is about, and a form for who may change it; 409 with both texts when another was quicker."""
    task = task_of(request, pk)
    if request.method == "POST" and not request.user.may(Permission.DO_TASKS):
        raise PermissionDenied
    form = TaskForm(request.user, task, request.POST or None)
    if form.is_valid():
        try:
            save(task, form)
        except StaleError:
            return stale(request, task_of(request, pk))
        messages.success(request, _("Saved."))
        return redirect("site:staff_task", pk)
    return page(request, task, form, status=status_of(form))


def save(task: Task, form: TaskForm) -> None:
    values = form.cleaned_data
    tasks.change(
        task,
        version=values["version"] or 0,
        what=values["what"],
        due_at=form.due_at,
        assignee=values["assignee"],
    )


def stale(request: SignedInRequest, task: Task) -> HttpResponse:
    """The reader's own words in the form, the other's above it; saving again is then a choice."""
    again = TaskForm(request.user, task, {**request.POST.dict(), "version": task.version})
    return page(request, task, again, status=409)


def page(request: SignedInRequest, task: Task, form: TaskForm, *, status: int) -> HttpResponse:
    """The task with its words; the look at whom it is for is written down."""
    looks.look_at(task, request.user)
    context = {
        "task": task,
        "form": form,
        "is_stale": status == 409,
        "words": words_of(request, task),
        **shown_to(request),
    }
    return render(request, "crm/staff_task.html", context, status=status)


def words_of(request: SignedInRequest, task: Task) -> str:
    """What the customer said or staff noted, which the task came of; empty for who may not read it."""
    if task.encounter_id is None or not request.user.may(Permission.SEE_CUSTOMERS):
        return ""
    found = Encounter.objects.open_to(request.user).filter(pk=task.encounter_id)
    return found.values_list("text", flat=True).first() or ""


# --- one press ----------------------------------------------------------------------------


@require_POST
@staff_required(Permission.DO_TASKS)
@vary_on_headers("HX-Request")
def task_done(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark it done, as the row showed it."""

    def do(task: Task) -> str:
        tasks.done(task, by=request.user, version=version_of(request))
        return _("Done: %(what)s") % {"what": task.what}

    return pressed(request, pk, do)


@require_POST
@staff_required(Permission.DO_TASKS)
@vary_on_headers("HX-Request")
def task_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back that it was done."""

    def do(task: Task) -> str:
        tasks.reopen(task, by=request.user)
        return _("To do again: %(what)s") % {"what": task.what}

    return pressed(request, pk, do)


@require_POST
@staff_required(Permission.DO_TASKS)
@vary_on_headers("HX-Request")
def task_later(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put it off by a day or a week from today: `by`."""
    later = LATER.get(request.POST.get("by", ""), LATER["day"])

    def do(task: Task) -> str:
        until = tasks.end_of(timezone.localdate() + later)
        tasks.postpone(task, until, version=version_of(request))
        return _("Put off: %(what)s") % {"what": task.what}

    return pressed(request, pk, do)


def pressed(request: SignedInRequest, pk: int, do: Callable[[Task], str]) -> HttpResponse:
    """Do it, and answer with the row as it is then; without htmx with the page it was pressed on."""
    task, is_refused = task_of(request, pk), True
    try:
        said = do(task)
        is_refused = False
    except StaleError:
        said = _("Somebody has just changed this task. Look at it once more: nothing was done.")
    except PromisedError:
        said = _("A customer waits for the answer by then, so the moment stays.")
    if "HX-Request" in request.headers:
        row = {"task": task_of(request, pk), "said": said, "is_pressed": True, **shown_to(request)}
        return render(request, "crm/_task_pressed.html", row)
    messages.add_message(request, messages.WARNING if is_refused else messages.SUCCESS, said)
    return HttpResponseRedirect(way_back(request))


def version_of(request: HttpRequest) -> int:
    """The version that the row showed; none that there can be when the form does not say."""
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def way_back(request: HttpRequest) -> str:
    """The page of the workbench the button was on, with its filters."""
    url = request.headers.get("Referer") or ""
    is_ours = url_has_allowed_host_and_scheme(
        url, {request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else reverse("site:staff_tasks")


# --- what is found --------------------------------------------------------------------------


def task_of(request: SignedInRequest, pk: int) -> Task:
    """The task, when this member of staff may see it."""
    seen = Task.objects.visible_to(request.user, on=timezone.localdate())
    return get_object_or_404(seen.shown(), pk=pk)


def customer(request: SignedInRequest) -> Person | Organisation | None:
    """Whom a new task is for; 404 when there is nobody of that key, or who asks may see no customers."""
    person, organisation = request.GET.get("person", ""), request.GET.get("organisation", "")
    if not (person or organisation):
        return None
    key = person or organisation
    is_key = key.isascii() and key.isdigit() and len(key) <= LONGEST
    if not (is_key and request.user.may(Permission.SEE_CUSTOMERS)):
        raise Http404
    if person:
        return get_object_or_404(Person.objects.visible_to(request.user), pk=int(key))
    return get_object_or_404(Organisation, pk=int(key))


def status_of(form: TaskForm) -> int:
    return 422 if form.is_bound else 200
