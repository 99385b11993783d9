"""Whatever two people have and say, whichever is kept: no row is lost, every refusal stands, and all comes back (C1.4)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ledger, permission
from consent.models import Person
from crm import joining, merging, undoing
from portal import invariants
from tests import factories

pytestmark = pytest.mark.django_db

WORDS = st.lists(
    st.tuples(
        st.sampled_from(["one", "two"]),
        st.sampled_from(["grant", "withdraw", "object", "restrict", "release"]),
    ),
    max_size=6,
)
PLACES = st.lists(
    st.tuples(
        st.sampled_from(["one", "two"]), st.sampled_from(["confirmed", "waiting", "cancelled"])
    ),
    max_size=4,
    unique_by=lambda place: place,
)
REFUSALS = {"objected", "withdrawn", "restricted"}


def say(person, word):
    if word == "grant":
        factories.grant(person)
    elif word == "object":
        ledger.object_to_marketing(Person.objects.get(pk=person.pk), method="form")
    elif word == "withdraw":
        ledger.withdraw(person, "newsletter", method="form")
    else:
        getattr(ledger, word)(person, method="form")


def held(person):
    """The keys of a person's rows by rule, but those that merging itself writes."""
    own = ("crm.merge.", "crm.duplicate.", "consent.alias.", "crm.encounter.")
    return {
        rule.name: sorted(joining.keys(rule.rows(person)))
        for rule in joining.rules_of(person)
        if not rule.name.startswith(own)
    }


def rule_of(person):
    return permission.may_contact(person, "newsletter").rule


@given(words=WORDS, later=WORDS, places=PLACES, kept=st.sampled_from(["one", "two"]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_row_is_lost_and_every_refusal_stands(words, later, places, kept):
    by = factories.user()
    sides = {side: factories.person(name=side) for side in ("one", "two")}
    runs = {status: factories.run(seats=3) for _side, status in places}
    for _seat in range(3 if "waiting" in runs else 0):  # who waits, waits for a seat
        factories.enrolment(runs["waiting"])
    for side, status in places:
        factories.enrolment(runs[status], sides[side], status)
    for person in sides.values():  # both have a chain, so that keys can be compared
        factories.grant(person)
    for side, word in words:
        say(sides[side], word)
    before = {side: held(person) for side, person in sides.items()}
    answers = {side: rule_of(person) for side, person in sides.items()}
    mine, other = sides[kept], sides["two" if kept == "one" else "one"]
    done = merging.merge(mine, other, {}, by=by)
    both = {name: sorted([*before["one"][name], *before["two"][name]]) for name in before["one"]}
    now = {name: sorted([*keys, *held(other)[name]]) for name, keys in held(mine).items()}
    assert now == both
    if REFUSALS & set(answers.values()):
        assert rule_of(mine) in REFUSALS
    assert invariants.broken() == {}
    for _side, word in later:
        say(mine, word)
    refused = rule_of(mine) in REFUSALS
    undoing.undo(done, by=by)
    assert {side: held(person) for side, person in sides.items()} == before
    if refused:
        assert REFUSALS & {rule_of(person) for person in sides.values()}
    assert invariants.broken() == {}
