"""allauth's ways in, where ours differ.

The two doors begin anew each time: whoever corrects a mistyped address is not held to the first one.
"""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.views import BaseReauthenticateView, LoginView, RequestLoginCodeView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from accounts.forms import ConfirmCodeForm
from accounts.http import SignedInRequest, reauthentication


class AnewMixin:
    """Forget a code that was asked for before, instead of leading back to where it is typed."""

    def _redirect_to_pending_stage(self, request: HttpRequest, _stage: Any) -> None:
        clear_login(request)


class AskForCode(AnewMixin, RequestLoginCodeView):
    """The address to mail a code to."""


class SignIn(AnewMixin, LoginView):
    """Address and password."""


@method_decorator(login_required, name="dispatch")
class ConfirmByCode(BaseReauthenticateView):
    """Confirm that it is you by a mailed code; for those who have neither password nor second factor."""

    form_class = ConfirmCodeForm
    template_name = "account/reauthenticate_code.html"

    def post(self, request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("action") == "send":
            reauthentication.send_code(request, request.user)
            return redirect(self.passthrough_next_url(request.path))
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_sent = reauthentication.is_awaited(self.request)
        return {**super().get_context_data(**kwargs), "is_sent": is_sent}

    def form_valid(self, form: ConfirmCodeForm) -> HttpResponse:
        reauthentication.accept_code(self.request, self.request.user)
        answer: HttpResponse = super().form_valid(form)
        return answer


confirm_by_code = ConfirmByCode.as_view()
ask_for_code = AskForCode.as_view()
sign_in = SignIn.as_view()
