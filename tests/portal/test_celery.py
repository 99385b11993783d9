"""Every process that loads the portal rings the portal's own broker (E5.2)."""

import os

import pytest
import redis
from celery import current_app

from mailing import wakeup
from portal.schedule import SCHEDULE


def test_the_portals_application_is_the_one_that_tasks_are_sent_by():
    assert current_app.main == "portal"
    assert current_app.conf.broker_url == os.environ["REDIS_URL"]


def test_a_ring_lies_in_the_broker_until_a_worker_takes_it():
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as valkey:
        valkey.delete("celery")
        wakeup.ring()
        assert valkey.llen("celery") == 1
        valkey.delete("celery")


@pytest.mark.parametrize("entry", SCHEDULE.values(), ids=lambda entry: entry["task"])
def test_beat_rings_only_tasks_that_exist(entry):
    current_app.loader.import_default_modules()
    assert entry["task"] in current_app.tasks
