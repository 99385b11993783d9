"""The next best step and its reason follow from a table of rules, the most pressing first (A1.6)."""

from datetime import timedelta

import pytest
from django.utils import translation

from crm import next_step
from crm.models import Situation, Task
from crm.next_step import RULES, Known
from tests.factories import DAY, NOW, TODAY


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def task(what="Lähetä tarjous", due=NOW + DAY, kind="step"):
    return Task(pk=1, what=what, due_at=due, kind=kind)


def ends(days):
    until = None if days is None else TODAY + days * DAY
    return Situation(pk=1, text="Hanke", kind="situation", since=TODAY - DAY, until=until)


WELL = {"now": NOW, "tasks": (task(),), "last_talk": NOW - 30 * DAY}


def told(**known):
    found = next_step.best(Known(**{**WELL, **known}))
    return (found.rule, found.what, found.why) if found else None


def test_when_all_is_well_nothing_presses():
    assert told() is None


@pytest.mark.parametrize(
    ("known", "rule", "what", "why"),
    [
        (
            {"tasks": (task(), task("Saako ryhmäalen?", NOW + DAY, "question"))},
            "question",
            "Answer: Saako ryhmäalen?",
            "The customer waits for an answer by 24 Nov 2026.",
        ),
        (
            {"tasks": (task(due=NOW - timedelta(minutes=1)),)},
            "overdue",
            "Do what was promised: Lähetä tarjous",
            "It was due on 23 Nov 2026.",
        ),
        (
            {"has_named_contact": False},
            "nobody_named",
            "Choose a named contact",
            "The customer has nobody to ask.",
        ),
        (
            {"can_be_reached": False},
            "unreachable",
            "Find a way to reach the customer",
            "There is no phone number, and no e-mail address that works.",
        ),
        (
            {"situations": (ends(None), ends(60))},
            "situation_ends",
            "Ask what comes next",
            "This ends on 22 Jan 2027: Hanke",
        ),
        (
            {"last_talk": None},
            "never_talked",
            "Get to know the customer",
            "Nobody has written down a talk with them yet.",
        ),
        (
            {"last_talk": NOW - 366 * DAY},
            "long_silence",
            "Call and ask how they are doing",
            "The last talk was on 22 Nov 2025, more than a year ago.",
        ),
        (
            {"tasks": ()},
            "nothing_planned",
            "Agree on the next step",
            "Nothing is planned with the customer.",
        ),
    ],
)
def test_each_rule_says_what_to_do_and_why(known, rule, what, why):
    assert told(**known) == (rule, what, why)


@pytest.mark.parametrize("known", [{"situations": (ends(61),)}, {"last_talk": NOW - 365 * DAY}])
def test_what_is_not_near_enough_presses_nobody(known):
    assert told(**known) is None


def test_the_more_pressing_comes_first():
    """Everything at once, and each rule taken away in turn: the order of the table."""
    everything = {
        "tasks": (task(due=NOW - DAY), task(kind="question")),
        "has_named_contact": False,
        "can_be_reached": False,
        "situations": (ends(1),),
        "last_talk": None,
    }
    better = {
        "question": {"tasks": (task(due=NOW - DAY),)},
        "overdue": {"tasks": ()},
        "nobody_named": {"has_named_contact": True},
        "unreachable": {"can_be_reached": True},
        "situation_ends": {"situations": ()},
        "never_talked": {"last_talk": NOW - 400 * DAY},
        "long_silence": {"last_talk": NOW},
        "nothing_planned": {"tasks": (task(),)},
    }
    order = []
    while found := told(**everything):
        order.append(found[0])
        everything |= better[found[0]]
    assert order == [rule.name for rule in RULES]


def test_every_rule_speaks_every_language():
    for language in ("fi", "sv"):
        with translation.override(language):
            for rule in RULES:
                for text in (rule.what, rule.why):
                    assert translation.gettext(text) != text
