"""Error pages that help: what happened, what to do next (E1). 500 and 503 need neither database nor request."""

import logging
import secrets
import sys
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import timezone, translation

from courses.models import Course

log = logging.getLogger(__name__)
RETRY_SECONDS = "120"
NOT_KEPT = ("csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be understood; 413 where that is because it is too large."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _page(request, HTTPStatus.BAD_REQUEST)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more was sent than any form of ours needs."""
    return _page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: not for this person."""
    return _page(request, HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was too old or came from elsewhere; what was typed is shown, to be copied from."""
    return _page(request, HTTPStatus.FORBIDDEN, is_csrf=True, typed=typed(request))


def signed_out(request: HttpRequest, *, back: str) -> HttpResponse:
    """403: the session had ended when the form was sent; what was typed is shown, and the way back to its page."""
    return _page(request, HTTPStatus.FORBIDDEN, is_signed_out=True, typed=typed(request), back=back)


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed into a form that was not taken, but for secrets."""
    return [
        (name, value)
        for name, value in request.POST.items()
        if name not in NOT_KEPT and isinstance(value, str) and value.strip()
    ]


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: with the courses whose address is most like the one asked for."""
    slug = request.path.rstrip("/").rpartition("/")[2]
    try:
        nearest = list(Course.objects.published().resembling(slug)[:3])
    except Error:
        nearest = []
    return _page(request, HTTPStatus.NOT_FOUND, nearest=nearest)


def too_many_requests(request: HttpRequest, *, seconds: int = 60) -> HttpResponse:
    """429: tried too often; the page and Retry-After say when to try again. allauth's limits count minutes."""
    retry_at = timezone.now() + timedelta(seconds=seconds)
    response = _page(request, HTTPStatus.TOO_MANY_REQUESTS, retry_at=retry_at)
    response.headers["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with a number to find it by in the log; 503 when the database is what is missing."""
    error_id = secrets.token_hex(4)
    log.error("Error %s: %s %s", error_id, request.method, request.path)
    if isinstance(sys.exc_info()[1], OperationalError):
        return unavailable(request)
    return _static_page(HTTPStatus.INTERNAL_SERVER_ERROR, error_id=error_id)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: come back in two minutes."""
    response = _static_page(HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _page(request: HttpRequest, status: HTTPStatus, **context: object) -> HttpResponse:
    """The page of the status in the reader's language, also where no middleware has chosen one yet."""
    language = translation.get_language_from_request(request, check_path=True)
    with translation.override(language):
        return render(request, f"{status.value}.html", context, status=status)


def _static_page(status: HTTPStatus, **context: object) -> HttpResponse:
    known = {"site_name": settings.SITE_NAME, **context}
    return HttpResponse(loader.render_to_string(f"{status.value}.html", known), status=status)
