"""The workbench's own pages: what waits today, and its keys."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from crm.views.tasks import shown_to
from portal import errors, today
from portal.keys import COOKIE

YEAR = 365 * 24 * 60 * 60


@require_safe
@staff_required(Permission.USE_WORKBENCH)
def first(request: SignedInRequest) -> HttpResponse:
    """The first page: what must I do now, in which order."""
    found = today.of(request.user, timezone.now())
    context = {
        "found": found,
        "may_edit_offering": request.user.may(Permission.EDIT_OFFERING),
        **shown_to(request),
    }
    return render(request, "portal/staff_today.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.USE_WORKBENCH)
def keys(request: SignedInRequest) -> HttpResponse:
    """The keys, and the choice whether single ones act; it is kept in this browser."""
    if request.method != "POST":
        return render(request, "portal/staff_keys.html")
    chosen = request.POST.get("keys", "")
    if chosen not in {"on", "off"}:
        return errors.bad_request(request)
    response = redirect("site:staff_keys")
    response.set_cookie(
        COOKIE, chosen, max_age=YEAR, secure=settings.TLS, httponly=True, samesite="Lax"
    )
    return response
