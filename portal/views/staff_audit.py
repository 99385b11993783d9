"""Who changed a record, when, and from what to what; for any record that is audited (E3.1)."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import staff_required
from accounts.audit import audited
from accounts.http import SignedInRequest
from accounts.roles import Permission
from crm import looks
from portal import parts, trail


@require_safe
@staff_required(Permission.SEE_AUDIT)
def record(request: SignedInRequest, model: str, pk: int) -> HttpResponse:
    """The changes of one record, newest first; `?before=` the last one of the page before. 404 when there is none to see.

    What a record of a person was and is, is a look at the person, also when it is no more, and so is being named in it.
    """
    if model not in audited:
        raise Http404
    of_kind = audited[model]
    before = request.GET.get("before", "")
    is_key = before.isdecimal() and len(before) <= 18
    found = trail.of(of_kind, pk, request.user, before=int(before) if is_key else None)
    thing = of_kind.model._base_manager.filter(pk=pk).first()  # noqa: SLF001  Django's documented API
    is_shared = not of_kind.within and of_kind.may_be_seen_by(request.user)
    if not found.told and not (thing and is_shared):
        raise Http404
    looks.look_at_all([thing, *found.named], request.user)
    context = {
        "model": of_kind.model._meta,  # noqa: SLF001  the same
        "thing": thing,
        "pk": pk,
        "trail": found,
        "is_first": not is_key,
        "parts": list(parts.of(thing, request.user)) if thing and not is_key else [],
    }
    return render(request, "portal/staff_audit.html", context)
