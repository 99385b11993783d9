"""What every request and answer passes: bad bytes refused, personal pages kept out of caches and indexes."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.forms import BaseForm
from django.forms.utils import ErrorDict, ErrorList
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from pghistory.middleware import HistoryMiddleware

from consent.restriction import RestrictedError
from portal import errors

Answer = Callable[[HttpRequest], HttpResponse]
LONGEST_QUERY = 4096
LARGEST_BODY = 12 * 1_048_576  # bytes; a picture for a course is the largest thing anybody sends
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
NOT_TEXT = "\ufffd"


class RefuseBadInput:
    """Answer 400 to what no form of ours sends: NUL bytes, text that is not UTF-8, endless queries; 413 to too much."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        raw = unquote_to_bytes(query) + unquote_to_bytes(request.META.get("PATH_INFO", ""))
        if len(query) > LONGEST_QUERY or b"\0" in raw or not is_utf8(unquote_to_bytes(query)):
            return errors.bad_request(request)
        if length(request) > LARGEST_BODY:  # before a byte of it is read
            return errors.too_large(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Answer, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Refuse a form that is not UTF-8, but where a view says that it `takes_any_bytes`."""
        if getattr(view, "takes_any_bytes", False) or is_text(request):
            return None
        return errors.bad_request(request)


def is_text(request: HttpRequest) -> bool:
    """Whether the fields of a form are UTF-8; where a file may come with them, Django has put a mark for what is not."""
    if request.content_type == URLENCODED:
        return is_utf8(unquote_to_bytes(request.body))
    if request.content_type == MULTIPART:
        return not any(NOT_TEXT in each for _name, found in request.POST.lists() for each in found)
    return True


def length(request: HttpRequest) -> int:
    """Bytes of the body, as the request says."""
    said = request.META.get("CONTENT_LENGTH") or ""
    return int(said) if said.isascii() and said.isdigit() else 0


def is_utf8(raw: bytes) -> bool:
    """Say whether the bytes are text."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


class PrivatePages:
    """Keep what a signed-in person sees out of caches and search engines, and close what no page needs."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.user.is_authenticated:
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
            response.headers["X-Robots-Tag"] = "noindex"
        return response


class RefusedForms:
    """Answer 422 when a form came with errors, whichever library's view draws it again with what to correct."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        if request.method == "POST" and any(map(is_wrong, (response.context_data or {}).values())):
            response.status_code = 422
        return response


class RestrictedPeople:
    """Answer 409, and that nothing was written, where staff would write of somebody whose data lie still (GDPR Art. 18)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RestrictedError):
            return None
        context = {"is_refused": True}
        return render(request, "crm/staff_person_restricted.html", context, status=409)


class Author(HistoryMiddleware):
    """Tell the audit who changes something: the number of the user who signed in, nothing more of the request."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk}


def is_wrong(drawn: object) -> bool:
    """Whether this is a form with errors, or the errors themselves, as the admin's pages have them."""
    errors = drawn.errors if isinstance(drawn, BaseForm) else drawn
    return isinstance(errors, ErrorDict | ErrorList) and bool(errors)
