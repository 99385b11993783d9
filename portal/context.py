"""What every page knows: the site, its menu, the languages and the theme."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, override

from accounts.models import User
from crm import answering
from crm.answering import Contact
from mailing import switch
from portal import keys, menu
from portal.menu import MAIN, STAFF, Item

THEMES = ("auto", "light", "dark")
LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}  # as previews of shared links want them


@dataclass(frozen=True)
class Alternate:
    """The present page in a language."""

    code: str
    name: str
    url: str
    is_current: bool


def site(request: HttpRequest) -> dict[str, object]:
    """Context of every template."""
    return {
        "site_name": settings.SITE_NAME,
        "base_url": settings.BASE_URL,
        "demo": settings.DEMO,
        "menu": [
            {"url": url, "label": label, "current": request.path.startswith(url)}
            for url, label in ((item.url, item.label) for item in MAIN)
        ],
        "languages": alternates(request),
        "locale": LOCALES.get(get_language() or "", ""),
        "theme": theme_of(request),
        **(staff(request) if request.path.startswith("/staff/") else {}),
        "my_contact": SimpleLazyObject(lambda: contact_of(request)),
        "footer_contact": {"email": settings.CONTACT_EMAIL, "phone": settings.CONTACT_PHONE},
    }


def contact_of(request: HttpRequest) -> Contact | None:
    """The named contact of who is signed in, asked for where a page shows it; none on the staff pages."""
    user = request.user
    if not isinstance(user, User) or request.path.startswith("/staff/"):
        return None
    return answering.card_of_user(user)


def staff(request: HttpRequest) -> dict[str, object]:
    """What the staff pages know besides: their own menu, and whether mail leaves."""
    user = getattr(request, "user", None)  # none yet where a request is refused on its way in
    mine = [each for each in STAFF if isinstance(user, User) and may_open(user, each)]
    return {
        "staff_menu": menu.places(mine),
        "staff_here": menu.here(mine, request.path),
        "keys": keys.KEYS,
        "keys_are_on": request.COOKIES.get(keys.COOKIE) != "off",  # they act until one says no
        "sending": switch.status,
    }


def may_open(user: User, item: Item) -> bool:
    return item.permission is None or user.may(item.permission)


def alternates(request: HttpRequest) -> list[Alternate]:
    """This page in every language."""
    current = get_language()
    return [
        Alternate(code, name, _in_language(request, code), code == current)
        for code, name in settings.LANGUAGES
    ]


def _in_language(request: HttpRequest, code: str) -> str:
    """The page's address in the language; the same one where no page was found or it has no translation."""
    here = request.get_full_path()
    match = request.resolver_match
    if match is None or not match.view_name or code == get_language():
        return here
    with override(code):
        try:
            path = reverse(match.view_name, args=match.args, kwargs=match.kwargs)
        except NoReverseMatch:
            return here
    query = request.META.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def theme_of(request: HttpRequest) -> str:
    """The reader's choice of colours: auto, light or dark."""
    chosen = request.COOKIES.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"
