"""A customer's timeline read: one keyset query a page over all that happened, wherever its row lies (C2.1).

A person's are their encounters, the events of their ledger, their requests, deliveries to them and what became of
them, and the mails they sent. Rows below crm are read where they lie and never copied.

An organisation's are (1) the encounters that name it, (2) what staff wrote of its people while they belonged to it and
to no other organisation (or to it above all), when it names no organisation and is not sensitive, and (3) the mail and
permissions of its general addresses, such as info@. What else its people do is their own: training somebody bought for themselves, what
they permit and the mail they get are never shown under the employer (A12).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consent import suppression
from consent.models import Address, Person
from consent.models.people import at_rest
from crm import timeline
from crm.models import Affiliation, Encounter, Organisation
from crm.timeline import Who

ON_PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_NUMBER = 18  # digits of a bigint that cannot overflow


class Group(TextChoices):
    """What the timeline can be narrowed to, beside each kind that staff write."""

    PORTAL = "portal", _("what the portal recorded")
    PERMISSIONS = "permissions", _("permissions")
    REQUESTS = "requests", _("requests on own data")
    SENT = "sent", _("mail from us")
    RECEIVED = "received", _("mail to us")


@dataclass(frozen=True)
class Narrowed:
    """The filters as they stand in the address; empty is everything."""

    kind: str = ""
    channel: str = ""
    who: str = ""


class Key(NamedTuple):
    """Where an event stands in the timeline: its moment, its source, its row's key. The newest comes first."""

    at: datetime
    source: int
    pk: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.source}-{self.pk}"


def key_from(text: str) -> Key | None:
    """The key as an address has it; None for anything else."""
    parts = text.split("-")
    if len(parts) != 3 or not all(
        part.isascii() and part.isdigit() and len(part) <= LONGEST_NUMBER for part in parts
    ):
        return None
    moment, source, pk = map(int, parts)
    try:
        return Key(EPOCH + timedelta(microseconds=moment), source, pk)
    except OverflowError:
        return None


# --- where events lie -------------------------------------------------------------------------


EACH = "unnest(%(people)s::bigint[]) AS p(id)"
ONCE = "(VALUES (%(organisation)s::bigint)) AS p(id)"


@dataclass(frozen=True)
class Source:
    """A table of events, in its place among those of the same moment.

    `body` is FROM and WHERE for each `of`, from which the newest are taken; `at` and `key` are its moment and its row's
    key. `groups`, `channels` and `whos` are the conditions for each filter; what a source has not, it is left out for.
    """

    rank: int
    at: str
    key: str
    body: str
    of: str = EACH
    groups: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    whos: Mapping[str, str] = field(default_factory=dict)

    def conditions(self, narrowed: Narrowed) -> list[str] | None:
        """What the filters ask of it; None when it has nothing of the kind."""
        asked = (
            (narrowed.kind, self.groups),
            (narrowed.channel, self.channels),
            (narrowed.who, self.whos),
        )
        found = [known.get(wanted) for wanted, known in asked if wanted]
        return None if None in found else [each for each in found if each]

    def sql(self, conditions: list[str], before: Key | None) -> str:
        """Its newest events before the key; of each person no more than a page has, read in the order of an index."""
        if before is not None:
            conditions = [*conditions, self._before(before)]
        rest = "".join(f" AND ({each})" for each in conditions)
        newest = (
            f"SELECT {self.at} AS at, {self.key} AS key {self.body}{rest}"
            f" ORDER BY {self.at} DESC, {self.key} DESC LIMIT %(limit)s"
        )
        return f"SELECT at, {self.rank} AS source, key FROM {self.of} CROSS JOIN LATERAL ({newest}) newest"  # noqa: S608  constant text

    def _before(self, key: Key) -> str:
        """The comparison with the key that an index of moment and key can answer."""
        if self.rank == key.source:
            return f"({self.at}, {self.key}) < (%(at)s, %(key)s)"
        return f"{self.at} {'<=' if self.rank < key.source else '<'} %(at)s"


