"""Find or make the user behind an address that wants to sign in, and forget those who never came."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower, Now

from accounts import audit
from accounts.models import User


@transaction.atomic
def user_for(email: str, *, language: str) -> User:
    """The user of this address; made, without a password and not proven, when the address is new.

    The same statements run whether or not the address is known, so that a sign-in page tells nobody (A09).
    """
    email = email.strip().lower()
    newcomer = User(email=email, language=language)
    newcomer.set_unusable_password()
    User.objects.bulk_create([newcomer], ignore_conflicts=True)
    user = User.objects.alias(known_as=Lower("email")).get(known_as=email)
    address = EmailAddress(user=user, email=email, primary=True)
    EmailAddress.objects.bulk_create([address], ignore_conflicts=True)
    return user


def never_came() -> QuerySet[User]:
    """Users made by asking for a code, who never proved the address: nothing else is theirs."""
    proven = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    asked = EmailAddress.objects.filter(user=OuterRef("pk"), verified=False)
    return User.objects.filter(
        Exists(asked),
        ~Exists(proven),
        last_login__isnull=True,
        password__startswith=UNUSABLE_PASSWORD_PREFIX,
        is_staff=False,
        staff_roles__isnull=True,
    )


def forget_who_never_came(*, before: datetime) -> int:
    """Delete users whose code was asked for before the moment and never used; how many."""
    return forget(never_came().filter(date_joined__lt=before))


def give_up_unproven(email: str) -> None:
    """Delete the user somebody made with this address and never proved: it is proven to be another's."""
    forget(never_came().filter(email=email.lower()))


@transaction.atomic
def forget(strangers: QuerySet[User]) -> int:
    """Delete these users and what the audit says of them; how many."""
    gone = list(strangers)
    keys = [user.pk for user in gone]
    for user in gone:
        user.delete()
    audit.forget(User, keys)
    return len(gone)


def end_sessions(user: User) -> None:
    """End every session of the user at once: what they may do, or sign in with, has changed (A20)."""
    User.objects.filter(pk=user.pk).update(sessions_since=Now())
    user.refresh_from_db(fields=["sessions_since"])


@transaction.atomic
def reset_factors(user: User) -> int:
    """Take away the second factors of somebody who has lost them, and end their sessions; how many factors."""
    factors = Authenticator.objects.filter(user=user)
    count = len([factor.delete() for factor in factors])
    end_sessions(user)
    return count
