"""Who in the register is like somebody: found by index, compared by `crm.likeness` (C1.4).

At entry, and for the queue (`crm.scanning`). What two entries have in common leads from one to the other: what stands before
the @, a phone, the key of the name, a domain, an organisation; nobody is compared with everybody.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from consent import names
from consent.addresses import FREEMAIL, GENERAL
from consent.models import Person
from crm import likeness
from crm.joining import Customer
from crm.likeness import HINT_FROM, Body, Likeness, Who
from crm.models import (
    Organisation,
    OrganisationAddress,
    OrganisationAlias,
    OrganisationDomain,
    OrganisationName,
)

AT_MOST = 50  # compared in each way, at entry; the likeliest of them
RESEMBLES = 0.45  # pg_trgm's similarity of names within a domain

LIKE_A_PERSON = """
SELECT person_id FROM consent_address
WHERE lower(email) = ANY (%(emails)s)
UNION (SELECT person_id FROM consent_address
       WHERE split_part(lower(email), '@', 1) = ANY (%(locals)s) LIMIT %(most)s)
UNION (SELECT contact_id FROM crm_contactphone WHERE number = ANY (%(phones)s) LIMIT %(most)s)
UNION (SELECT id FROM consent_person WHERE %(key)s <> '' AND name_key(name) = %(key)s LIMIT %(most)s)
UNION (SELECT p.id FROM consent_address a JOIN consent_person p ON p.id = a.person_id
       WHERE split_part(lower(a.email), '@', 2) = ANY (%(domains)s) AND similarity(p.name, %(name)s) > %(resembles)s
       ORDER BY similarity(p.name, %(name)s) DESC LIMIT %(most)s)
"""
WHOS = """
SELECT p.id, p.name,
  ARRAY(SELECT lower(email) FROM consent_address WHERE person_id = p.id),
  ARRAY(SELECT number FROM crm_contactphone WHERE contact_id = p.id),
  ARRAY(SELECT organisation_id FROM crm_affiliation WHERE person_id = p.id)
FROM consent_person p
WHERE p.id = ANY (%s::bigint[]) AND NOT EXISTS (SELECT FROM consent_alias WHERE person_id = p.id)
"""
NAMESAKES = "SELECT name_key(name), count(*) FROM consent_person WHERE name_key(name) = ANY (%(keys)s) GROUP BY 1"
LIKE_AN_ORGANISATION = """
SELECT id FROM crm_organisation WHERE %(business_id)s <> '' AND business_id = %(business_id)s
UNION SELECT kept_id FROM crm_organisationalias WHERE %(business_id)s <> '' AND business_id = %(business_id)s
UNION (SELECT organisation_id FROM crm_organisationdomain WHERE domain = ANY (%(domains)s) LIMIT %(most)s)
UNION (SELECT o.id FROM unnest(%(keys)s::text[]) key CROSS JOIN LATERAL (
         SELECT id FROM crm_organisation WHERE name_key(name) %% key
         ORDER BY similarity(name_key(name), key) DESC LIMIT %(most)s) o)
UNION (SELECT o.organisation_id FROM unnest(%(keys)s::text[]) key CROSS JOIN LATERAL (
         SELECT organisation_id FROM crm_organisationname WHERE name_key(name) %% key
         ORDER BY similarity(name_key(name), key) DESC LIMIT %(most)s) o)
"""


@dataclass(frozen=True)
class Candidate:
    """Somebody who is like who was asked about, how much, and why (signs of `crm.likeness`, the weightiest first)."""

    customer: Customer
    score: int
    signs: tuple[str, ...]

    @property
    def reasons(self) -> list[str]:
        """Why, in the reader's language."""
        return reasons(self.customer, self.signs)


def reasons(customer: Customer, signs: Iterable[str]) -> list[str]:
    """The signs in words; those of a former table are left out."""
    table = likeness.BY_NAME["person" if isinstance(customer, Person) else "organisation"]
    return [str(table[name].words) for name in signs if name in table]


def likely(customer: Customer | Who | Body, *, least: int = HINT_FROM) -> list[Candidate]:
    """Who is like this one, the likeliest first: somebody in the register, or what a form holds (`Who`, `Body`)."""
    if isinstance(customer, Who | Person):
        return likely_people(customer, least=least)
    return likely_organisations(customer, least=least)


