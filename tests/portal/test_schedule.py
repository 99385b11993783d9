"""Running a job of the clock twice at once is as running it once (F09)."""

import threading

import pytest
from django.db import connection

from courses.models import Enrolment
from mailing.models import Delivery
from portal import invariants
from portal.celery import app
from portal.schedule import SCHEDULE
from tests import factories
from tests.factories import NOW

TASKS = sorted(str(entry["task"]) for entry in SCHEDULE.values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", TASKS)
def test_twice_at_once_is_once(name):
    app.loader.import_default_modules()
    run = factories.run(seats=1, enrolment_closes_at=NOW.replace(year=2100))
    late = factories.enrolment(run, status="offered")
    Enrolment.objects.filter(pk=late.pk).update(offer_expires_at=NOW.replace(year=2020))
    waits = factories.enrolment(run, status="waiting")
    job, errors = app.tasks[name], []

    def work():
        try:
            job()
        except Exception as error:  # noqa: BLE001  the test looks at it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    waits.refresh_from_db()
    moved = name == "courses.tasks.expire_offers"
    assert waits.status == ("offered" if moved else "waiting")
    assert Delivery.objects.count() == (2 if moved else 0)
    assert invariants.broken() == {}
