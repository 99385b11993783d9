"""The queue of likely duplicates, two entries side by side, and merges that can be undone (C1.4)."""

import re
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import reauthenticated, staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from consent.models import Person
from crm import comparing, duplicates, looks, merging, pairs, undoing
from crm.joining import Customer
from crm.models import Duplicate, Merge
from crm.rules import BusyError

ON_PAGE = 50
KINDS = {
    "": gettext_lazy("Both kinds"),
    "person": pgettext_lazy("staff", "People"),
    "organisation": gettext_lazy("Organisations"),
}
REFUSALS: dict[type[Exception], Any] = {
    merging.GoneError: gettext_lazy(
        "One of the two is no longer there: somebody has merged it, or it was erased. Nothing was changed."
    ),
    merging.ErasureUnderWayError: gettext_lazy(
        "One of the two has asked to be erased, and that is under way. Nothing was changed."
    ),
    merging.BothSignInError: gettext_lazy(
        "Both sign in with an account of their own. Ask which one they want to keep, and have the other closed first. Nothing was changed."
    ),
    BusyError: gettext_lazy(
        "A mail to one of them is leaving at this moment. Nothing was changed; try again in a minute."
    ),
    pairs.DecidedError: gettext_lazy(
        "Somebody has decided on this pair already. Nothing was changed."
    ),
    undoing.NotUndoableError: gettext_lazy(
        "This merge can no longer be undone: it was undone already, is older than 30 days, or the entry is no more."
    ),
}
EXPECTED = tuple(REFUSALS)


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def queue(request: SignedInRequest) -> HttpResponse:
    """Pairs nobody has decided on, the likeliest first: `?kind=`, and `after=` the last one of the page before."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    found = Duplicate.objects.visible_to(request.user).open().standing()
    found = {"person": found.people, "organisation": found.organisations}.get(kind, found.all)()
    after = re.fullmatch(r"(\d{1,3})-(\d{1,18})", request.GET.get("after", ""))
    if after:
        score, key = map(int, after.groups())
        found = found.filter(Q(score__lt=score) | Q(score=score, pk__gt=key))
    rows = list(found.with_ends()[: ON_PAGE + 1])
    context = {
        "kinds": KINDS.items(),
        "kind": kind,
        "pairs": [comparing.told(row) for row in rows[:ON_PAGE]],
        "next": rows[ON_PAGE - 1] if len(rows) > ON_PAGE else None,
        "is_first": after is None,
    }
    return render(request, "crm/staff_duplicates.html", context)


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def pair(request: SignedInRequest, pk: int) -> HttpResponse:
    """Both entries, column by column, with the reasons and what hangs on each."""
    return page(request, pair_of(request, pk))


def pair_of(request: SignedInRequest, pk: int) -> Duplicate:
    """A pair that this member of staff may see."""
    return get_object_or_404(Duplicate.objects.visible_to(request.user).with_ends(), pk=pk)


def page(
    request: SignedInRequest, row: Duplicate, refusal: str = "", *, status: int = 200
) -> HttpResponse:
    """The pair's page; with a form for who may decide, until somebody has. Looking at both is written down."""
    ends = comparing.ends(row)
    may_merge = request.user.may(Permission.MERGE_CUSTOMERS)
    context: dict[str, Any] = {
        "pair": row,
        "ends": ends,
        "refusal": refusal,
        "may_merge": may_merge,
    }
    if ends is not None:
        for each in ends:
            looks.look_at(each, request.user)
        left, right = ends
        context |= {
            "left": comparing.called(left),
            "right": comparing.called(right),
            "lines": comparing.picked(comparing.lines(left, right), request.POST),
            "held": comparing.held(left, right),
            "warnings": merging.warnings(left, right),
            "reasons": duplicates.reasons(left, row.reasons),
            "kept": request.POST.get("kept", comparing.LEFT),
            "urls": [page_of(each) for each in ends],
        }
    return render(request, "crm/staff_duplicate.html", context, status=status)


