"""allauth's ways in, where ours differ.

The two doors begin anew each time: whoever corrects a mistyped address is not held to the first one.
"""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.views import BaseReauthenticateView, LoginView, RequestLoginCodeView
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from accounts.forms import ConfirmCodeForm, NewAppForm, NewPasskeyForm
from accounts.http import SignedInRequest, factors, reauthentication, sessions


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


class AddApp(ActivateTOTPView):
    """An app that shows codes."""

    def form_valid(self, form: NewAppForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        factors.note_use(self.request, self.request.user)
        return answer


class AddPasskey(AddWebAuthnView):
    """A passkey: a device's or a key's own."""

    def form_valid(self, form: NewPasskeyForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        factors.note_use(self.request, self.request.user)
        return answer


class RemoveApp(DeactivateTOTPView):
    """Do without the app; whoever else was signed in with it is signed out."""

    def form_valid(self, form: Form) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        sessions.end_others(self.request, self.request.user)
        return answer


class RemovePasskey(RemoveWebAuthnView):
    """Do without the passkey; whoever else was signed in with it is signed out."""

    def form_valid(self, form: Form) -> HttpResponse:
        if factors.is_last_of_staff(self.object):
            error = get_mfa_adapter().validation_error("cannot_delete_authenticator")
            messages.error(self.request, error.message)
            return redirect("mfa_list_webauthn")
        answer: HttpResponse = super().form_valid(form)
        sessions.end_others(self.request, self.request.user)
        return answer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def factor(request: SignedInRequest) -> HttpResponse:
    """Why a second factor is needed, and the ways to one; in a demo one may do without, which a POST does."""
    if request.method == "POST" and not settings.DEMO:
        raise Http404
    if request.method == "POST":
        factors.skip(request)
        return redirect(request.session.get(factors.BACK, settings.LOGIN_REDIRECT_URL))
    return render(request, "accounts/factor.html", {"is_set_up": factors.are_set_up(request.user)})


add_app = AddApp.as_view()
add_passkey = AddPasskey.as_view()
remove_app = RemoveApp.as_view()
remove_passkey = RemovePasskey.as_view()
confirm_by_code = ConfirmByCode.as_view()
ask_for_code = AskForCode.as_view()
sign_in = SignIn.as_view()
