"""Verbs of the ledger: what people say about being contacted, and the grounds the law gives without asking (D3.1).

Each takes the heads of the person's chains, appends one event to each of them in one transaction, and returns the first.
`by=None` is the person's own word, unless the method is one of the system's.
"""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Func, QuerySet, Value

from accounts.models import Institution, User
from consent import addresses, suppression
from consent.kinds import (
    ALL_MARKETING,
    BASIS_OF,
    EVERY_CHANNEL,
    OWN_WAYS,
    PROCESSING,
    Action,
    Author,
    Channel,
    Method,
)
from consent.models import Chain, ChainOwner, Event, Evidence, Person, State, Topic, Wording

REFUSAL_STANDS = "CN001"  # the SQLSTATE of the trigger that protects refusals
USER_AGENT_LENGTH = 300


class RefusalStandsError(Exception):
    """The person has refused, and only their own new consent lifts that."""


class NotForWorkError(Exception):
    """Section 202 gives no ground: a free mail address, or a natural person and no topic of their work."""


@dataclass(frozen=True)
class Proof:
    """What shows that the person did it; kept apart from the ledger, erasable."""

    address: str = ""
    ip: str = ""
    user_agent: str = ""
    note: str = ""


@dataclass(frozen=True)
class About:
    """The scope of an event. No topic: every topic. No controller: the joint list."""

    purpose: str
    channel: str = Channel.EMAIL
    topic: Topic | None = None
    controller: Institution | None = None

    def states(self) -> "QuerySet[State]":
        """The last words in this scope and in those within it."""
        if self.purpose == ALL_MARKETING:
            return State.objects.exclude(purpose=PROCESSING)
        found = State.objects.filter(
            purpose=self.purpose, channel=self.channel, controller=self.controller
        )
        return found.filter(topic=self.topic) if self.topic else found


@dataclass(frozen=True)
class Said:
    """How a word reached us, and from whom; `occurred_at` only when it was said earlier, as on paper."""

    method: str
    by: User | None = None
    evidence: Proof | None = None
    source: str = ""
    occurred_at: datetime | None = None

    @property
    def by_kind(self) -> Author:
        """Whose word it is; staff's own method without a name is refused by the database."""
        if self.by is not None:
            return Author.STAFF
        return Author.SELF if self.method in OWN_WAYS else Author.SYSTEM


ALL = About(ALL_MARKETING, EVERY_CHANNEL)
EVERYTHING = About(PROCESSING, EVERY_CHANNEL)


def wording_of(purpose: str, language: str) -> Wording:
    """The text shown today; raises Wording.DoesNotExist."""
    return Wording.objects.latest_of(purpose, language)


def grant(  # noqa: PLR0913  each is part of the proof
    person: Person,
    purpose: str,
    *,
    channel: str = Channel.EMAIL,
    topic: Topic | None = None,
    controller: Institution | None = None,
    wording: Wording,
    method: str,
    by: User | None = None,
    evidence: Proof | None = None,
    source: str = "",
    occurred_at: datetime | None = None,
) -> Event:
    """Record consent (GDPR Art. 7). A refusal is lifted by the person alone; otherwise RefusalStandsError."""
    said = Said(method, by, evidence, source, occurred_at)
    event = append(
        person, Action.GRANTED, About(purpose, channel, topic, controller), said, wording
    )
    if said.by_kind == Author.SELF:
        suppression.lift(person)
    return event


def withdraw(  # noqa: PLR0913  each is part of the proof
    person: Person,
    purpose: str,
    *,
    channel: str = Channel.EMAIL,
    topic: Topic | None = None,
    controller: Institution | None = None,
    method: str,
    by: User | None = None,
    evidence: Proof | None = None,
    source: str = "",
    occurred_at: datetime | None = None,
) -> Event | None:
    """Record that consent is taken back, or refused before it was given; without a topic for every topic.

    None when the last word was that already.
    """
    about = About(purpose, channel, topic, controller)
    return refuse(person, Action.WITHDRAWN, about, Said(method, by, evidence, source, occurred_at))


@transaction.atomic
def object_to_marketing(
    person: Person,
    *,
    method: str,
    by: User | None = None,
    evidence: Proof | None = None,
    source: str = "",
    occurred_at: datetime | None = None,
) -> Event | None:
    """Record an objection to all marketing, on every channel (GDPR Art. 21(2)); None when it stands already."""
    said = Said(method, by, evidence, source, occurred_at)
    event = refuse(person, Action.OBJECTED, ALL, said)
    for address in person.addresses.all():
        suppression.suppress(address.email, "objected")
    return event


def soft_opt_in(  # noqa: PLR0913  each is part of the proof
    person: Person,
    controller: Institution,
    *,
    wording: Wording,
    source: str,
    purpose: str = "similar",
    channel: str = Channel.EMAIL,
    method: str = Method.SALE,
    by: User | None = None,
    evidence: Proof | None = None,
    occurred_at: datetime | None = None,
) -> Event:
    """Record a sale by this institution at which refusing was offered in this wording and not done (§ 200(3)).

    `source` names the sale, such as “enrolment 12”. RefusalStandsError when the person has refused.
    """
    said = Said(method, by, evidence, source, occurred_at)
    about = About(purpose, channel, None, controller)
    return append(person, Action.SOFT_OPT_IN, about, said, wording)


