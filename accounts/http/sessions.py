"""How long a session of staff lasts: eight hours since signing in, half an hour without use (A20).

What a session remembers of it: when it began and when it was last used, written anew each minute at most.
"""

import time
from enum import Enum

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest

from accounts import users
from accounts.models import User

SINCE, SEEN = "staff_since", "staff_seen"  # in the session: seconds since 1970
MINUTE = 60
HOUR = 60 * MINUTE


class Over(Enum):
    """Why a session has ended."""

    OLD = "old"
    IDLE = "idle"


def begin(request: HttpRequest, user: User) -> None:
    """Limit this session as one of staff: from its sign-in on, whenever the role was given."""
    shown = [each["at"] for each in get_authentication_records(request, user)]
    request.session[SINCE] = min(shown, default=0)
    request.session[SEEN] = time.time()


def is_begun(request: HttpRequest) -> bool:
    """Whether the session is limited as one of staff."""
    return SINCE in request.session


def why_over(request: HttpRequest) -> Over | None:
    """Why the session has ended; None for one that goes on or is not of staff."""
    if not is_begun(request):
        return None
    now = time.time()
    if now - request.session[SINCE] >= settings.STAFF_SESSION_HOURS * HOUR:
        return Over.OLD
    if now - request.session[SEEN] >= settings.STAFF_SESSION_IDLE_MINUTES * MINUTE:
        return Over.IDLE
    return None


def end(request: HttpRequest) -> None:
    """Sign out; nothing of the session is left."""
    logout(request)


def end_others(request: HttpRequest, user: User) -> None:
    """End every other session of the user; this one goes on."""
    users.end_sessions(user)
    update_session_auth_hash(request, user)


def touch(request: HttpRequest) -> None:
    """Remember that a session of staff is in use."""
    if is_begun(request) and time.time() - request.session[SEEN] >= MINUTE:
        request.session[SEEN] = time.time()
