"""Who answers a customer today, and how they are reached: the named contact, or the deputy while they are away (C5.2).

Reading only. The rule itself is SQL (`crm_answering`), so that pages, jobs and the invariant say the same.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import StaffRole, User
from consent import restriction
from consent.models import Person
from crm import promises
from crm.models import NamedContact, Organisation
from crm.models.named import Answering, IsReachable


@dataclass(frozen=True)
class Contact:
    """Somebody who answers: what a page shows of them. `instead_of` is whose deputy they are, `user` their key.

    `answers_by` is when a question asked now is answered at the latest; `picture` is an address on this site.
    """

    name: str
    title: str
    email: str
    phone: str
    hours: str = ""
    picture: str = ""
    instead_of: str = ""
    user: int | None = None
    answers_by: datetime | None = None

    def told(self) -> dict[str, str]:
        """What a mail says of them, as plain values."""
        every = asdict(self)
        return {name: every[name] for name in ("name", "title", "email", "phone")}


def on_behalf_of(asked: User | None, *, on: date | None = None) -> User | None:
    """Who answers on the day for the one asked: themselves or a deputy; None for nobody. One statement."""
    if asked is None:
        return None
    return User.objects.filter(pk=Answering(asked.pk, on or timezone.localdate())).first()


def of(customer: Person | Organisation, *, on: date | None = None) -> tuple[User, User] | None:
    """The customer's named contact and who answers on the day; None when they have none.

    A person is answered by their own, else by that of the organisation they belong to. Two statements.
    """
    if isinstance(customer, Person):
        return _of_people(Person.objects.filter(pk=customer.pk), on)
    named = NamedContact.objects.current().filter(organisation=customer)
    return _answered(named.select_related("user").first(), on)


def of_user(user: User, *, on: date | None = None) -> tuple[User, User] | None:
    """The same for the person who signs in as the user."""
    return _of_people(Person.objects.filter(user=user), on)


def _of_people(person: "QuerySet[Person]", on: date | None) -> tuple[User, User] | None:
    named = NamedContact.objects.answering_for(person)
    return _answered(named.select_related("user").first(), on)


def _answered(named: NamedContact | None, on: date | None) -> tuple[User, User] | None:
    if named is None:
        return None
    answers = on_behalf_of(named.user, on=on)
    return (named.user, answers) if answers else None


def if_seen(user: User | None, person: Person) -> User | None:
    """The user, when they may see the person; nobody else is given what a restricted person asks (GDPR Art. 18)."""
    return user if user is not None and restriction.may_see(user, person) else None


def card(
    answers: User, *, asked: User | None = None, of_whom: str = "", now: datetime | None = None
) -> Contact:
    """What a page shows of who answers; `of_whom` is the institution they speak for, `asked` whom they may stand in for."""
    return Contact(
        name=answers.name or answers.email,
        title=", ".join(filter(None, [answers.title, of_whom])),
        email=answers.email,
        phone=answers.phone,
        hours=answers.hours,
        picture=answers.picture.url if answers.picture else "",
        instead_of=str(asked) if asked is not None and asked.pk != answers.pk else "",
        user=answers.pk,
        answers_by=promises.promised_by(now or timezone.now()),
    )


def card_of_user(user: User, *, now: datetime | None = None) -> Contact | None:
    """The card of the user's own named contact, for their pages; None when they have none."""
    found = of_user(user, on=timezone.localdate(now))
    return card(found[1], asked=found[0], now=now) if found else None


def who_can_answer() -> "QuerySet[User]":
    """Everybody of staff who can answer customers, by name."""
    staff = StaffRole.objects.values("user")
    return (
        User.objects.filter(pk__in=staff)
        .alias(reachable=IsReachable(F("pk")))
        .filter(reachable=True)
        .order_by("name", "pk")
    )
