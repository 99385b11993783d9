"""Sign in by a mailed code from pages of our own: the seam to allauth's machinery, and the only one.

allauth makes, mails, counts and checks the code and signs the user in; its own pages do so at `accounts/login/code/`.
Here the same steps are offered to a page that does something more with the proven address, such as an enrolment.
"""

from typing import TypeAlias

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from accounts import users
from accounts.models import User

Process: TypeAlias = LoginCodeVerificationProcess


def asker(request: HttpRequest, email: str) -> User | None:
    """The user a code for this address would sign in, made when new; None for one who may not sign in.

    Ends the request with status 429 when codes are asked for too often: by one visitor, or for one address (then
    signing in with a password stays open, so that a stranger can lock nobody out).
    """
    visitor = f"{email.lower()} {get_adapter().get_client_ip(request)}"
    within_limits = ratelimit.consume(
        request, action="request_login_code", key=visitor
    ) and ratelimit.consume(request, action="code_to_address", key=email.lower())
    if not within_limits:
        raise ImmediateHttpResponse(ratelimit.respond_429(request))
    user = users.user_for(email, language=get_language() or "fi")
    return user if user.is_active else None


def send(request: HttpRequest, email: str) -> None:
    """Mail a code and wait for it in this session; nothing in the answer tells whether the address is known."""
    Process.initiate(request=request, user=asker(request, email), email=email)


def awaited(request: HttpRequest) -> Process | None:
    """The code this session waits for: `code`, `user`, `state["email"]`; None when there is none or it is too old."""
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    process: Process | None = Process.resume(stage) if stage else None
    return process


def sign_in(process: Process, *, back: str = "") -> HttpResponse:
    """The code was right: the address is proven and the user signed in; allauth's answer says where it would go.

    Who has a second factor is not signed in yet: the answer asks for it, and after that leads `back`.
    """
    answer: HttpResponse = process.finish(back or None)
    return answer
