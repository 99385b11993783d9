"""What follows when somebody of staff leaves: upper apps add it, and whoever takes roles or shuts users out calls it.

The customer register gives the customers of one who leaves to others (C5.3); it lies above accounts, hence the registry.
Nothing but the administration takes a role or shuts a user out (tests/accounts/test_departures.py); what goes past it, in a
shell or in SQL, a job of the register finds within minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User
from common.registry import Registry


class StillNeededError(Exception):
    """Nobody else could do what the one who leaves does: the change is refused as a whole."""


@dataclass(frozen=True)
class Departure:
    """What is done when a user may have ceased to work here, given who made it so; StillNeededError refuses it."""

    name: str
    settle: Callable[[User, User | None], None]


departures: Registry[Departure] = Registry("what follows when staff leave")


def settle(user: User, *, by: User | None) -> None:
    """Do all of it, in the transaction that took a role or shut the user out; for who still works here it is nothing."""
    for each in departures:
        each.settle(user, by)