def likely_people(person: Person | Who, *, least: int = HINT_FROM) -> list[Candidate]:
    """The people who are like this one."""
    key = person.pk if isinstance(person, Person) else 0
    who = whos([key])[key] if isinstance(person, Person) else person
    found = set(_keys(LIKE_A_PERSON, _traits(who))) - {key}
    others = whos(sorted(found))
    who = replace(who, namesakes=namesakes([who.name]).get(names.key(who.name), 0) + (key == 0))
    likenesses = {other: likeness.of_people(who, others[other]) for other in others}
    return _candidates(Person.objects.prefetch_related("addresses"), likenesses, least)


def likely_organisations(
    organisation: Organisation | Body, *, least: int = HINT_FROM
) -> list[Candidate]:
    """The organisations that are like this one."""
    key = organisation.pk if isinstance(organisation, Organisation) else 0
    body = bodies([key])[key] if isinstance(organisation, Organisation) else organisation
    values = {
        "business_id": body.business_id,
        "domains": list(body.domains),
        "keys": [each for each in map(names.key, body.names) if each],
        "most": AT_MOST,
    }
    others = bodies(sorted(set(_keys(LIKE_AN_ORGANISATION, values)) - {key}))
    likenesses = {other: likeness.of_organisations(body, others[other]) for other in others}
    return _candidates(Organisation.objects.all(), likenesses, least)


def _candidates(rows: Any, likenesses: dict[int, Likeness], least: int) -> list[Candidate]:
    likely_ones = {key: each for key, each in likenesses.items() if each.score >= least}
    found = [
        Candidate(row, likely_ones[row.pk].score, likely_ones[row.pk].signs)
        for row in rows.filter(pk__in=likely_ones)
    ]
    return sorted(found, key=lambda each: (-each.score, each.customer.pk))


def _traits(who: Who) -> dict[str, Any]:
    parts = [email.rpartition("@")[::2] for email in who.emails]
    return {
        "emails": list(who.emails),
        "locals": [local for local, _domain in parts if tells(local)],
        "domains": [domain for _local, domain in parts if domain not in FREEMAIL],
        "phones": list(who.phones),
        "key": names.key(who.name),
        "name": who.name,
        "resembles": RESEMBLES,
        "most": AT_MOST,
    }


def tells(local: str) -> bool:
    """Whether what stands before the @ can be one person's alone."""
    return len(local) > 4 and local not in GENERAL


def _keys(sql: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [key for (key,) in cursor.fetchall()]


# --- what is compared -------------------------------------------------------------------------


def whos(keys: Iterable[int]) -> dict[int, Who]:
    """What is compared of these people; two queries, however many they are. Who is an alias is left out."""
    with connection.cursor() as cursor:
        cursor.execute(WHOS, [list(keys)])
        rows = cursor.fetchall()
    counts = namesakes(name for _key, name, *_rest in rows)
    return {
        key: Who(
            name,
            tuple(sorted(emails)),
            frozenset(phones),
            frozenset(places),
            counts.get(names.key(name), 0),
        )
        for key, name, emails, phones, places in rows
    }


def namesakes(called: Iterable[str]) -> dict[str, int]:
    """How many people have each of these names, by its key."""
    keys = sorted({names.key(name) for name in called} - {""})
    with connection.cursor() as cursor:
        cursor.execute(NAMESAKES, {"keys": keys})
        return dict(cursor.fetchall())


def bodies(keys: Iterable[int]) -> dict[int, Body]:
    """What is compared of these organisations; five queries. What is an alias is left out."""
    known = list(keys)
    called, domains, streets = defaultdict(list), defaultdict(set), defaultdict(set)
    for key, name in OrganisationName.objects.filter(organisation__in=known).values_list(
        "organisation", "name"
    ):
        called[key].append(name)
    for key, domain in OrganisationDomain.objects.filter(organisation__in=known).values_list(
        "organisation", "domain"
    ):
        domains[key].add(domain)
    places = OrganisationAddress.objects.filter(organisation__in=known).exclude(street="")
    for key, street, postcode in places.values_list("organisation", "street", "postcode"):
        streets[key].add(f"{street} {postcode}".lower())
    former = defaultdict(set)
    once = OrganisationAlias.objects.filter(kept__in=known).exclude(business_id="")
    for key, business_id in once.values_list("kept", "business_id"):
        former[key].add(business_id)
    rows = Organisation.objects.filter(pk__in=known).values_list("pk", "name", "business_id")
    return {
        key: Body(
            (name, *sorted(called[key])),
            business_id,
            frozenset(domains[key]),
            frozenset(streets[key]),
            frozenset(former[key]),
        )
        for key, name, business_id in rows
    }
