"""The time machine: what a person had permitted at any moment, and how it came to be, in plain words (D1.6)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Institution
from consent.kinds import ALL_MARKETING, PROCESSING, Action, Author, Channel
from consent.models import Event, Person, Topic
from consent.models.ledger import EventQuerySet
from consent.purposes import kind_of, purposes
from consent.rules import LASTING, Decision, judge

# the last words as they were, read from the events themselves
PAST = """
WITH past AS (
  SELECT DISTINCT ON (e.chain_id, e.purpose, e.channel, e.topic_id, e.controller_id)
         e.chain_id, e.purpose, e.channel, e.topic_id, e.controller_id, e.action,
         e.action IN ('granted', 'soft_opt_in', 'legal_person') AS allowed, e.id AS event_id
  FROM consent_event e JOIN consent_chainowner o ON o.chain_id = e.chain_id
  WHERE o.person_id = %s AND e.recorded_at <= %s
  ORDER BY e.chain_id, e.purpose, e.channel, e.topic_id, e.controller_id, e.seq DESC
)
"""
THEN = f"{PAST}{judge(state='past', rules=LASTING)} WHERE p.id = %s"

TITLES = {ALL_MARKETING: gettext_lazy("All marketing"), PROCESSING: gettext_lazy("All processing")}


@dataclass(frozen=True)
class Entry:
    """An event in plain words."""

    event: Event

    @property
    def at(self) -> datetime:
        """When it was recorded, by the database's clock."""
        return self.event.recorded_at

    @property
    def purpose(self) -> str:
        """The purpose's title."""
        name = self.event.purpose
        return str(TITLES.get(name) or (purposes[name].title if name in purposes else name))

    @property
    def about(self) -> str:
        """The scope: purpose, and topic, institution and channel where the event names them."""
        parts = [self.purpose]
        if self.event.topic is not None:
            parts.append(_("topic %(topic)s") % {"topic": self.event.topic})
        if self.event.controller is not None:
            parts.append(str(self.event.controller))
        if self.event.channel in Channel.values:
            parts.append(str(Channel(self.event.channel).label))
        return ", ".join(parts)

    @property
    def did(self) -> str:
        """What was done."""
        return capfirst(self.event.get_action_display())

    @property
    def how(self) -> str:
        """The way, and by whom when not by the person."""
        way = self.event.get_method_display()
        if self.event.by_kind == Author.STAFF:
            return _("%(way)s, recorded by %(name)s") % {"way": way, "name": self.event.by}
        return way

    @property
    def wording(self) -> str:
        """The text that was shown; empty when none was."""
        return self.event.wording.body if self.event.wording else ""

    def __str__(self) -> str:
        return f"{self.did}: {self.about} ({self.how})"


@dataclass(frozen=True)
class Standing:
    """How one scope stood at a moment: the scope's last event, and the one that decided, perhaps of a wider scope."""

    last: Event
    decided: Entry
    allowed: bool
    why: str

    @property
    def purpose(self) -> str:
        """The purpose's name, as in the registry; `*` for all marketing."""
        return self.last.purpose

    @property
    def topic(self) -> Topic | None:
        return self.last.topic

    @property
    def channel(self) -> str:
        return self.last.channel

    @property
    def controller(self) -> Institution | None:
        return self.last.controller

    @property
    def about(self) -> str:
        """The scope in words."""
        return Entry(self.last).about

    @property
    def since(self) -> datetime:
        return self.decided.at

    @property
    def how(self) -> str:
        return self.decided.how

    @property
    def wording(self) -> str:
        """The text the person was shown then; empty when none was."""
        return self.decided.wording


def history(person: Person) -> list[Entry]:
    """Everything the person's chains say, newest first."""
    return [Entry(event) for event in _events(person).reverse()]


def at(person: Person, moment: datetime) -> list[Standing]:
    """Each scope the person had said something about until then, as it stood; by purpose, then the rest of the scope.

    Judged by the ledger alone: a closed address or a pause of today says nothing of the past.
    """
    known = {each.pk: each for each in _events(person).filter(recorded_at__lte=moment)}
    last = {
        (each.purpose, each.channel, each.topic_id, each.controller_id): each
        for each in known.values()
    }
    order = sorted(last, key=lambda scope: tuple(str(part or "") for part in scope))
    return [_standing(person, moment, last[scope], known) for scope in order]


def _events(person: Person) -> EventQuerySet:
    return Event.objects.of(person).select_related("topic", "controller", "wording", "by")


def _standing(person: Person, moment: datetime, last: Event, known: dict[int, Event]) -> Standing:
    if last.purpose in TITLES:
        is_free = last.action == Action.RELEASED
        return Standing(last, Entry(last), is_free, Entry(last).did)
    kind = kind_of(last.purpose)
    scope = (last.purpose, kind, last.channel, last.topic_id, last.controller_id)
    with connection.cursor() as cursor:
        cursor.execute(THEN, [person.pk, moment, *scope, person.pk])
        _person, rule, event_id = cursor.fetchone()
    decision = Decision(rule, event_id)
    return Standing(last, Entry(known.get(event_id, last)), decision.allowed, decision.why)
