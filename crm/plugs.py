"""What crm puts into the registries below it, and its own kinds of encounters."""

from django.utils.translation import gettext_noop

from consent.privacy import holdings
from crm import kinds, timeline
from crm import rules as merging
from crm.holdings import DUPLICATES, ORGANISATIONS, PEOPLE, STAFF, WORK
from crm.joining import rules

for holding in (*ORGANISATIONS, *PEOPLE, *WORK, *STAFF, *DUPLICATES):
    holdings.add(holding)

for name, label in (
    (kinds.TASK_DONE, gettext_noop("Done: %(what)s")),
    (kinds.TASK_REOPENED, gettext_noop("Not done after all: %(what)s")),
    (kinds.MERGED, gettext_noop("Merged with another entry")),
    (kinds.MERGE_UNDONE, gettext_noop("Merge undone")),
):
    timeline.kinds.add(timeline.Kind(name, label))

for rule in (*merging.PEOPLE, *merging.ORGANISATIONS):
    rules.add(rule)
