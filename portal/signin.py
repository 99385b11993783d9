"""Sign-in's joints: allauth's mail goes through the outbox, and a proven address makes the person."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.http import factors, reauthentication, sessions
from accounts.models import User
from consent import people
from consent.kinds import PROOF
from mailing import outbox
from portal import errors
from portal.federation import SHOWN

# allauth's mails by the names of ours; the second word says which of several things a mail tells
MAILS = {
    "account/email/login_code": ("accounts/code", "sign_in"),
    "account/email/email_confirmation": ("accounts/code", "address"),
    "account/email/email_confirmation_signup": ("accounts/code", "address"),
    "account/email/password_reset_code": ("accounts/code", "password"),
    "account/email/unknown_account": ("accounts/unknown_address", ""),
    "account/email/email_changed": ("accounts/notice", "address_changed"),
    "account/email/password_changed": ("accounts/notice", "password_changed"),
    "account/email/password_reset": ("accounts/notice", "password_changed"),
    "account/email/password_set": ("accounts/notice", "password_set"),
    "mfa/email/totp_activated": ("accounts/notice", "app_added"),
    "mfa/email/totp_deactivated": ("accounts/notice", "app_removed"),
    "mfa/email/webauthn_added": ("accounts/notice", "passkey_added"),
    "mfa/email/webauthn_removed": ("accounts/notice", "passkey_removed"),
    "mfa/email/recovery_codes_generated": ("accounts/notice", "recovery_codes"),
    "socialaccount/email/account_connected": ("accounts/notice", "provider_joined"),
    "accounts/email/factors_reset": ("accounts/notice", "factors_reset"),
}
# how one confirms that it is them, by allauth's names
WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use the code from your app, or a recovery code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
    "reauthenticate_code": _("Use a code sent by e-mail"),
}
LOCKED_FOR = 300  # seconds; as in ACCOUNT_RATE_LIMITS["login_failed"]


class NoOtherMail(BaseEmailBackend):
    """The e-mail backend: refuses everything, for mail leaves through `mailing.outbox` alone."""

    def send_messages(self, email_messages: Any) -> int:
        message = "mail leaves through mailing.outbox.queue"
        raise RuntimeError(message)


def is_by_code(request: HttpRequest, user: User) -> bool:
    """Whether the user has just entered the code that was mailed to their address."""
    last = get_authentication_records(request, user)[-1:]
    return any((each["method"], each.get("email")) == ("code", user.email) for each in last)


class FactorStage(AuthenticateStage):
    """Asks for the second factor, but who has just used one at a provider that is trusted to ask for it."""

    def _should_handle(self, request: HttpRequest) -> bool:
        arriving = (self.login.signal_kwargs or {}).get("sociallogin")
        is_shown = arriving is not None and arriving.state.get(SHOWN)
        return not is_shown and bool(super()._should_handle(request))


class Adapter(DefaultAccountAdapter):
    """allauth's behaviour where the portal's differs."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail with plain values only; a code is a secret of the message and dies with its time.

        A mail to an address nobody has proven hangs on the address's person, never on the one who typed it; one about
        another user's account, which staff have changed, hangs on its `owner`.
        """
        name, what = MAILS[template_prefix]
        user = context.get("owner", self.request.user)
        language = user.language if "owner" in context else get_language() or settings.LANGUAGE_CODE
        person = (
            people.person_of(user)
            if isinstance(user, User)
            else people.person_for(email, language=language)
        )
        lifetime = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
        outbox.queue(
            name,
            person,
            {"what": what, "address": email, "new_address": str(context.get("to_email", ""))},
            language=language,
            to=email,
            secrets={"code": context["code"]} if "code" in context else None,
            not_after=timezone.now() + lifetime if "code" in context else None,
            purpose=PROOF if "code" in context else "",
        )

    def get_login_stages(self) -> list[str]:
        """allauth's, but for the second factor."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "portal.signin.FactorStage"}
        return [ours.get(each, each) for each in super().get_login_stages()]

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in somebody whose address is proven, which makes them a person whose things are theirs."""
        people.person_of(user)
        if is_by_code(request, user):
            people.open_address(user.email)
        super().login(request, user)
        if user.is_staff_member:
            sessions.begin(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Staff without a second factor are led to one before they go where they wanted."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        if not user.is_staff_member or factors.is_used(request, user):
            return answer
        request.session[factors.BACK] = answer.headers["Location"]
        return redirect("account_factor")

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """A changed address is proven: the person is reached at it from now on."""
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            people.open_address(email_address.email)
        if confirmed and request.user.is_authenticated:
            people.person_of(email_address.user)
        return confirmed

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Too many wrong passwords end in the page that says when to try again."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            answer = errors.too_many_requests(request, seconds=LOCKED_FOR)
            raise ImmediateHttpResponse(answer) from error

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords are counted by address and visitor together: a stranger locks nobody else out."""
        return f"{credentials.get('email', '').lower()} {self.get_client_ip(request)}"

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Before one's second factors are changed; signing in counts, and those who sign in by codes are asked too."""
        is_asked = super().is_reauthentication_required(app=app, **kwargs)
        if not is_asked or reauthentication.is_recent(self.request):
            return False
        raise ReauthenticationRequired  # allauth would let those through who have no password

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """allauth's in our words, and a mailed code for those who would have none."""
        by_code = {"id": "reauthenticate_code", "url": reverse("account_reauthenticate_code")}
        found = super().get_reauthentication_methods(user)
        if user.is_authenticated and not found:
            found = [by_code]
        return [{**each, "description": WAYS[each["id"]]} for each in found]

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """After a change of address: back to the page that shows it."""
        return reverse("account_email")
