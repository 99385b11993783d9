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
    (kinds.ORGANISATION_ADDED, gettext_noop("Added to the register")),
    (kinds.ORGANISATION_RENAMED, gettext_noop("Renamed from %(before)s to %(after)s")),
    (kinds.CONTACT_ADDED, gettext_noop("Added to the register")),
    (kinds.ADDRESS_CHANGED, gettext_noop("E-mail address changed")),
    (kinds.AFFILIATION_BEGAN, gettext_noop("Role in the organisation began: %(title)s")),
    (kinds.AFFILIATION_ENDED, gettext_noop("Role in the organisation ended")),
    (kinds.RIGHTS_GIVEN, gettext_noop("Rights in the organisation changed")),
    (kinds.SITUATION_NOTED, gettext_noop("Situation noted")),
):
    timeline.kinds.add(timeline.Kind(name, label))
