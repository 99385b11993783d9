"""What crm puts into the registries below it, and its own kinds of encounters."""

from django.utils.translation import gettext_noop, pgettext_lazy

from consent.privacy import holdings
from crm import kinds, timeline
from crm.holdings import LOOKS, ORGANISATIONS, PEOPLE, STAFF, WORK
from crm.models import Encounter

for holding in (*ORGANISATIONS, *PEOPLE, *WORK, *LOOKS, *STAFF):
    holdings.add(holding)

for name, label in (
    (kinds.TASK_DONE, gettext_noop("Done: %(what)s")),
    (kinds.TASK_REOPENED, gettext_noop("Not done after all: %(what)s")),
):
    timeline.kinds.add(timeline.Kind(name, label, timeline.Who.STAFF))

Channel = Encounter.Channel
for name, title, channel in (
    (kinds.CALL, pgettext_lazy("encounter", "Call"), Channel.PHONE),
    (kinds.VISIT, pgettext_lazy("encounter", "Visit"), Channel.VISIT),
    (kinds.MEETING, pgettext_lazy("encounter", "Meeting"), Channel.MEETING),
    (kinds.FAIR, pgettext_lazy("encounter", "Fair"), Channel.FAIR),
    (kinds.SOCIAL, pgettext_lazy("encounter", "Social media"), Channel.SOCIAL),
    (kinds.NOTE, pgettext_lazy("encounter", "Note"), ""),
):
    timeline.kinds.add(
        timeline.Kind(name, title, timeline.Who.STAFF, channel=channel, is_written=True)
    )
