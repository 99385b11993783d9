"""What crm puts into the registries below it, and its own kinds of encounters."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from common.spreadsheets import sheets
from consent.privacy import holdings
from consent.purposes import Kind
from crm import exporting, kinds, samples, timeline
from crm.holdings import FILES, ORGANISATIONS, PEOPLE, STAFF, WORK
from mailing.templates import Template, templates

for holding in (*ORGANISATIONS, *PEOPLE, *WORK, *STAFF, *FILES):
    holdings.add(holding)

for name, label in (
    (kinds.TASK_DONE, gettext_noop("Done: %(what)s")),
    (kinds.TASK_REOPENED, gettext_noop("Not done after all: %(what)s")),
):
    timeline.kinds.add(timeline.Kind(name, label))

templates.add(
    Template(
        kinds.NOTICE_MAIL,
        Kind.LEGAL,
        _("Telling people of an import that we hold them, from where and why"),
        samples.imported,
        ({"basis": "contract", "institution": ""}, {"basis": "consent", "organisation": ""}),
    )
)

for sheet in (exporting.ORGANISATIONS, exporting.PEOPLE):
    sheets.add(sheet)
