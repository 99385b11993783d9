"""Ring the worker's bell after a change. A lost ring costs a minute: beat looks for what is stale anyway."""

import logging
from collections.abc import Iterable
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def queue(course_ids: Iterable[int]) -> None:
    """Have these courses indexed anew once the caller's transaction is committed."""
    transaction.on_commit(partial(_ring, sorted(course_ids)))


def _ring(course_ids: list[int]) -> None:
    try:
        current_app.send_task("courses.tasks.refresh_search", [course_ids], retry=False)
    except OperationalError:
        log.warning("The broker is down; courses changed now are found by beat's next round.")
