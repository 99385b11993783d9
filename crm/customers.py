"""Who is a customer, by what, and what they are interested in: told by each app for what it knows (C5.1)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from common.registry import Registry
from consent.models import Person
from crm.models import NamedContact, Organisation


@dataclass(frozen=True)
class Interest:
    """What a customer has to do with: an institution and topics, by their keys; what rules for named contacts look at."""

    institution: int | None = None
    topics: frozenset[int] = frozenset()

    def __or__(self, other: "Interest") -> "Interest":
        """Both; the first institution counts."""
        institution = other.institution if self.institution is None else self.institution
        return Interest(institution, self.topics | other.topics)


@dataclass(frozen=True)
class Source:
    """A way to be a customer: the keys of the people who are, and what each of some people is interested in."""

    name: str
    people: Callable[[], "QuerySet[Any, Any]"]
    interests: Callable[[Collection[int]], Mapping[int, Interest]]


sources: Registry[Source] = Registry("ways to be a customer")


def interests_of(people: Collection[int]) -> dict[int, Interest]:
    """What each of the people is interested in, by their keys, from every source; a few statements for any number."""
    found = dict.fromkeys(people, Interest())
    for source in sources:
        for key, interest in source.interests(people).items():
            found[key] = found[key] | interest
    return found


def interests_of_organisations(organisations: Iterable[Organisation]) -> dict[int, Interest]:
    """The institution that brought each organisation in."""
    return {each.pk: Interest(each.owner_id) for each in organisations}


def nameless_people() -> "QuerySet[Person]":
    """People who are customers by any source and have no named contact."""
    ways = [Q(pk__in=source.people()) for source in sources]
    named = NamedContact.objects.current().filter(person=OuterRef("pk"))
    return Person.objects.filter(reduce(or_, ways, Q(pk__in=[]))).filter(~Exists(named))


def nameless_organisations() -> "QuerySet[Organisation]":
    """Organisations without a named contact."""
    named = NamedContact.objects.current().filter(organisation=OuterRef("pk"))
    return Organisation.objects.filter(~Exists(named))
