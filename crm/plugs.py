"""What crm adds to the registries: what it holds, kinds of encounters, mails, ways to be a customer, what follows a departure."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.departures import Departure, departures
from consent.privacy import holdings
from consent.purposes import Kind
from crm import customers, kinds, leaving, samples, sources, timeline
from crm.holdings import ORGANISATIONS, PEOPLE, STAFF, WORK
from mailing.templates import Template, templates

for holding in (*ORGANISATIONS, *PEOPLE, *WORK, *STAFF):
    holdings.add(holding)

for name, label in (
    (kinds.TASK_DONE, gettext_noop("Done: %(what)s")),
    (kinds.TASK_REOPENED, gettext_noop("Not done after all: %(what)s")),
    (kinds.CONTACT_NAMED, gettext_noop("Named contact chosen")),
    (kinds.QUESTION, gettext_noop("Asked on the web site")),
    (kinds.ANSWER, gettext_noop("Question answered")),
    (kinds.PASSED_ON, gettext_noop("Question passed on to somebody else of staff")),
):
    timeline.kinds.add(timeline.Kind(name, label))

for template in (
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
