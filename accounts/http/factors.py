"""Second factors: an app's codes, passkeys, recovery codes; obligatory for staff (allauth.mfa keeps them).

A session knows by allauth's records what it was signed in with. A second factor counts when it was used in this
session, at the sign-in or later; one that a trusted provider asked for counts too, where that is configured.
"""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from accounts.models import User

METHOD = "mfa"  # as allauth calls it in its records
BACK = "staff_back"  # in the session: the page asked for before a factor was
SKIPPED = "staff_skips_factor"  # in the session of a demo
FIRST = (
    Authenticator.Type.TOTP,
    Authenticator.Type.WEBAUTHN,
)  # recovery codes only stand in for one


def are_set_up(user: User) -> bool:
    """Whether the user has a second factor."""
    return bool(Authenticator.objects.filter(user=user, type__in=FIRST).exists())


def is_used(request: HttpRequest, user: User) -> bool:
    """Whether a second factor of the user was used in this session."""
    return any(each["method"] == METHOD for each in get_authentication_records(request, user))


def note_use(request: HttpRequest, user: User) -> None:
    """Remember that the user has just used the factor they added: it was tried while they did."""
    post_authentication(
        request, Authenticator.objects.filter(user=user, type__in=FIRST).latest("pk")
    )


def is_last_of_staff(authenticator: Authenticator) -> bool:
    """Whether a member of staff would be left without a second factor."""
    user = authenticator.user
    others = Authenticator.objects.filter(user=user, type__in=FIRST).exclude(pk=authenticator.pk)
    return user.is_staff_member and authenticator.type in FIRST and not others.exists()


def skip(request: HttpRequest) -> None:
    """Do without in this session; in a demo only."""
    if settings.DEMO:
        request.session[SKIPPED] = True


def is_skipped(request: HttpRequest) -> bool:
    """Whether this session of a demo does without."""
    return settings.DEMO and bool(request.session.get(SKIPPED))
