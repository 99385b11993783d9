"""What crm puts into the registries below it, and its own kinds of encounters."""

from django.utils.translation import gettext_noop

from consent.privacy import holdings
from crm import kinds, timeline
from crm.holdings import ORGANISATIONS, PEOPLE, STAFF, WORK

for holding in (*ORGANISATIONS, *PEOPLE, *WORK, *STAFF):
    holdings.add(holding)

for name, label in (
    (kinds.TASK_DONE, gettext_noop("Done: %(what)s")),
    (kinds.TASK_REOPENED, gettext_noop("Not done after all: %(what)s")),
):
    timeline.kinds.add(timeline.Kind(name, label))
