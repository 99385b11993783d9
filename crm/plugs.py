"""What crm adds to the registries: what it holds, encounters, mails, ways to be a customer, files, merges, departures."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from accounts.departures import Departure, departures
from accounts.reads import Read, reads
from common.spreadsheets import sheets
from consent.privacy import holdings
from consent.purposes import Kind
from crm import customers, exporting, kinds, leaving, looks, samples, sources, timeline
from crm import rules as merging
from crm.holdings import DUPLICATES, FILES, LOOKS, ORGANISATIONS, PEOPLE, STAFF, WORK
from crm.joining import rules
from crm.models import Encounter
from mailing.templates import Template, templates

for holding in (*ORGANISATIONS, *PEOPLE, *WORK, *LOOKS, *STAFF, *FILES, *DUPLICATES):
    holdings.add(holding)

for name, label in (
    (kinds.TASK_DONE, gettext_noop("Done: %(what)s")),
    (kinds.TASK_REOPENED, gettext_noop("Not done after all: %(what)s")),
    (kinds.ANSWER, gettext_noop("Question answered")),
):
    timeline.kinds.add(timeline.Kind(name, label, timeline.Who.STAFF))

for name, label in (
    (kinds.ORGANISATION_ADDED, gettext_noop("Added to the register")),
    (kinds.ORGANISATION_RENAMED, gettext_noop("Renamed from %(before)s to %(after)s")),
    (kinds.CONTACT_ADDED, gettext_noop("Added to the register")),
    (kinds.ADDRESS_CHANGED, gettext_noop("E-mail address changed")),
    (kinds.AFFILIATION_BEGAN, gettext_noop("Role in the organisation began: %(title)s")),
    (kinds.AFFILIATION_ENDED, gettext_noop("Role in the organisation ended")),
    (kinds.RIGHTS_GIVEN, gettext_noop("Rights in the organisation changed")),
    (kinds.CONTACT_NAMED, gettext_noop("Named contact chosen")),
    (kinds.PASSED_ON, gettext_noop("Question passed on to somebody else of staff")),
    (kinds.SITUATION_NOTED, gettext_noop("Situation noted")),
    (kinds.MERGED, gettext_noop("Merged with another entry")),
    (kinds.MERGE_UNDONE, gettext_noop("Merge undone")),
):
    timeline.kinds.add(timeline.Kind(name, label))

timeline.kinds.add(
    timeline.Kind(kinds.QUESTION, gettext_noop("Asked on the web site"), timeline.Who.CUSTOMER)
)

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

for sheet in (exporting.ORGANISATIONS, exporting.PEOPLE):
    sheets.add(sheet)

for rule in (*merging.PEOPLE, *merging.ORGANISATIONS):
    rules.add(rule)

for template in (
    Template(
        kinds.NOTICE_MAIL,
        Kind.LEGAL,
        _("Telling people of whom others told us that we hold them, from where and why"),
        samples.imported,
        ({"basis": "contract", "institution": ""}, {"basis": "consent", "organisation": ""}),
    ),
    Template(
        kinds.QUESTION_MAIL,
        Kind.SERVICE,
        _("Confirming a question, with the time by which it is answered"),
        samples.question,
        ({"title": ""},),
    ),
    Template(kinds.ANSWER_MAIL, Kind.SERVICE, _("Answering a question"), samples.answer),
    Template(
        kinds.STAFF_MAIL,
        Kind.SERVICE,
        _("Telling a member of staff that a question is theirs, late, or another’s now"),
        samples.for_staff,
        (
            {"why": "late"},
            {"why": "passed", "to": "Henrik Lindroos"},
            {"title": ""},
        ),
    ),
):
    templates.add(template)

customers.sources.add(sources.AFFILIATIONS)
departures.add(Departure("crm.named_contacts", leaving.leave_if_gone))
reads.add(Read("crm.looks", looks.look_at_user))
