"""Who arrives by another institution's sign-in: joined by address where the provider is trusted for its domain.

A role is never given by the sign-in. Nothing is made of anybody who is refused, and of others only the provider's
name for them is kept.
"""

import logging
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import get_language

from accounts import users
from accounts.http import factors
from accounts.models import User
from portal.providers import Provider

log = logging.getLogger(__name__)
SHOWN = "shows_factor"  # in the state of a sign-in: a second factor was used at the provider, which is trusted for it
REFUSED = "socialaccount/authentication_error.html"


class ProviderAdapter(DefaultSocialAccountAdapter):
    """allauth's behaviour where the portal's differs."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[Any]:
        """The providers of the configuration; rows of the database are none."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Who may come in has come in before allauth asks."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        **_more: Any,
    ) -> None:
        """For whoever runs the portal; who signs in is told no details."""
        name = getattr(provider, "sub_id", "?")
        log.warning("Sign-in through %s failed: %s, %r", name, error, exception)

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> User:
        """Keep none of what the provider tells, but for what is asked once more when signing in."""
        told = sociallogin.account.extra_data.get("id_token", {})
        sociallogin.shows_factor = provider_of(sociallogin).shows_factor(told)
        sociallogin.account.extra_data = {}
        user: User = sociallogin.user
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse, or join with the user of the address; end with allauth's sign-in of that user."""
        if request.user.is_authenticated:
            raise ImmediateHttpResponse(redirect(settings.LOGIN_REDIRECT_URL))
        provider = provider_of(sociallogin)
        email = trusted_address(provider, sociallogin)
        if email is None or sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(
                render(request, REFUSED, {"provider": provider, "is_refused": True}, status=403)
            )
        if not sociallogin.is_existing:
            join(request, sociallogin, email)
        sociallogin.state[SHOWN] = sociallogin.shows_factor
        if sociallogin.shows_factor:
            record_authentication(request, sociallogin.user, factors.METHOD, type="provider")


def provider_of(sociallogin: Any) -> Provider:
    """What is configured of the provider that somebody comes from."""
    found: Provider = settings.PROVIDERS[sociallogin.provider.app.provider_id]
    return found


def trusted_address(provider: Provider, sociallogin: Any) -> str | None:
    """The address the provider answers for; None when it is of another domain, or not shown to be theirs."""
    for address in sociallogin.email_addresses:
        if provider.answers_for(address.email) and (address.verified or provider.vouches):
            return str(address.email).lower()
    return None


@transaction.atomic
def join(request: HttpRequest, sociallogin: Any, email: str) -> None:
    """Tie the provider's account to the user of the address, made when new; they are told by mail.

    Whoever made the user without proving the address loses what they could get in by.
    """
    user = users.user_for(email, language=get_language() or settings.LANGUAGE_CODE)
    if not user.is_active:
        raise ImmediateHttpResponse(get_account_adapter().respond_user_inactive(request, user))
    unproven = EmailAddress.objects.filter(user=user, email=email, verified=False)
    if unproven.update(verified=True):
        user.set_unusable_password()
        user.save(update_fields=["password"])
        users.reset_factors(user)
    sociallogin.connect(request, user)
