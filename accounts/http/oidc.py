"""Sign-in by OpenID Connect: allauth's code flow, with the token's signature always checked and its claims as they must be."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LONGEST_SUBJECT = 191  # signs; what allauth keeps
View = Callable[..., HttpResponse]


class CheckedAdapter(OpenIDConnectOAuth2Adapter):
    """Takes claims from a signed ID token only.

    allauth trusts the connection the token came by. Here its signature by the provider's published keys, issuer,
    audience and times are checked as well (OpenID Connect Core 1.0, 3.1.3.7), and userinfo must be of the same subject
    (5.3.2).
    """

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        claims = self._decode_id_token(app, kwargs["response"].get("id_token") or "")
        if app.settings["fetch_userinfo"]:
            told = self._fetch_user_info(token.token)
            if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
                message = "userinfo is of another subject"
                raise OAuth2Error(message)
            claims = {**told, **claims}
        return self.get_provider().sociallogin_from_response(request, {"id_token": tidy(claims)})

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(id_token)
            keys = jwt.PyJWKSet.from_dict(self.fetch(self.openid_config["jwks_uri"])).keys
            fitting = [key for key in keys if header.get("kid") in {None, key.key_id}]
            claims: dict[str, Any] = jwt.decode(
                id_token,
                fitting[0],
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                options={"require": ["sub", "iss", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, AttributeError, LookupError, TypeError, ValueError) as error:
            message = "Invalid id_token"
            raise OAuth2Error(message) from error
        return claims

    def fetch(self, url: str) -> Any:
        """What the provider publishes; its discovery, whose address is configured, named the URL."""
        with get_adapter().get_requests_session() as session:
            response = session.get(url)
            response.raise_for_status()
            return response.json()


def tidy(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims with only a true `email_verified` as true; ends the sign-in when one is of no use."""
    email = claims.get("email")
    if not 0 < len(str(claims["sub"])) <= LONGEST_SUBJECT or not isinstance(email, str | None):
        message = "claims of the wrong sort"
        raise OAuth2Error(message)
    return {**claims, "email_verified": claims.get("email_verified") is True}


def or_said(view: View) -> View:
    """Answer with a page in words when the provider is away or talks nonsense, instead of failing."""

    @wraps(view)
    def tried(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except SocialApp.DoesNotExist as error:
            raise Http404 from error
        except (AttributeError, LookupError, OSError, SyntaxError, TypeError, ValueError) as error:
            answer: HttpResponse = render_authentication_error(request, None, exception=error)
            return answer

    return tried


def checked(request: HttpRequest, provider_id: str) -> CheckedAdapter:
    """What speaks with a provider that is configured for OpenID Connect; 404 for any other."""
    if get_adapter().get_app(request, provider=provider_id).provider != "openid_connect":
        raise Http404
    return CheckedAdapter(request, provider_id)


@or_said
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider."""
    view: View = OAuth2LoginView.adapter_view(checked(request, provider_id))
    return view(request)


@or_said
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider."""
    view: View = OAuth2CallbackView.adapter_view(checked(request, provider_id))
    return view(request)
