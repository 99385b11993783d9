"""Ring the worker's bell. A lost ring costs a minute, never a message: beat drains what is due anyway."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def ring() -> None:
    """Ask a worker to drain the outbox now; a broker that is down is only logged."""
    try:
        current_app.send_task("mailing.tasks.drain", retry=False)
    except OperationalError:
        log.warning("The broker is down; the outbox is drained when beat rings next.")
