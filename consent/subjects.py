"""Who is meant by an address: every person, user, address and name that belongs together (GDPR Art. 4(1))."""

from collections.abc import Iterable
from dataclasses import replace

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.models import User
from consent.models import Address, Alias, Evidence, Person
from consent.privacy import Subject


class UnknownError(Exception):
    """Nobody is known by the address."""


def known_by(email: str) -> Subject:
    """The subject whose address this is; UnknownError when it is nobody's.

    An address that somebody typed and never proved leads to them no more than to a stranger: only their own count.
    """
    email = email.strip().lower()
    people = set(Person.objects.known_by(email))
    users = set(
        User.objects.filter(
            Q(email__iexact=email)
            | Q(emailaddress__email__iexact=email, emailaddress__verified=True)
        )
    )
    people |= set(Person.objects.filter(user__in=users))
    users |= set(User.objects.filter(person__in=people))
    if not (people or users):
        raise UnknownError
    return _subject(people | _joined(each.pk for each in people), users)


def whole(subject: Subject) -> Subject:
    """The subject with whoever turned out to be one of them since it was written down."""
    people = _joined(subject.people)
    if people <= set(Person._base_manager.filter(pk__in=subject.people)):  # noqa: SLF001  Django's documented API
        return subject
    now = _subject(people, set(User.objects.filter(person__in=people)))
    return replace(
        subject,
        people=tuple(sorted({*subject.people, *now.people})),
        users=tuple(sorted({*subject.users, *now.users})),
        emails=_once([*subject.emails, *now.emails]),
        names=_once([*subject.names, *now.names]),
        ips=_once([*subject.ips, *now.ips]),
    )


def _joined(keys: Iterable[int]) -> set[Person]:
    """Those who turned out to be one of these people, and those they turned out to be."""
    known = list(keys)
    pairs = Alias.objects.filter(Q(person__in=known) | Q(kept__in=known))
    found = {key for pair in pairs.values_list("person", "kept") for key in pair}
    others = Alias.objects.filter(kept__in=found).values_list("person", flat=True)
    everybody = Person._base_manager.filter(pk__in=found | set(others))  # noqa: SLF001  Django's documented API
    return set(everybody) if found else set()


def _subject(people: set[Person], users: set[User]) -> Subject:
    addresses = Address.objects.filter(person__in=people).values_list("email", flat=True)
    proven = EmailAddress.objects.filter(user__in=users, verified=True)
    emails = [*addresses, *(user.email for user in users), *proven.values_list("email", flat=True)]
    evidence = Evidence.objects.filter(event__chain__owner__person__in=people)
    return Subject(
        people=tuple(sorted(person.pk for person in people)),
        users=tuple(sorted(user.pk for user in users)),
        emails=_once(email.lower() for email in emails),
        names=_once([*(each.name for each in people), *(each.name for each in users)]),
        ips=_once(evidence.values_list("ip", flat=True)),
        language=next((each.language for each in sorted(people, key=lambda each: each.pk)), "")
        or next(user.language for user in users),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text for text in texts if text}))
