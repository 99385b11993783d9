"""The Celery application: workers and beat read their settings from Django's; the audit knows each job by its name."""

import os
from typing import Any

import pghistory
from celery import Celery, Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


class NamedTask(Task):  # type: ignore[type-arg]  # generic for type checkers alone
    """A job whose changes the audit keeps under its name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with pghistory.context(job=self.name):
            return super().__call__(*args, **kwargs)


app = Celery("portal", task_cls=NamedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["crm"], related_name="jobs")  # its tasks are those that staff do
