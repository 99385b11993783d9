"""Who is in the register already of those whom staff are about to add: the one place where a form asks (C1.4, C1.5).

Whoever is the same by a sign that is one customer's alone is told however else the two differ; of the others, those whom
`crm.duplicates` finds worth a word, with its reasons. It is told and no more: they may be added all the same.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import User
from crm import duplicates
from crm.duplicates import Candidate
from crm.joining import Customer
from crm.likeness import HINT_FROM, Body, Who
from crm.lists import people
from crm.organisations import Kind

MOST = 5
SAME_PERSON = frozenset({"email_same", "phone_same"})
SAME_ORGANISATION = frozenset({"business_id_same", "domain_same", "name_same"})


def organisations(typed: Mapping[str, Any]) -> list[Candidate]:
    """Organisations that are like what a form holds so far, under the names of its fields."""
    return first(duplicates.likely(body_of(typed), least=0), SAME_ORGANISATION)


def persons(by: User, typed: Mapping[str, Any]) -> list[Candidate]:
    """People of the register who are like what a form holds so far, of those whom this member of staff may see."""
    found = duplicates.likely(who_of(typed), least=0)
    keys = [each.customer.pk for each in found]
    seen = set(people.seen_by(by).filter(pk__in=keys).values_list("pk", flat=True))
    return first((each for each in found if each.customer.pk in seen), SAME_PERSON)


def first(found: Iterable[Candidate], same: frozenset[str]) -> list[Candidate]:
    """Those to be told, the same ones before those who are like."""
    told = [each for each in found if each.score >= HINT_FROM or same & set(each.signs)]
    return sorted(told, key=lambda each: not same & set(each.signs))[:MOST]


def has_address(found: Iterable[Candidate]) -> bool:
    """Whether one of them has the very address: two can never have it, so nobody is asked whether it is another."""
    return any("email_same" in each.signs for each in found)


def by_sign(customer: Customer, sign: str) -> Candidate:
    """Somebody who has what was typed, as the database says when it is to be written."""
    return Candidate(customer, 100, (sign,))


# --- what is typed, as it is compared ----------------------------------------------------------


def body_of(typed: Mapping[str, Any]) -> Body:
    """An organisation."""
    streets = [
        f"{street} {typed.get(f'{kind}_postcode', '')}".lower()
        for kind in Kind.values
        if (street := typed.get(f"{kind}_street"))
    ]
    return Body(
        names=tuple(filter(None, [typed.get("name")])),
        business_id=typed.get("business_id", ""),
        domains=frozenset(typed.get("domains", ())),
        streets=frozenset(streets),
    )


def who_of(typed: Mapping[str, Any]) -> Who:
    """A person."""
    organisation = typed.get("organisation")
    return Who(
        name=typed.get("name", ""),
        emails=tuple(filter(None, [typed.get("email", "").lower()])),
        phones=frozenset(filter(None, [typed.get("phone")])),
        works_at=frozenset([organisation.pk] if organisation else []),
    )
