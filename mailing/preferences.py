"""What a person chooses in the preference centre: each change is an event of the ledger, in force at once.

Nothing is taken out of queues: the gateway asks the ledger when it sends.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict

from django.db import transaction
from django.utils import timezone

from consent import ledger, people, permission
from consent.history import Entry, Standing
from consent.kinds import PROCESSING, Action, Channel, Method
from consent.ledger import Proof
from consent.models import Event, Person, Preference, Topic
from consent.purposes import Kind, kind_of
from mailing import kinds, links, outbox
from mailing.models import Delivery, Message

MOMENT = timedelta(microseconds=1)


class How(TypedDict):
    """How the person's word reached us."""

    method: Method
    evidence: Proof


@dataclass(frozen=True)
class Choice:
    """A topic of the newsletter."""

    topic: Topic
    is_on: bool


@dataclass(frozen=True)
class Overview:
    """How everything stands for a person now."""

    choices: list[Choice]
    newsletter: Standing | None  # the newest word on the newsletter
    preference: Preference
    others: list[Standing]  # marketing of other purposes, channels and institutions
    objection: Standing | None
    is_restricted: bool
    history: list[Entry]

    @property
    def is_on(self) -> bool:
        """Whether any newsletter comes."""
        return any(each.is_on for each in self.choices)

    @property
    def is_any_on(self) -> bool:
        """Whether any marketing is permitted."""
        return self.is_on or any(each.allowed for each in self.others)

    @property
    def is_paused(self) -> bool:
        until = self.preference.paused_until
        return until is not None and until > timezone.localdate()


def overview(person: Person) -> Overview:
    """Read the ledger and the preferences."""
    standings = permission.at(person, timezone.now())
    letters = [each for each in standings if is_newsletter(each.last)]
    whole = {each.purpose: each for each in standings if each.last.action in WHOLE}
    return Overview(
        choices=[Choice(topic, is_on(person, topic)) for topic in Topic.objects.all()],
        newsletter=max(letters, key=lambda each: each.last.pk, default=None),
        preference=preference_of(person),
        others=[
            each
            for each in standings
            if kind_of(each.purpose) == Kind.MARKETING and not is_newsletter(each.last)
        ],
        objection=next(
            (each for each in whole.values() if each.last.action == Action.OBJECTED), None
        ),
        is_restricted=PROCESSING in whole,
        history=permission.history(person),
    )


WHOLE = {Action.OBJECTED, Action.RESTRICTED}


def is_newsletter(event: Event) -> bool:
    """Whether the event is about the joint newsletter by e-mail."""
    about = (event.purpose, event.channel, event.controller_id)
    return about == (kinds.NEWSLETTER, Channel.EMAIL, None)


def is_on(person: Person, topic: Topic | None) -> bool:
    """Whether the newsletter on the topic is permitted; without one, what belongs to no single topic."""
    return permission.stands(person, kinds.NEWSLETTER, topic=topic).allowed


def preference_of(person: Person) -> Preference:
    """How often the newsletter comes; not saved when nothing was chosen yet."""
    known = Preference.objects.filter(person=person, purpose=kinds.NEWSLETTER).first()
    return known or Preference(
        person=person, purpose=kinds.NEWSLETTER, frequency=Preference.Frequency.MONTHLY
    )


# --- the newsletter -------------------------------------------------------------------


def set_pace(person: Person, *, frequency: str, paused_until: date | None) -> None:
    """How often, and from which day on again (Europe/Helsinki); this permits nothing."""
    Preference.objects.update_or_create(
        person=person,
        purpose=kinds.NEWSLETTER,
        defaults={"frequency": frequency, "paused_until": paused_until},
    )


@transaction.atomic
def drop(person: Person, chosen: Collection[Topic], how: How) -> None:
    """Withdraw the topics that are not among the chosen; all of the newsletter when none is."""
    others = Topic.objects.exclude(pk__in=[each.pk for each in chosen])
    unwanted = [topic for topic in [*others, None] if is_on(person, topic)]
    if unwanted and not chosen:
        ledger.withdraw(person, kinds.NEWSLETTER, **how)
        return
    for topic in unwanted:
        if topic is not None:
            ledger.withdraw(person, kinds.NEWSLETTER, topic=topic, **how)


def wanting(person: Person, chosen: Collection[Topic]) -> list[Topic]:
    """The chosen topics that are not permitted yet."""
    return [topic for topic in chosen if not is_on(person, topic)]


@transaction.atomic
def add(person: Person, chosen: Collection[Topic], how: How, *, language: str) -> None:
    """Permit what of the chosen topics is not; all of them are all that may come, whatever its topic."""
    wording = ledger.wording_of(kinds.NEWSLETTER, language)
    if len(chosen) == Topic.objects.count() and not is_on(person, None):
        ledger.grant(person, kinds.NEWSLETTER, wording=wording, **how)
    for topic in wanting(person, chosen):
        ledger.grant(person, kinds.NEWSLETTER, topic=topic, wording=wording, **how)


# --- whatever it is ---------------------------------------------------------------------


def stop(person: Person, event: Event, how: How) -> Event | None:
    """Withdraw what the event is about; None when that was so already."""
    return ledger.withdraw(
        person,
        event.purpose,
        channel=event.channel,
        topic=event.topic,
        controller=event.controller,
        **how,
    )


def stop_mail(delivery: Delivery, how: How) -> Event | None:
    """Withdraw what the delivery's message is about; None when it is no marketing, or stopped already."""
    message = delivery.message
    if kind_of(message.purpose) != Kind.MARKETING:
        return None
    return ledger.withdraw(
        delivery.person,
        message.purpose,
        channel=Channel.EMAIL,
        topic=message.topic,
        controller=message.controller,
        source=f"delivery {delivery.pk}",
        **how,
    )


def has_permitted_since(delivery: Delivery, moment: datetime) -> bool:
    """Whether the reader has consented anew, after the moment, to mail of the delivery's purpose."""
    given = Event.objects.of(delivery.person).filter(action=Action.GRANTED)
    return given.filter(purpose=delivery.message.purpose, recorded_at__gt=moment).exists()


@transaction.atomic
def permit(person: Person, event: Event, how: How, *, language: str) -> Event:
    """Consent anew to what the event is about, in the wording shown today."""
    return ledger.grant(
        person,
        event.purpose,
        channel=event.channel,
        topic=event.topic,
        controller=event.controller,
        wording=ledger.wording_of(event.purpose, language),
        **how,
    )


def ended_by(person: Person, refusal: Event) -> list[Standing]:
    """What was permitted until the refusal, and is not now."""
    return [
        each
        for each in permission.at(person, refusal.recorded_at - MOMENT)
        if each.allowed
        and kind_of(each.purpose) == Kind.MARKETING
        and not permission.stands(
            person, each.purpose, each.channel, each.topic, each.controller
        ).allowed
    ]


@transaction.atomic
def undo(person: Person, refusal: Event, how: How, *, language: str) -> None:
    """Consent anew to what the refusal ended: the refusal stays in the ledger."""
    for each in ended_by(person, refusal):
        permit(person, each.last, how, language=language)


# --- the way in ---------------------------------------------------------------------------


@transaction.atomic
def mail_link(address: str, *, language: str) -> None:
    """Mail the link to the preference centre; an address we have not known gets the same."""
    person = people.person_for(address, language=language)
    delivery = outbox.queue(kinds.PREFERENCES_MAIL, person, {}, language=language, to=address)
    page = {"preferences_page": links.preferences_url(delivery)}
    Message.objects.filter(pk=delivery.message_id).update(secrets=page)
