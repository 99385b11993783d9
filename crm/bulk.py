"""What staff do to many customers at once: all of them or none, as many as can be looked over (C2.2).

A press of the button twice does it once: the page that shows what will happen carries a number that is used up.
"""

from collections.abc import Callable, Iterable
from datetime import date

from django.core.cache import cache
from django.db import transaction

from accounts.models import User
from consent.models import Person
from crm import named_contacts, situations, tasks
from crm.models import Organisation
from crm.situations import Words

MOST = 1000
KEPT = 24 * 3600  # seconds for which a number stays used up

Customer = Person | Organisation


class TooManyError(Exception):
    """More than can be done at once."""


class DoneAlreadyError(Exception):
    """The same press of the button came before."""


def once(token: str, do: Callable[[], int]) -> int:
    """Do it if nobody has done it with this number; what fails may be tried again. How many were changed."""
    if not cache.add(f"bulk:{token}", 1, KEPT):
        raise DoneAlreadyError
    try:
        return do()
    except Exception:
        cache.delete(f"bulk:{token}")
        raise


@transaction.atomic
def note_situation(customers: Iterable[Customer], words: Words, *, by: User) -> int:
    """Note the same of each."""
    chosen = few(customers)
    for each in chosen:
        person, organisation = (each, None) if isinstance(each, Person) else (None, each)
        situations.note(words, person=person, organisation=organisation, by=by)
    return len(chosen)


@transaction.atomic
def give_task(
    customers: Iterable[Customer], what: str, *, due_on: date, assignee: User | None, by: User
) -> int:
    """Give a task for each, due on the same day."""
    chosen = few(customers)
    for each in chosen:
        tasks.give(what, due_at=tasks.end_of(due_on), assignee=assignee, by=by, about=each)
    return len(chosen)


@transaction.atomic
def name_contact(customers: Iterable[Customer], user: User, *, by: User) -> int:
    """Make the user the named contact of each; named_contacts.UnreachableError for one who has left meanwhile."""
    chosen = sorted(few(customers), key=lambda each: each.pk)
    for each in chosen:
        named_contacts.name_by_hand(each, user, by=by)
    return len(chosen)


def few(customers: Iterable[Customer]) -> list[Customer]:
    """All of them; TooManyError when they are too many."""
    chosen = list(customers)
    if len(chosen) > MOST:
        raise TooManyError
    return chosen
