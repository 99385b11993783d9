"""Who has shown lately that it is them: before something that cannot be taken back, such as an export or a merge.

Whoever signed in, or confirmed that it is them, in the last ten minutes (ACCOUNT_REAUTHENTICATION_TIMEOUT) goes on.
Others are asked on allauth's page, by what they have: second factor, password, or else a code by mail. A form that
was sent waits in the session meanwhile, and is sent on when the answer is right.
"""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import (
    STATE_SESSION_KEY,
    get_authentication_records,
    serialize_request,
)
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.cryptokit import normalize_user_code
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User

CODE = "accounts.reauthentication.code"  # in the session: what was mailed, when, and how often it was tried
CODE_LIVES = 900  # seconds
TRIES = 3


def is_recent(request: HttpRequest) -> bool:
    """Whether the user has signed in, or confirmed that it is them, in the last ten minutes."""
    if not isinstance(request.user, User):
        return False
    shown = [each["at"] for each in get_authentication_records(request, request.user)]
    return bool(shown) and time.time() - max(shown) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def ask(request: HttpRequest, *, by: str = "") -> HttpResponse:
    """Lead to the page that asks, and from there back; what was posted waits, but for files, which must be sent again.

    `by="mfa"` takes a second factor only.
    """
    request.session.pop(STATE_SESSION_KEY, None)  # a form given up is not sent on by a later visit
    back = request.get_full_path()
    if request.method == "POST" and request.FILES:
        messages.warning(request, _("Confirm it is you, then send the form with its file again."))
    elif request.method == "POST":
        request.session[STATE_SESSION_KEY] = {"request": serialize_request(request)}
        back = request.path  # by which it is found; the query is kept with the form
    ways = get_adapter().get_reauthentication_methods(request.user)
    way = next(each["url"] for each in ways if each["id"].startswith(by))
    return lead(request, f"{way}?{urlencode({'next': back})}")


def lead(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect of the whole page, also where htmx asked for a part of it."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


# --- by a code, for those who have neither password nor second factor -----------------------


def send_code(request: HttpRequest, user: User) -> None:
    """Mail a code to the user's address; ends the request with status 429 when that is asked too often."""
    visitor = f"{user.email} {get_adapter().get_client_ip(request)}"
    if not ratelimit.consume(request, action="request_login_code", key=visitor):
        raise ImmediateHttpResponse(ratelimit.respond_429(request))
    code = get_adapter().generate_login_code()
    request.session[CODE] = {"digest": digest(code), "at": time.time(), "tries": 0}
    get_adapter().send_mail("account/email/login_code", user.email, {"code": code})


def is_awaited(request: HttpRequest) -> bool:
    """Whether a code is on its way that may still be typed."""
    sent: dict[str, Any] = request.session.get(CODE) or {"at": 0, "tries": TRIES}
    return bool(time.time() - sent["at"] < CODE_LIVES and sent["tries"] < TRIES)


def is_right(request: HttpRequest, code: str) -> bool:
    """Whether this is the mailed code; each question is a try, and the third wrong one ends it."""
    if not is_awaited(request):
        return False
    sent = request.session[CODE]
    request.session[CODE] = {**sent, "tries": sent["tries"] + 1}
    return constant_time_compare(digest(code), sent["digest"])


def accept_code(request: HttpRequest, user: User) -> None:
    """Remember that the user has just shown by a code that it is them."""
    request.session.pop(CODE, None)
    record_authentication(request, user, "code", email=user.email, reauthenticated=True)


def digest(code: str) -> str:
    """What of a code is kept in the session."""
    return salted_hmac(CODE, normalize_user_code(code), algorithm="sha256").hexdigest()
