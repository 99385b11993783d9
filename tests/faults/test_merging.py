"""Two members of staff merge at the same moment: one wins, the other is told, and nothing is lost (C1.4)."""

import threading

import pytest
from django.db import connection

from consent.models import Alias, Person
from crm import merging, undoing
from crm.models import Merge
from portal import invariants
from tests import factories

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def at_once(*jobs):
    """What each of them raised, or None; all begin together."""
    gate, outcomes = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        try:
            gate.wait(30)
            job()
        except Exception as error:  # noqa: BLE001  the test looks at it
            outcomes[number] = type(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_the_same_pair_both_ways_at_once():
    by = factories.user("myyja@example.org")
    for _round in range(5):
        one, two = factories.person(name="Yksi"), factories.person(name="Kaksi")
        factories.enrolment(factories.run(), two)
        outcomes = at_once(
            lambda: merging.merge(one, two, {}, by=by),  # noqa: B023  run before the next round
            lambda: merging.merge(two, one, {}, by=by),  # noqa: B023  the same
        )
        assert sorted(map(str, outcomes)) == sorted([str(merging.GoneError), "None"])
        assert Person.objects.filter(pk__in=[one.pk, two.pk]).count() == 1
    assert Merge.objects.count() == Alias.objects.count() == 5
    assert invariants.broken() == {}


def test_three_in_a_ring_at_once():
    by = factories.user("myyja@example.org")
    people = [factories.person(name=f"Henkilö {number}") for number in range(3)]
    ring = [(people[number], people[(number + 1) % 3]) for number in range(3)]
    at_once(
        *(
            lambda kept=kept, other=other: merging.merge(kept, other, {}, by=by)
            for kept, other in ring
        )
    )
    standing = Person.objects.filter(pk__in=[each.pk for each in people]).count()
    assert standing + Merge.objects.count() == 3
    assert not Alias.objects.filter(kept__in=Alias.objects.values("person")).exists()
    assert invariants.broken() == {}


def test_an_undoing_twice_at_once():
    by = factories.user("myyja@example.org")
    one, two = factories.person(name="Yksi"), factories.person(name="Kaksi")
    done = merging.merge(one, two, {}, by=by)
    outcomes = at_once(*(lambda: undoing.undo(done, by=by) for _ in range(2)))
    assert sorted(map(str, outcomes)) == sorted([str(undoing.NotUndoableError), "None"])
    assert Person.objects.filter(pk__in=[one.pk, two.pk]).count() == 2
    assert invariants.broken() == {}


def test_an_earlier_and_a_later_merge_undone_at_once():
    """One may have to be asked for again; then all are who they were."""
    by = factories.user("myyja@example.org")
    anna, bea, cia = (factories.person(name=name) for name in ("Anna", "Bea", "Cia"))
    merges = [merging.merge(bea, anna, {}, by=by), merging.merge(cia, bea, {}, by=by)]
    outcomes = at_once(*(lambda each=each: undoing.undo(each, by=by) for each in merges))
    assert None in outcomes
    assert set(outcomes) <= {None, merging.GoneError}
    for each in Merge.objects.filter(undone_at=None):
        undoing.undo(each, by=by)
    for each in (anna, bea, cia):
        assert Person.objects.get(pk=each.pk).name == each.name
        assert Person.objects.get(pk=each.pk).addresses.count() == 1
    assert invariants.broken() == {}


def test_control_without_the_lock_both_would_win(monkeypatch):
    """Whoever looks before the other has written sees two entries."""
    by = factories.user("myyja@example.org")
    one, two = factories.person(name="Yksi"), factories.person(name="Kaksi")
    both = threading.Barrier(2)

    def look(kept, other):
        both.wait(30)
        return kept, other

    monkeypatch.setattr(merging, "lock", look)
    outcomes = at_once(
        lambda: merging.merge(one, two, {}, by=by), lambda: merging.merge(two, one, {}, by=by)
    )
    assert merging.GoneError not in outcomes
