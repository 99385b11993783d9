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


def test_a_task_is_lost_with_no_worker_and_holds_none_up():
    """Acknowledged when done, one at a time, no results kept; a task is not given out twice while it may still run."""
    conf = current_app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert (conf.worker_prefetch_multiplier, conf.task_ignore_result) == (1, True)
    assert (conf.task_soft_time_limit, conf.task_time_limit) == (60, 90)
    assert (list(conf.accept_content), conf.task_serializer) == (["json"], "json")
    assert conf.broker_connection_max_retries is None
    current_app.loader.import_default_modules()
    ours = [task for name, task in current_app.tasks.items() if not name.startswith("celery.")]
    longest = max(task.time_limit or conf.task_time_limit for task in ours)
    assert longest < conf.broker_transport_options["visibility_timeout"] == 3600


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
