"""Keeping the search index as the catalogue is (A1.1)."""

import json
import subprocess
import sys
import threading
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from common.days import PortalNow
from courses import search, tasks
from courses.models import Course, SearchEntry, SearchWord
from courses.search import index, wakeup
from tests import factories
from tests.test_house import ROOT

pytestmark = pytest.mark.django_db


def rows():
    columns = ("course", "language", "title", "tokens", "as_of")
    return list(SearchEntry.objects.order_by("course", "language").values_list(*columns))


def test_refreshing_twice_changes_nothing():
    course = factories.course("Betonin valu")
    assert index.refresh([course.pk]) == 1
    before, words = rows(), SearchWord.objects.count()
    assert len(before) == 3
    assert index.refresh([course.pk]) == 1
    assert rows() == before
    assert SearchWord.objects.count() == words


def test_a_changed_course_is_found_by_its_new_words_only():
    course = factories.course("Betonin valu")
    index.refresh([course.pk])
    course.title_fi = "Puun veisto"
    course.save()
    index.refresh([course.pk])
    assert list(search.ranked("veistäminen", "fi")) == [course.pk]
    assert search.ranked("betoni", "fi") == {}


@pytest.mark.parametrize("change", [{"withdrawn_at": PortalNow()}, {"published_at": None}])
def test_a_course_no_longer_shown_leaves_the_index(change):
    course = factories.course("Betonin valu")
    index.refresh([course.pk])
    Course.objects.filter(pk=course.pk).update(**change)
    assert index.stale() == [course.pk]
    assert index.refresh([course.pk]) == 0
    assert rows() == []
    assert index.stale() == []


def test_a_deleted_course_leaves_the_index():
    course = factories.course("Betonin valu")
    index.refresh([course.pk])
    course.delete()
    assert rows() == []


def test_what_is_missing_or_changed_is_stale():
    course, other = factories.course("Betonin valu"), factories.course("Puun veisto")
    assert index.stale() == [course.pk, other.pk]
    index.refresh([course.pk, other.pk])
    assert index.stale() == []
    other.save()
    assert index.stale() == [other.pk]
    tasks.refresh_search()
    assert index.stale() == []


def test_words_that_lead_nowhere_are_forgotten():
    course, other = factories.course("Betonin valu"), factories.course("Puun veisto")
    index.refresh([course.pk, other.pk])
    other.delete()
    assert index.forget_words() > 0
    assert list(SearchWord.objects.filter(form__in=["betonin", "puun"]).values_list("form")) == [
        ("betonin",)
    ]
    assert index.forget_words() == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_a_time_do_no_harm():
    courses = [factories.course(f"Betonin valu {number}").pk for number in range(4)]
    errors = []

    def refresh(ids):
        try:
            index.refresh(ids)
            index.forget_words()
        except Exception as error:  # noqa: BLE001  a thread's error is the test's
            errors.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=refresh, args=[ids])
        for ids in (courses, courses[::-1], courses[:2], courses[1:])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(rows()) == 12
    assert set(search.ranked("valaminen", "fi")) == set(courses)


def test_the_command_indexes_all_or_those_named():
    course, other = factories.course("Betonin valu"), factories.course("Puun veisto")
    out = StringIO()
    call_command("reindex", course.slug, stdout=out)
    assert out.getvalue().startswith("1 courses indexed")
    assert {row[0] for row in rows()} == {course.pk}
    out = StringIO()
    call_command("reindex", json=True, stdout=out)
    assert json.loads(out.getvalue())["courses"] == 2
    assert {row[0] for row in rows()} == {course.pk, other.pk}


def test_the_command_refuses_an_unknown_course():
    factories.course("Betonin valu")
    with pytest.raises(CommandError, match="ei-ole"):
        call_command("reindex", "ei-ole")
    assert rows() == []


def test_the_worker_is_rung_when_the_change_is_committed(
    django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr(
        wakeup.current_app, "send_task", lambda *args, **options: sent.append(args), raising=False
    )
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        search.queue([7, 3])
        assert sent == []
    assert sent == [("courses.tasks.refresh_search", [[3, 7]])]


def test_a_broker_that_is_down_stops_nobody(
    django_capture_on_commit_callbacks, monkeypatch, caplog
):
    def refuse(*args, **options):
        raise OperationalError

    monkeypatch.setattr(wakeup.current_app, "send_task", refuse, raising=False)
    with django_capture_on_commit_callbacks(execute=True):
        search.queue([1])
    assert "broker is down" in caplog.text


def test_all_courses_are_queued_by_the_nightly_job(django_capture_on_commit_callbacks, monkeypatch):
    courses = [factories.course("Betonin valu").pk, factories.course("Puun veisto").pk]
    sent = []
    monkeypatch.setattr(index, "SLICE", 1)
    monkeypatch.setattr(
        wakeup.current_app,
        "send_task",
        lambda *args, **options: sent.append(args[1]),
        raising=False,
    )
    with django_capture_on_commit_callbacks(execute=True):
        tasks.reindex()
    assert sent == [[[courses[0]]], [[courses[1]]]]


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_indexes_what_is_queued(celery_worker):
    course = factories.course("Betonin valu")
    search.queue([course.pk])
    deadline = time.monotonic() + 30
    while index.stale() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(search.ranked("valaminen", "fi")) == [course.pk]


SERVE = """
import sys
import django
django.setup()
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
with override("fi"):
    page = Client(headers={"host": "localhost"}).get(reverse("courses:course_list"), {"q": "betonikoulutuksissa"})
assert page.status_code == 200, page.status_code
assert "Betonin valu" in page.content.decode()
print(sorted({name.split(".")[0] for name in sys.modules} & {"pyvoikko", "kfst", "simplemma"}))
"""


@pytest.mark.django_db(transaction=True)
def test_a_web_process_searches_without_voikko():
    index.refresh([factories.course("Betonin valu").pk])
    served = subprocess.run(
        [sys.executable, "-c", SERVE], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert served.returncode == 0, served.stderr
    assert served.stdout.strip() == "['simplemma']"
