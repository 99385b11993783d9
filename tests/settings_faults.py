"""The tests' settings for programs that are killed and frozen: what lasts minutes in production lasts seconds."""

from datetime import timedelta

from celery.schedules import schedule

from tests.settings import *  # noqa: F403  settings are names
from tests.settings import CELERY_BEAT_SCHEDULE, LOGGING, SMTP, env

MAIL_LEASE_SECONDS = env.float("FAULT_LEASE", 5)  # type: ignore[assignment]  # whole numbers there, parts of one here
# longer than the sink's sessions may idle
MAIL_DOUBT_MINUTES = env.float("FAULT_GRACE", 8) / 60  # type: ignore[assignment]  # whole numbers there, parts of one here
SMTP["timeout"] = env.float("FAULT_SMTP_TIMEOUT", 3)
EVERY = {"mailing.drain": 1, "mailing.settle_doubts": 2, "crm.import_rows": 1}
CELERY_BEAT_SCHEDULE = {
    name: {**CELERY_BEAT_SCHEDULE[name], "schedule": schedule(timedelta(seconds=seconds))}
    for name, seconds in EVERY.items()
}
if env.bool("FAULT_UNMASKED", False):  # a control: log lines as they come
    LOGGING["formatters"]["line"]["()"] = "logging.Formatter"  # type: ignore[index]  # a dictionary of dictionaries
