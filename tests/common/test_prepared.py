"""Statements planned once for each connection."""

import pytest
from django.db import connection

from common.prepared import Statement, execute

pytestmark = pytest.mark.django_db

SUM = Statement("test_sum", ("int", "int"), "SELECT %s + %s")
TEN = Statement("test_ten", (), "SELECT 10")


def answer(*calls):
    with connection.cursor() as cursor:
        execute(cursor, *calls)
        return cursor.fetchall()


def test_they_are_planned_once_and_run_in_one_journey(django_assert_num_queries):
    with django_assert_num_queries(3):  # two plans, one journey
        assert answer((SUM, [1, 2]), (TEN, [])) == [(10,)]
    with django_assert_num_queries(1):
        assert answer((TEN, []), (SUM, [3, 4])) == [(7,)]
