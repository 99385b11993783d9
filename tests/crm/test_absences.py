"""Somebody answers on every day: absences have deputies who are there (C5.3)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from crm import absences, answering
from crm.absences import OverlapError, UnansweredError
from crm.models import Absence
from tests import factories
from tests.crm.test_named_contacts import at_once
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def staff():
    return [factories.staff(None, "coordinator", name=name) for name in ("Aino", "Bo", "Carita")]


def away(user, deputy, first=0, last=4):
    return absences.mark(user, TODAY + first * DAY, TODAY + last * DAY, deputy)


def answers(user, day=0):
    return answering.on_behalf_of(user, on=TODAY + day * DAY)


def test_the_deputy_answers_on_the_days_and_on_no_other(staff):
    aino, bo, _ = staff
    away(aino, bo, 1, 3)
    assert [answers(aino, day) for day in range(5)] == [aino, bo, bo, bo, aino]


def test_a_deputy_who_is_away_too_is_followed(staff):
    aino, bo, carita = staff
    away(bo, carita, 2, 3)
    away(aino, bo, 0, 4)
    assert [answers(aino, day) for day in range(5)] == [bo, bo, carita, carita, bo]


def test_a_circle_of_deputies_is_refused_and_nothing_is_written(staff):
    aino, bo, carita = staff
    away(aino, bo)
    away(bo, carita)
    with pytest.raises(UnansweredError) as refused:
        away(carita, aino, 4, 6)
    assert refused.value.day == TODAY + 4 * DAY
    assert Absence.objects.count() == 2


def test_a_deputy_who_cannot_answer_is_refused(staff):
    aino, bo, _ = staff
    bo.staff_roles.update(role="auditor")
    with pytest.raises(UnansweredError):
        away(aino, bo)
    assert not Absence.objects.exists()


def test_a_deputy_who_goes_away_without_one_that_answers_is_refused(staff):
    aino, bo, carita = staff
    away(aino, bo, 0, 9)
    with pytest.raises(UnansweredError) as refused:
        away(bo, aino, 5, 6)
    assert refused.value.user in {aino, bo}
    away(bo, carita, 5, 6)
    assert answers(aino, 5) == carita


def test_nobody_is_away_twice_at_once(staff):
    aino, bo, carita = staff
    away(aino, bo, 0, 4)
    with pytest.raises(OverlapError):
        away(aino, carita, 4, 8)
    assert Absence.objects.count() == 1
    away(aino, carita, 5, 8)


def test_the_database_refuses_it_too(staff):
    aino, bo, carita = staff
    away(aino, bo, 0, 4)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(
            user=aino, deputy=carita, since=TODAY + 4 * DAY, until=TODAY + 8 * DAY
        )


def test_back_today_ends_it_yesterday_and_what_has_not_begun_is_called_off(staff, set_clock):
    aino, bo, _ = staff
    begun, coming = away(aino, bo, 0, 4), away(aino, bo, 7, 9)
    set_clock(NOW + 2 * DAY)
    absences.end(begun), absences.end(coming), absences.end(begun)
    assert Absence.objects.values_list("since", "until").get() == (TODAY, TODAY + DAY)
    assert answers(aino, 2) == aino


def test_on_its_first_day_it_is_called_off_whole(staff):
    aino, bo, _ = staff
    absences.end(away(aino, bo))
    assert not Absence.objects.exists()


def test_days_are_those_of_helsinki(staff, set_clock):
    """At 22:30 UTC the next day has begun in Finland."""
    aino, bo, _ = staff
    away(aino, bo, 1, 1)
    set_clock(NOW.replace(hour=22, minute=30))
    assert answering.on_behalf_of(aino) == bo


@pytest.mark.django_db(transaction=True)
def test_two_who_name_each_other_at_once_are_not_both_away(set_clock):
    aino, bo = (factories.staff(None, "coordinator", name=name) for name in ("Aino", "Bo"))
    raised = at_once(lambda: away(aino, bo), lambda: away(bo, aino))
    assert [type(each) for each in raised] == [UnansweredError]
    assert Absence.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_they_would_be(monkeypatch):
    """The control of the test before."""
    aino, bo = (factories.staff(None, "coordinator", name=name) for name in ("Aino", "Bo"))
    real = absences.unanswered

    def slowly(since, until):
        found = real(since, until)
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        return found

    monkeypatch.setattr(absences, "unanswered", slowly)
    monkeypatch.setattr(absences, "lock_staffing", lambda: None)
    assert at_once(lambda: away(aino, bo), lambda: away(bo, aino)) == []
    assert (answers(aino), answers(bo)) == (None, None)


def test_an_absence_of_a_day_and_its_length(staff):
    aino, bo, _ = staff
    absence = away(aino, bo, 3, 3)
    assert absence.until - absence.since == timedelta(0)
    assert answers(aino, 3) == bo
