"""allauth's two ways in, beginning anew each time: whoever corrects a mistyped address is not held to the first one."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.views import LoginView, RequestLoginCodeView
from django.http import HttpRequest


class AnewMixin:
    """Forget a code that was asked for before, instead of leading back to where it is typed."""

    def _redirect_to_pending_stage(self, request: HttpRequest, _stage: Any) -> None:
        clear_login(request)


class AskForCode(AnewMixin, RequestLoginCodeView):
    """The address to mail a code to."""


class SignIn(AnewMixin, LoginView):
    """Address and password."""


ask_for_code = AskForCode.as_view()
sign_in = SignIn.as_view()