def page_of(customer: Customer) -> str:
    """The address of the customer's own page."""
    kind = "person" if isinstance(customer, Person) else "organisation"
    return reverse(f"site:staff_{kind}", args=[customer.pk])


@require_POST
@staff_required(Permission.MERGE_CUSTOMERS)
@reauthenticated
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make one of the two, as chosen; 409 when that cannot be, with the reason."""
    row = pair_of(request, pk)
    ends = comparing.ends(row)
    if ends is None or row.verdict:
        return page(request, row, str(REFUSALS[pairs.DecidedError]), status=409)
    read = comparing.read(request.POST, *ends)
    if read is None:
        return page(request, row, _("Choose which entry is kept."), status=422)
    kept, other, choices = read
    try:
        done = merging.merge(kept, other, choices, by=request.user, pair=row)
    except EXPECTED as error:
        return page(request, row, str(REFUSALS[type(error)]), status=409)
    messages.success(
        request, _("The two entries are one now. You can undo it on this page for 30 days.")
    )
    return redirect("site:staff_merge", done.pk)


@require_POST
@staff_required(Permission.MERGE_CUSTOMERS)
def apart(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remember that they are two."""
    row = pair_of(request, pk)
    try:
        pairs.set_apart(row, by=request.user)
    except pairs.DecidedError as error:
        return page(request, row, str(REFUSALS[type(error)]), status=409)
    messages.success(request, _("Noted: they are two. The pair is not shown again."))
    return redirect("site:staff_duplicates")


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def merges(request: SignedInRequest) -> HttpResponse:
    """Merges, newest first; `before=` is the last one of the page before."""
    found = Merge.objects.visible_to(request.user).with_who().order_by("-pk")
    before = request.GET.get("before", "")
    if re.fullmatch(r"[0-9]{1,18}", before):
        found = found.filter(pk__lt=int(before))
    rows = list(found[: ON_PAGE + 1])
    context = {
        "merges": [(row, comparing.called(row.customer)) for row in rows[:ON_PAGE]],
        "older": rows[ON_PAGE - 1] if len(rows) > ON_PAGE else None,
        "is_first": not before,
    }
    return render(request, "crm/staff_merges.html", context)


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def merged(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a merge moved, and the way back while there is one."""
    return merge_page(request, merge_of(request, pk))


def merge_of(request: SignedInRequest, pk: int) -> Merge:
    """A merge of a customer whom this member of staff may see."""
    return get_object_or_404(Merge.objects.visible_to(request.user).with_who(), pk=pk)


def merge_page(
    request: SignedInRequest, row: Merge, refusal: str = "", *, status: int = 200
) -> HttpResponse:
    """The merge's page, with why it was not undone; the look is written down."""
    looks.look_at(row, request.user)
    context = {
        "merge": row,
        "called": comparing.called(row.customer),
        "moved": undoing.moved(row),
        "may_merge": request.user.may(Permission.MERGE_CUSTOMERS),
        "is_undoable": Merge.objects.undoable().filter(pk=row.pk).exists(),
        "refusal": refusal,
    }
    return render(request, "crm/staff_merge.html", context, status=status)


@require_POST
@staff_required(Permission.MERGE_CUSTOMERS)
@reauthenticated
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make two again; 409 when that cannot be, with the reason."""
    row = merge_of(request, pk)
    try:
        outcome = undoing.undo(row, by=request.user)
    except EXPECTED as error:
        return merge_page(request, row, str(REFUSALS[type(error)]), status=409)
    messages.success(request, _("Undone: they are two entries again."))
    if outcome.left:
        messages.warning(
            request,
            ngettext(
                "%(count)s thing was changed since, and stays as it is.",
                "%(count)s things were changed since, and stay as they are.",
                outcome.left,
            )
            % {"count": outcome.left},
        )
    if outcome.withdrawn:
        messages.warning(
            request,
            ngettext(
                "%(count)s permission given meanwhile was taken back from the one who had not given it.",
                "%(count)s permissions given meanwhile were taken back from the one who had not given them.",
                outcome.withdrawn,
            )
            % {"count": outcome.withdrawn},
        )
    return redirect("site:staff_merge", row.pk)
