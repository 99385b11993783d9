"""Signed links in mails: each salt opens one thing only, and no link holds an address (A10).

A link may lower what a person permits, but not raise it. The one exception is the link that confirms a sign-up, which
was mailed to the address for just that. The links of a mail live as long as its delivery; those of a sign-up as long
as that.
"""

from functools import lru_cache

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import translation

from consent.models import Person
from mailing.models import Delivery, SignUp

CONFIRM, NOT_ME, UNSUBSCRIBE, PREFERENCES, WHY, PROVE = (
    f"mailing.links.{name}"
    for name in ("confirm", "not_me", "unsubscribe", "preferences", "why", "prove")
)

PLACE = "TOKEN"  # where the token stands in a path


# --- what mails hold -----------------------------------------------------------------


def confirm_url(sign_up: SignUp) -> str:
    """The page whose button gives the permission that was asked for."""
    return _page("mailing:newsletter_confirm", _sign(CONFIRM, sign_up.pk), sign_up.language)


def not_me_url(sign_up: SignUp) -> str:
    """The page for somebody who has asked for nothing."""
    return _page("mailing:newsletter_not_me", _sign(NOT_ME, sign_up.pk), sign_up.language)


def one_click_url(delivery: Delivery) -> str:
    """Where mail programs and people stop what the delivery's message is about (RFC 8058)."""
    return _page("site:unsubscribe", _sign(UNSUBSCRIBE, delivery.pk), delivery.language)


def preferences_url(delivery: Delivery) -> str:
    """The preference centre of whom the delivery went to."""
    page = _path("mailing:preferences", delivery.language)
    return f"{settings.BASE_URL}{page}?key={preferences_key(delivery)}"


def preferences_key(delivery: Delivery) -> str:
    """What opens the preference centre without signing in."""
    return _sign(PREFERENCES, delivery.pk)


def why_url(delivery: Delivery) -> str:
    """What allowed this message."""
    return _page("mailing:why", _sign(WHY, delivery.pk), delivery.language)


def prove_url(delivery: Delivery) -> str:
    """The page whose button opens the address again that this mail went to."""
    return _page("mailing:address_prove", _sign(PROVE, delivery.pk), delivery.language)


def _sign(salt: str, key: int) -> str:
    return Signer(salt=salt, sep=".").sign(str(key))


def _page(name: str, token: str, language: str) -> str:
    return settings.BASE_URL + _path(name, language, PLACE).replace(PLACE, token)


@lru_cache(maxsize=64)
def _path(name: str, language: str, *arguments: str) -> str:
    """A page's path; the same for all mails of a campaign but for the token, so it is looked up once."""
    with translation.override(language):
        return reverse(name, args=arguments)


# --- what pages read -----------------------------------------------------------------


def sign_up_to_confirm(token: str) -> SignUp | None:
    """The sign-up behind a confirmation link that still works."""
    return SignUp.objects.alive().filter(pk=_read(CONFIRM, token)).first()


def sign_up_to_disown(token: str) -> SignUp | None:
    """The sign-up behind a “not me” link that still works."""
    return SignUp.objects.alive().filter(pk=_read(NOT_ME, token)).first()


def delivery_to_stop(token: str) -> Delivery | None:
    """The delivery behind a one-click link."""
    return _delivery(UNSUBSCRIBE, token)


def delivery_to_explain(token: str) -> Delivery | None:
    """The delivery behind a “why did I get this” link."""
    return _delivery(WHY, token)


def delivery_to_prove(token: str) -> Delivery | None:
    """The delivery of a mail that was to prove its address."""
    return _delivery(PROVE, token)


def person_by_key(token: str) -> Person | None:
    """Whose preference centre the key opens.

    The key of a mail that went to an address which is not, or no longer, the person's own opens nothing.
    """
    delivery = _delivery(PREFERENCES, token)
    if delivery is None:
        return None
    return Person.objects.known_by(delivery.address).filter(pk=delivery.person_id).first()


def _delivery(salt: str, token: str) -> Delivery | None:
    """With whoever its reader turned out to be in place of somebody who is no more."""
    found = (
        Delivery.objects.filter(pk=_read(salt, token))
        .select_related(
            "person__alias__kept",
            "message__topic",
            "message__controller",
            "permitted_by__topic",
            "permitted_by__controller",
            "permitted_by__wording",
            "permitted_by__by",
        )
        .first()
    )
    if found is not None:
        found.person = found.person.standing
    return found


def _read(salt: str, token: str) -> int:
    """The key that was signed with this salt; 0, which no row has, for anything else."""
    try:
        return int(Signer(salt=salt, sep=".").unsign(token))
    except (BadSignature, ValueError):
        return 0
