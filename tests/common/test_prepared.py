"""Statements planned once for each connection."""

import pytest
from django.db import connection

from common.prepared import Statement, execute

pytestmark = pytest.mark.django_db

SUM = Statement("test_sum", ("int", "int"), "SELECT %s + %s")
TEN = Statement("test_ten", (), "SELECT 10")


def test_they_are_planned_once_and_run_in_one_journey(django_assert_num_queries):
    with connection.cursor() as cursor:
        with django_assert_num_queries(3):  # two plans, one journey
            execute(cursor, (SUM, [1, 2]), (TEN, []))
        assert cursor.fetchall() == [(10,)]
        with django_assert_num_queries(1):
            execute(cursor, (TEN, []), (SUM, [3, 4]))
        assert cursor.fetchall() == [(7,)]
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'test%'")
        assert cursor.fetchone() == (2,)
