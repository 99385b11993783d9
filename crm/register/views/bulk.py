"""What is done to the ticked rows of a list, or to all it has: looked over first, then done (C2.2)."""

import hashlib
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import reauthenticated, staff_required
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Permission
from crm import bulk
from crm.bulk import DoneAlreadyError
from crm.lists.keyset import order_of
from crm.named_contacts import UnreachableError
from crm.register.actions import Action, Change, TakeOut, actions_for
from crm.register.forms.bulk import ChoiceForm, FileForm
from crm.register.views import organisations, people
from crm.register.views.lists import Listing, found
from crm.views import exports

SHOWN = 20  # names on the page that is looked over


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def of_organisations(request: SignedInRequest) -> HttpResponseBase:
    """The same for many organisations."""
    return answer(request, organisations.LISTING)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def of_people(request: SignedInRequest) -> HttpResponseBase:
    """The same for many people."""
    return answer(request, people.LISTING)


def answer(request: SignedInRequest, listing: Listing) -> HttpResponseBase:
    """The page to look over; with its number, the deed itself."""
    choice = ChoiceForm(request.POST)
    if not choice.is_valid():
        raise Http404
    asked = choice.cleaned_data
    action = next(
        (each for each in actions_for(request.user) if each.name == asked["action"]), None
    )
    if action is None:
        raise Http404
    rows = action.among(chosen(request.user, listing, choice))
    shown = partial(page, request, listing, action, choice, rows)
    count = rows.count()
    if not asked["token"]:
        return shown(form=action.form(by=request.user), status=200 if action.fits(count) else 422)
    form = action.form(request.POST, by=request.user)
    if seal_of(rows) != asked["seal"]:
        return shown(form=form, has_moved=True, status=409)
    if not form.is_valid() or not action.fits(count):
        return shown(form=form, status=422)
    return pressed(request, listing, action, choice, rows, form)


def pressed(
    request: SignedInRequest,
    listing: Listing,
    action: Action,
    choice: ChoiceForm,
    rows: "QuerySet[Any]",
    form: Any,
) -> HttpResponseBase:
    """What was looked over is done, or taken out; the page once more when who was chosen has left just now."""
    if isinstance(action, TakeOut):
        response: HttpResponseBase = taken(request, action, rows, form, filters_of(listing, choice))
        return response
    assert isinstance(action, Change)  # noqa: S101  tells mypy
    try:
        return done(request, listing, choice, partial(action.do, list(rows), form, request.user))
    except UnreachableError:
        form.add_error("user", _("They have just left: choose somebody else."))
        return page(request, listing, action, choice, rows, form=form, status=409)


def chosen(user: User, listing: Listing, choice: ChoiceForm) -> "QuerySet[Any]":
    """The rows that are meant, of those this member of staff may see: the ticked ones, or all of the list."""
    asked = choice.cleaned_data
    filters = listing.filters(QueryDict(asked["query"]), user=user)
    if asked["all"]:
        return found(listing, filters)
    return listing.rows(user).filter(pk__in=asked["chosen"])


def seal_of(rows: "QuerySet[Any]") -> str:
    """Which rows they are, in a few letters: with one more, one fewer or another in its place they are others."""
    keys = rows.order_by("pk").values_list("pk", flat=True)
    return hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest()[:32]


def filters_of(listing: Listing, choice: ChoiceForm) -> dict[str, str | int]:
    """What the log of exports says of which rows they are: the list's filters, or how many were ticked."""
    asked = choice.cleaned_data
    if not asked["all"]:
        return {"ticked": len(asked["chosen"])}
    query = QueryDict(asked["query"])
    known = [name for name in listing.filters.base_fields if query.get(name)]
    return {name: query[name] for name in known}


@reauthenticated
def taken(
    request: SignedInRequest,
    action: TakeOut,
    rows: "QuerySet[Any]",
    form: FileForm,
    filters: dict[str, str | int],
) -> HttpResponseBase:
    """The file; each press that brings one is written down."""
    return exports.answer(action.take(rows, form, filters, request.user))


def done(
    request: SignedInRequest, listing: Listing, choice: ChoiceForm, do: Callable[[], int]
) -> HttpResponse:
    """Do it once, and say to how many."""
    try:
        count = bulk.once(choice.cleaned_data["token"], do)
    except DoneAlreadyError:
        messages.warning(request, _("This was done already; nothing was done twice."))
    else:
        said = ngettext("Done for %(count)s.", "Done for %(count)s.", count)
        messages.success(request, said % {"count": count})
    return redirect(f"{reverse(listing.url)}?{choice.cleaned_data['query']}")


def page(  # noqa: PLR0913  all of it is looked over
    request: SignedInRequest,
    listing: Listing,
    action: Action,
    choice: ChoiceForm,
    rows: "QuerySet[Any]",
    *,
    form: forms.Form,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    """Whom it will be done to, what is asked for it, and a button."""
    count = rows.count()
    first = listing.orders[0]
    context = {
        "listing": listing,
        "action": action,
        "choice": choice.cleaned_data,
        "form": form,
        "count": count,
        "seal": seal_of(rows),
        "names": list(rows.order_by(order_of(listing.orders, first.name).by, "pk")[:SHOWN]),
        "left": max(count - SHOWN, 0),
        "most": bulk.MOST,
        "is_too_many": count and not action.fits(count),
        "token": uuid.uuid4().hex,
        "back": f"{reverse(listing.url)}?{choice.cleaned_data['query']}",
        **more,
    }
    return render(request, "crm/staff_bulk.html", context, status=status)
