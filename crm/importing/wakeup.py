"""Ring the worker's bell for an import. A lost ring costs a minute: beat looks for imports that are at work."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def ring(key: int) -> None:
    """Ask a worker to go on with the import once the caller's transaction is committed."""
    transaction.on_commit(partial(_ring, key), robust=True)


def _ring(key: int) -> None:
    try:
        current_app.send_task("crm.jobs.import_rows", [key], retry=False)
    except OperationalError:
        log.warning("The broker is down; the import goes on when beat rings next.")
