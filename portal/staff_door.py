"""The door of the staff pages: one place that every address under /staff/ and /admin/ passes, whatever its view says.

Whoever comes in is signed in, has a role, used a second factor in this session, and began and used the session lately
enough (A20). The views say besides which permission they need (accounts/access.py). On everybody's pages a session
without a second factor is a learner's: no role shows anything more there.
"""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.http import factors, reauthentication, sessions
from accounts.http.sessions import Over
from accounts.models import User
from portal import errors

Answer = Callable[[HttpRequest], HttpResponse]
GUARDED = ("/staff/", "/admin/")
WAYS_IN_AND_OUT = {"admin:login", "admin:logout"}  # they show nothing and change nothing but that
SAFE = {"GET", "HEAD", "OPTIONS"}
# forms that do what they say for a visitor too
FOR_ANYBODY = {
    "account_login",
    "account_logout",
    "account_request_login_code",
    "mfa_login_webauthn",
    "set_language",
    "site:theme",
}
WHY = {
    Over.OLD: _("A working day’s sign-in has ended. Sign in, and you are back where you were."),
    Over.IDLE: _(
        "You were signed out because nothing had been done for a while. Sign in, and you are back where you were."
    ),
}


class StaffDoor:
    """Ends sessions of staff in time, and lets nobody past who may not be here."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Answer, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Answer instead of the view where it may not be answered."""
        if is_guarded(request) and isinstance(request.user, User):
            let_in(request, request.user)
        if why := sessions.why_over(request):
            return close(request, why)
        sessions.touch(request)
        if is_guarded(request):
            return guard(request)
        if is_of_everybody(request) and isinstance(request.user, User):
            request.user.has_factor = partial(has_factor, request, request.user)
        return None


def is_guarded(request: HttpRequest) -> bool:
    """Whether the address is behind the door."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    return request.path_info.startswith(GUARDED) and name not in WAYS_IN_AND_OUT


def is_of_everybody(request: HttpRequest) -> bool:
    """Whether somebody signed in asks for a page outside; visitors' sessions are not even read."""
    return not request.path_info.startswith(GUARDED) and SESSION_KEY in request.session


def let_in(request: HttpRequest, user: User) -> None:
    """Refuse who has no role; limit the session of who has one, also where the role came after the sign-in."""
    prefetch_related_objects([user], "staff_roles")  # asked again by view, menu and page
    if not user.is_staff_member:
        raise PermissionDenied
    if not sessions.is_begun(request):
        sessions.begin(request, user)


def close(request: HttpRequest, why: Over) -> HttpResponse | None:
    """End the session and say so; a form that only a signed-in user can send is answered with what was typed."""
    sessions.end(request)
    match = request.resolver_match
    if request.method not in SAFE and match and match.view_name not in FOR_ANYBODY:
        return signed_out(request)
    messages.info(request, WHY[why])
    return guard(request) if is_guarded(request) else None


def guard(request: HttpRequest) -> HttpResponse | None:
    """Lead visitors to the sign-in, and those without a second factor to it; None for who may go on."""
    user = request.user
    if not isinstance(user, User):
        return sign_in(request) if request.method in SAFE else signed_out(request)
    if has_factor(request, user):
        request.session.pop(factors.BACK, None)
        return None
    if factors.are_set_up(user):
        return reauthentication.ask(request, by=factors.METHOD)
    request.session[factors.BACK] = page_of(request)
    return reauthentication.lead(request, reverse("account_factor"))


def has_factor(request: HttpRequest, user: User) -> bool:
    """Whether the session used a second factor, or is one of a demo that does without."""
    return factors.is_used(request, user) or factors.is_skipped(request)


def sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in, and from there back to the page."""
    return reauthentication.lead(request, redirect_to_login(page_of(request)).url)


def signed_out(request: HttpRequest) -> HttpResponse:
    """Nothing typed is lost without a word; where there is nothing to show, or htmx would not, a word is enough."""
    if errors.typed(request) and request.headers.get("HX-Request") != "true":
        return errors.signed_out(request, back=page_of(request))
    messages.error(request, _("You had been signed out, and what you sent was not saved."))
    return sign_in(request)


def page_of(request: HttpRequest) -> str:
    """The page the reader is on: for a form or a part of a page, the one it stands on."""
    here = request.get_full_path()
    is_page = request.method in SAFE and request.headers.get("HX-Request") != "true"
    stands_on = (
        ""
        if is_page
        else request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    )
    if url_has_allowed_host_and_scheme(
        stands_on, {request.get_host()}, require_https=request.is_secure()
    ):
        parts = urlsplit(stands_on)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return here
