"""What the pages behind mailed links share: who asks, how often, and answers that no cache, robot or other site keeps."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypedDict

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

Rest = ParamSpec("Rest")


class Sender(TypedDict):
    """What a request tells of who sent it, for the proof."""

    ip: str
    user_agent: str


def sender(request: HttpRequest) -> Sender:
    """The client's address behind the trusted proxies, and its browser."""
    return {
        "ip": get_adapter().get_client_ip(request) or "",
        "user_agent": request.headers.get("User-Agent", ""),
    }


def is_within(request: HttpRequest, limit: str, key: str = "") -> bool:
    """Count one more against the limit of ACCOUNT_RATE_LIMITS; false when that is too many."""
    return bool(ratelimit.consume(request, action=limit, key=key.lower()))


def too_many(request: HttpRequest) -> HttpResponse:
    """429, with when to try again."""
    answer: HttpResponse = ratelimit.respond_429(request)
    return answer


def secluded(
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """A page with a token in its address: not cached, not indexed, and told to no other site."""

    @wraps(view)
    def alone(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Robots-Tag"] = "noindex"
        # with “no-referrer” browsers send “Origin: null”, which the forms' protection refuses
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return alone
