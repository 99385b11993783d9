"""Small things of the site: colours, robots, icons, uploaded pictures."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from portal import errors, sitemaps
from portal.context import THEMES

YEAR = 365 * 24 * 60 * 60


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the colours the reader chose, and go back to the page they came from."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        return errors.bad_request(request)
    response = HttpResponseRedirect(_way_back(request))
    response.set_cookie(
        "theme", chosen, max_age=YEAR, secure=settings.TLS, httponly=True, samesite="Lax"
    )
    return response


def _way_back(request: HttpRequest) -> str:
    """The page the reader was on: filters that htmx has put into the address since are only in the Referer."""
    for url in (request.headers.get("Referer"), request.POST.get("next")):
        if url and url_has_allowed_host_and_scheme(
            url, {request.get_host()}, require_https=request.is_secure()
        ):
            return url
    return reverse("portal:home")


@require_safe
@cache_control(max_age=3600, public=True)
def robots(_request: HttpRequest) -> HttpResponse:
    """What search engines may read: all that is public."""
    lines = ["User-agent: *"]
    lines += [f"Disallow: {path}" for path in ("/admin/", "/staff/", "/api/", "/demo/", "/theme/")]
    lines += ["", *(f"Sitemap: {file}" for file in sitemaps.files()), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(max_age=86400, public=True)
def favicon(_request: HttpRequest) -> HttpResponse:
    """For those who ask at the old place."""
    return HttpResponseRedirect(static("img/favicon-32.png"))


@require_safe
@cache_control(max_age=86400, public=True)
def media(_request: HttpRequest, path: str) -> FileResponse:
    """A picture that staff have uploaded."""
    try:
        return FileResponse(default_storage.open(path))
    except OSError as error:
        raise Http404 from error


@require_safe
@cache_control(max_age=86400, public=True)
def manifest(_request: HttpRequest) -> HttpResponse:
    """Name, colours and icon for a home screen."""
    icon = {"src": static("img/apple-touch-icon.png"), "sizes": "180x180", "type": "image/png"}
    return JsonResponse(
        {
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME,
            "start_url": "/",
            "display": "browser",
            "background_color": "#F4F5F1",
            "theme_color": "#0B5A4B",
            "icons": [icon],
        },
        content_type="application/manifest+json",
    )
