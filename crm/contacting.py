"""May this person be called, may they be mailed, and why: the judge's answers beside the ways to reach them (D3.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from accounts.models import Institution
from consent import permission
from consent.kinds import Channel
from consent.models import Event, Person, State, Topic
from consent.permission import Decision, Question
from consent.purposes import purposes
from mailing import kinds

CHANNELS = (Channel.PHONE, Channel.EMAIL)
NARROWER = ": "
OWN_MATTERS = "service"  # the purpose of what belongs to something the person has asked for


@dataclass(frozen=True)
class Answer:
    """What the judge says of one or several purposes alike, by the rule and the event it rests on."""

    about: tuple[str, ...]
    decision: Decision
    event: Event | None

    @property
    def allowed(self) -> bool:
        return self.decision.allowed

    @property
    def why(self) -> str:
        return self.decision.why

    @property
    def words(self) -> list[str]:
        """What it is about, the institutions or topics of one purpose after one another: “Similar training: TAMK, TTY”."""
        found: dict[tuple[str, bool], list[str]] = {}
        for title, colon, narrower in (each.partition(NARROWER) for each in self.about):
            found.setdefault((title, bool(colon)), []).append(narrower)
        return [
            f"{title}{NARROWER}{', '.join(some)}" if is_narrower else title
            for (title, is_narrower), some in found.items()
        ]


@dataclass(frozen=True)
class Ways:
    """The answers for a call, and for an e-mail; what is allowed comes first."""

    call: list[Answer]
    mail: list[Answer]

    @property
    def is_restricted(self) -> bool:
        """Whether the processing of the person's data is restricted (GDPR Art. 18)."""
        return any(each.decision.rule == "restricted" for each in self.call)

    @property
    def may_call(self) -> bool:
        """Whether there is anything at all they may be called about."""
        return any(each.allowed for each in self.call)

    @property
    def may_mail(self) -> bool:
        """The same by e-mail."""
        return any(each.allowed for each in self.mail)


def ways(person: Person) -> Ways:
    """The answers for everything staff contact people for; four queries."""
    scopes = [Question(OWN_MATTERS), *marketing(person)]
    asked = [scope._replace(channel=channel) for channel in CHANNELS for scope in scopes]
    decisions = permission.answers(person, asked)
    events = Event.objects.in_bulk([each.event_id for each in decisions if each.event_id])
    answered = [
        Answer((in_words(question),), decision, events.get(decision.event_id or 0))
        for question, decision in zip(asked, decisions, strict=True)
    ]
    return Ways(alike(answered[: len(scopes)]), alike(answered[len(scopes) :]))


def marketing(person: Person) -> Iterable[Question]:
    """The joint newsletter, its topics of which the person has said something, similar training by institution."""
    yield Question(kinds.NEWSLETTER)
    said = State.objects.filter(chain__owner__person=person, purpose=kinds.NEWSLETTER)
    for topic in Topic.objects.filter(pk__in=said.values("topic")):
        yield Question(kinds.NEWSLETTER, topic=topic)
    for institution in Institution.objects.all():
        yield Question(kinds.SIMILAR, controller=institution)


def alike(answers: Sequence[Answer]) -> list[Answer]:
    """One answer for all purposes that the same rule and event decide; what is allowed comes first."""

    def order(each: Answer) -> tuple[bool, str, int]:
        return (not each.allowed, each.decision.rule, each.decision.event_id or 0)

    joined = []
    for _key, some in groupby(sorted(answers, key=order), key=order):
        group = list(some)
        about = tuple(what for each in group for what in each.about)
        joined.append(Answer(about, group[0].decision, group[0].event))
    return sorted(joined, key=lambda each: (not each.allowed, answers_at(answers, each)))


def answers_at(answers: Sequence[Answer], joined: Answer) -> int:
    """Where the first of its purposes stood."""
    return next(at for at, each in enumerate(answers) if each.about[0] in joined.about)


def in_words(question: Question) -> str:
    """The purpose with its topic or institution."""
    if question.purpose == OWN_MATTERS:
        return _("their own matters")
    title = str(purposes[question.purpose].title)
    narrower = question.topic or question.controller
    return f"{title}{NARROWER}{narrower}" if narrower else title