def legal_person(  # noqa: PLR0913  each is part of the proof
    person: Person,
    purpose: str,
    *,
    source: str,
    channel: str = Channel.EMAIL,
    topic: Topic | None = None,
    controller: Institution | None = None,
    method: str = Method.SYSTEM,
    by: User | None = None,
    evidence: Proof | None = None,
    occurred_at: datetime | None = None,
) -> Event:
    """Record that this is an organisation's address, or that the topic concerns the person's work (§ 202).

    `source` says where that is known from. NotForWorkError when it cannot be so, RefusalStandsError after a refusal.
    """
    if addresses.is_freemail(person.email) or (
        person.kind != Person.Kind.ORGANISATION and topic is None
    ):
        raise NotForWorkError
    said = Said(method, by, evidence, source, occurred_at)
    return append(person, Action.LEGAL_PERSON, About(purpose, channel, topic, controller), said)


def restrict(
    person: Person,
    *,
    method: str,
    by: User | None = None,
    evidence: Proof | None = None,
    source: str = "",
    occurred_at: datetime | None = None,
) -> Event | None:
    """Restrict processing (GDPR Art. 18): nothing but legal mail is sent; None when it is restricted already."""
    said = Said(method, by, evidence, source, occurred_at)
    return refuse(person, Action.RESTRICTED, EVERYTHING, said)


@transaction.atomic
def release(
    person: Person,
    *,
    method: str,
    by: User | None = None,
    evidence: Proof | None = None,
    source: str = "",
) -> Event | None:
    """End a restriction; None when there is none."""
    if not State.objects.filter(chain__in=chains_of(person), action=Action.RESTRICTED).exists():
        return None
    return append(person, Action.RELEASED, EVERYTHING, Said(method, by, evidence, source))


@transaction.atomic
def join(kept: Person, other: Person) -> list[Chain]:
    """Give the other's chains to the kept person when two turn out to be one; the strictest word wins.

    Returns the chains as they were when they went over, locked.
    """
    chains = {person.pk: chains_of(person) for person in in_order(kept, other)}
    ChainOwner.objects.filter(person=other).update(person=kept)
    return chains[other.pk]


def in_order(*people: Person) -> list[Person]:
    """In the order in which people are locked."""
    return sorted(people, key=lambda each: each.pk)


# --- how it is written -------------------------------------------------------------------


@transaction.atomic
def refuse(person: Person, action: Action, about: About, said: Said) -> Event | None:
    """Append the refusal unless it is the last word on every chain already."""
    if all(is_last_word(action, about, chain) for chain in chains_of(person)):
        return None
    return append(person, action, about, said)


def is_last_word(action: Action, about: About, chain: Chain) -> bool:
    """Whether the chain says just this, and nothing was permitted within the scope since."""
    same = State.objects.filter(
        chain=chain,
        purpose=about.purpose,
        channel=about.channel,
        topic=about.topic,
        controller=about.controller,
        action=action,
    ).first()
    return same is not None and not (
        about.states().filter(chain=chain, allowed=True, event__gt=same.event_id).exists()
    )


def append(
    person: Person, action: Action, about: About, said: Said, wording: Wording | None = None
) -> Event:
    """Write the event on every chain of the person; RefusalStandsError when the database says so."""
    try:
        with transaction.atomic():
            chains = chains_of(person)
            events = [write(chain, action, about, said, wording) for chain in chains]
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) == REFUSAL_STANDS:
            raise RefusalStandsError from error
        raise
    return events[0]


def write(chain: Chain, action: Action, about: About, said: Said, wording: Wording | None) -> Event:
    """One event, and its evidence bound by a salted digest; the triggers fill in the rest."""
    salt = secrets.token_hex(16)
    proof = said.evidence and replace(
        said.evidence, user_agent=said.evidence.user_agent[:USER_AGENT_LENGTH]
    )
    event = Event.objects.create(
        chain=chain,
        purpose=about.purpose,
        channel=about.channel,
        topic=about.topic,
        controller=about.controller,
        action=action,
        basis=BASIS_OF.get(action, ""),
        wording=wording,
        method=said.method,
        source=said.source,
        by_kind=said.by_kind,
        by=said.by,
        occurred_at=said.occurred_at,  # type: ignore[misc]  # empty: the moment of recording, by trigger
        evidence_digest=digest_of(salt, proof) if proof else "",
    )
    event.refresh_from_db()
    if proof:
        Evidence.objects.create(event=event, salt=salt, **asdict(proof))
    return event


def digest_of(salt: str, proof: Proof) -> Func:
    """The database's own digest of the evidence, as an expression."""
    parts = (salt, proof.address, proof.ip, proof.user_agent, proof.note)
    return Func(*(Value(part) for part in parts), function="consent_evidence_digest")


def chains_of(person: Person) -> list[Chain]:
    """The person's chains, locked in order of their keys; a first one is begun under the person's lock.

    Who turned out to be somebody else has none, and what they say is said by who was kept.
    """
    chains = list(Chain.objects.of(person).locked())
    if not chains:
        everybody = Person._base_manager.select_related("alias__kept")  # noqa: SLF001  Django's documented API
        person = everybody.select_for_update(of=("self",), no_key=True).get(pk=person.pk).standing
        chains = list(Chain.objects.of(person).locked())
    if not chains:
        chains = [Chain.objects.create()]
        ChainOwner.objects.create(chain=chains[0], person=person)
    return chains
