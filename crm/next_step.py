"""The next best step with a customer, and why: rules as data, read from the top; the first that holds is shown (A1.6).

Nothing is decided about the customer by it (GDPR Art. 22): it only says to staff what to look at first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_noop as _

from crm.models import Situation, Task

SOON = timedelta(days=60)
LONG = timedelta(days=365)


@dataclass(frozen=True)
class Known:
    """What the page knows of the customer at a moment; what the rules look at."""

    now: datetime
    tasks: Sequence[Task] = ()  # open, the most urgent first
    situations: Sequence[Situation] = ()
    last_talk: datetime | None = None
    has_named_contact: bool = True
    can_be_reached: bool = True

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)


@dataclass(frozen=True)
class Rule:
    """A line of the table: `holds` gives the facts of its texts, or None when it does not hold."""

    name: str
    what: str
    why: str
    holds: Callable[[Known], dict[str, Any] | None] = field(compare=False)


@dataclass(frozen=True)
class NextStep:
    """What to do, and why, in the reader's language; the task it is about, where there is one."""

    rule: str
    what: str
    why: str
    task: Task | None = None


def in_words(day: date | datetime) -> str:
    """A day as the reader writes it."""
    on = timezone.localtime(day) if isinstance(day, datetime) else day
    return date_format(on, pgettext("date format: day and year", "j M Y"))


def a_question(known: Known) -> dict[str, Any] | None:
    found = next((each for each in known.tasks if each.kind == Task.Kind.QUESTION), None)
    return {"task": found, "what": found.what, "day": in_words(found.due_at)} if found else None


def an_overdue_task(known: Known) -> dict[str, Any] | None:
    found = next((each for each in known.tasks if each.due_at < known.now), None)
    return {"task": found, "what": found.what, "day": in_words(found.due_at)} if found else None


def a_situation_that_ends(known: Known) -> dict[str, Any] | None:
    ending = [each for each in known.situations if each.until and each.until <= known.today + SOON]
    found = min(ending, key=lambda each: (each.until, each.pk), default=None)
    return {"what": found.text, "day": in_words(found.until or known.today)} if found else None


RULES = (
    Rule(
        "question",
        _("Answer: %(what)s"),
        _("The customer waits for an answer by %(day)s."),
        a_question,
    ),
    Rule(
        "overdue",
        _("Do what was promised: %(what)s"),
        _("It was due on %(day)s."),
        an_overdue_task,
    ),
    Rule(
        "nobody_named",
        _("Choose a named contact"),
        _("The customer has nobody to ask."),
        lambda known: None if known.has_named_contact else {},
    ),
    Rule(
        "unreachable",
        _("Find a way to reach the customer"),
        _("There is no phone number, and no e-mail address that works."),
        lambda known: None if known.can_be_reached else {},
    ),
    Rule(
        "situation_ends",
        _("Ask what comes next"),
        _("This ends on %(day)s: %(what)s"),
        a_situation_that_ends,
    ),
    Rule(
        "never_talked",
        _("Get to know the customer"),
        _("Nobody has written down a talk with them yet."),
        lambda known: None if known.last_talk else {},
    ),
    Rule(
        "long_silence",
        _("Call and ask how they are doing"),
        _("The last talk was on %(day)s, more than a year ago."),
        lambda known: (
            {"day": in_words(known.last_talk)}
            if known.last_talk and known.last_talk < known.now - LONG
            else None
        ),
    ),
    Rule(
        "nothing_planned",
        _("Agree on the next step"),
        _("Nothing is planned with the customer."),
        lambda known: None if known.tasks else {},
    ),
)


def best(known: Known) -> NextStep | None:
    """The step of the first rule that holds; None when all is as it should be."""
    for rule in RULES:
        facts = rule.holds(known)
        if facts is not None:
            what, why = (gettext(text) % facts for text in (rule.what, rule.why))
            return NextStep(rule.name, what, why, facts.get("task"))
    return None
