"""Staff open the page of somebody who signs in: upper apps that keep who has looked at whom are told (E3.5).

The customer register writes it down beside the looks at its own pages; it lies above accounts, hence the registry.
"""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User
from common.registry import Registry


@dataclass(frozen=True)
class Read:
    """What is done when a user's page is opened, given whose it is and who opens it."""

    name: str
    write: Callable[[User, User], None]


reads: Registry[Read] = Registry("what is told of looks at users")


def opened(user: User, *, by: User) -> None:
    """Tell all of them."""
    for each in reads:
        each.write(user, by)