ENCOUNTER, EVENT, REQUEST, DELIVERY, BOUNCE, INBOUND = range(1, 7)
ALWAYS = "true"
BY_EMAIL = {"email": ALWAYS}
WENT = "coalesce(d.sent_at, d.transmit_at, d.due_at)"  # mailing.models.messages.MOMENT
FROM_PEOPLE = (
    Source(
        EVENT,
        "e.recorded_at",
        "e.id",
        "FROM consent_chainowner o JOIN consent_event e ON e.chain_id = o.chain_id"
        " WHERE o.person_id = p.id",
        groups={Group.PERMISSIONS: ALWAYS},
        channels={"web": "e.method = 'form'", "email": "e.method IN ('one_click', 'reply')"},
        whos={
            Who.STAFF: "e.by_kind = 'staff'",
            Who.CUSTOMER: "e.by_kind = 'self'",
            Who.SYSTEM: "e.by_kind = 'system'",
        },
    ),
    Source(
        REQUEST,
        "r.received_at",
        "r.id",
        "FROM consent_subjectrequest r WHERE EXISTS ("
        "SELECT FROM unnest(%(digests)s::text[]) AS digest WHERE r.digests @> to_jsonb(digest))",
        of=ONCE,
        groups={Group.REQUESTS: ALWAYS},
        whos={Who.CUSTOMER: ALWAYS},
    ),
    Source(
        DELIVERY,
        WENT,
        "d.id",
        "FROM mailing_delivery d WHERE d.person_id = p.id",
        groups={Group.SENT: ALWAYS},
        channels=BY_EMAIL,
        whos={Who.SYSTEM: ALWAYS},
    ),
    Source(
        BOUNCE,
        "b.at",
        "b.id",
        "FROM mailing_delivery d JOIN mailing_bounce b ON b.delivery_id = d.id"
        " WHERE d.person_id = p.id",
        groups={Group.SENT: ALWAYS},
        channels=BY_EMAIL,
        whos={Who.SYSTEM: ALWAYS},
    ),
    Source(
        INBOUND,
        "m.received_at",
        "m.id",
        "FROM mailing_inboundmail m"
        " WHERE m.person_id = p.id AND m.kind IN ('reply', 'unknown', 'auto_reply')",
        groups={Group.RECEIVED: ALWAYS},
        channels=BY_EMAIL,
        whos={Who.CUSTOMER: "m.kind <> 'auto_reply'", Who.SYSTEM: "m.kind = 'auto_reply'"},
    ),
)
AT_WORK = """
FROM crm_encounter e
WHERE e.person_id = a.person_id AND e.at >= a.since AND (a.until IS NULL OR e.at < a.until)
  AND e.organisation_id IS NULL AND e.kind = ANY(%(written)s) AND e.visibility = 'staff'
  AND (a.is_primary OR NOT EXISTS (
    SELECT FROM crm_affiliation other WHERE other.person_id = a.person_id
      AND other.organisation_id <> %(organisation)s
      AND other.since <= e.at AND (other.until IS NULL OR e.at < other.until)))
"""
# nothing of who has had the processing restricted is shown beside others (GDPR Art. 18)
AT_ITS_OWN = """
FROM crm_encounter e
WHERE e.organisation_id = p.id AND (e.person_id IS NULL OR e.person_id NOT IN (SELECT at_rest.person FROM at_rest))"""
ITS_PEOPLE = """(
SELECT person_id, since, until, is_primary FROM crm_affiliation
WHERE organisation_id = %(organisation)s AND person_id NOT IN (SELECT at_rest.person FROM at_rest)
) AS a"""


def encounters(body: str, of: str) -> Source:
    """The encounters that the text finds."""
    return Source(
        ENCOUNTER,
        "e.at",
        "e.id",
        body,
        of,
        groups={
            **{kind.name: "e.kind = %(kind)s" for kind in timeline.written()},
            Group.PORTAL: "e.kind <> ALL(%(written)s)",
        },
        channels=dict.fromkeys(Encounter.Channel.values, "e.channel = %(channel)s"),
        whos={
            Who.STAFF: "e.kind = ANY(%(staff)s)",
            Who.CUSTOMER: "e.kind = ANY(%(customer)s)",
            Who.SYSTEM: "e.kind <> ALL(%(staff)s::text[] || %(customer)s::text[])",
        },
    )


def sources(customer: Person | Organisation) -> Iterator[Source]:
    """Where a customer's events lie."""
    if isinstance(customer, Person):
        yield encounters("FROM crm_encounter e WHERE e.person_id = p.id", EACH)
    else:
        yield encounters(AT_ITS_OWN, ONCE)
        yield encounters(AT_WORK, ITS_PEOPLE)
    yield from FROM_PEOPLE


# --- a page of them ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """The keys of a page's events, and of the last one when there are older ones."""

    keys: list[Key]
    older: Key | None


def page(
    customer: Person | Organisation, narrowed: Narrowed | None = None, before: Key | None = None
) -> Page:
    """The customer's newest events before the key, ON_PAGE of them; one query."""
    statement = statement_for(customer, narrowed or Narrowed(), before)
    if statement is None:
        return Page([], None)
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        rows = [Key(*row) for row in cursor.fetchall()]
    return Page(rows[:ON_PAGE], rows[ON_PAGE - 1] if len(rows) > ON_PAGE else None)


def statement_for(
    customer: Person | Organisation, narrowed: Narrowed, before: Key | None
) -> tuple[str, dict[str, Any]] | None:
    """The statement and its parameters; None when no source has anything of the kind.

    Each source gives no more than a page, so that the whole is sorted from a few pages whatever its length.
    """
    asked = [(each, each.conditions(narrowed)) for each in sources(customer)]
    parts = [each.sql(found, before) for each, found in asked if found is not None]
    if not parts:
        return None
    everything = " UNION ".join(parts)  # the same encounter is found once, whatever ways lead to it
    resting, restricted = at_rest().query.sql_with_params()
    first = f"WITH at_rest (person) AS ({resting % '%(restricted)s'}) "
    statement = (
        f"{first}SELECT at, source, key FROM ({everything}) events"  # noqa: S608  constant text, parameters apart
        " ORDER BY at DESC, source DESC, key DESC LIMIT %(limit)s"
    )
    given = parameters(customer, narrowed, before)
    return statement, {**given, "restricted": restricted[0]}


def parameters(
    customer: Person | Organisation, narrowed: Narrowed, before: Key | None
) -> dict[str, Any]:
    """What the statement's names stand for."""
    people = people_of(customer)
    emails = Address.objects.filter(person__in=people).values_list("email", flat=True)
    return {
        "organisation": customer.pk,
        "people": people,
        "digests": [suppression.digest_of(each) for each in emails],
        "written": [each.name for each in timeline.written()],
        "staff": [each.name for each in timeline.kinds if each.who == Who.STAFF],
        "customer": [each.name for each in timeline.kinds if each.who == Who.CUSTOMER],
        "kind": narrowed.kind,
        "channel": narrowed.channel,
        "at": before and before.at,
        "key": before and before.pk,
        "limit": ON_PAGE + 1,
    }


def people_of(customer: Person | Organisation) -> list[int]:
    """Keys of the person, or of the organisation's general addresses."""
    if isinstance(customer, Person):
        return [customer.pk]
    general = Affiliation.objects.filter(
        organisation=customer, person__kind=Person.Kind.ORGANISATION
    )
    return sorted(set(general.values_list("person", flat=True)))
