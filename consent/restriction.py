"""Restriction of processing (GDPR Art. 18): the data are kept, and neither used nor changed until it ends.

Reads leave such people out by one rule: `visible_to`, but for who handles them, or `unrestricted`, for everybody. Verbs
that write on a person's record call `check`. What the person does themself, asking or correcting, is their own will.
"""

from accounts.models import User
from accounts.roles import Permission
from consent.models import Person
from consent.models.people import at_rest


class RestrictedError(Exception):
    """The person has had the processing of their data restricted: nothing is written of them."""


def is_restricted(person: Person) -> bool:
    """Whether the person's data are only stored."""
    return at_rest().filter(pk=person.pk).exists()


def check(*people: int | None) -> None:
    """Raise RestrictedError when the data of one of them, by their keys, are only stored; None is nobody."""
    keys = [each for each in people if each is not None]
    if keys and at_rest().filter(pk__in=keys).exists():
        raise RestrictedError


def may_see(user: User, person: Person | None) -> bool:
    """Whether the member of staff may see the person, as `visible_to` has it for rows."""
    return person is None or user.may(Permission.SEE_RESTRICTED) or not is_restricted(person)
