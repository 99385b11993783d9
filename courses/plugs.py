"""What courses adds to the registries below: kinds of encounters, mails, and what it holds on a person."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from consent.privacy import holdings, traces
from consent.purposes import Kind
from courses import holdings as declared
from courses import joining, kinds, panels, samples
from courses.customers import ENROLMENTS
from courses.models import Enrolment, Run
from crm import customers, timeline
from crm.joining import Rule, rules
from crm.panels import panels as every_panel
from mailing.templates import Template, templates

for name, label in (
    (kinds.ENROLLED, gettext_noop("Enrolled: %(title)s")),
    (kinds.QUEUED, gettext_noop("Joined the waiting list: %(title)s")),
    (kinds.OFFERED, gettext_noop("Was offered a seat: %(title)s")),
    (kinds.LAPSED, gettext_noop("Let the offer of a seat lapse: %(title)s")),
    (kinds.CANCELLED, gettext_noop("Cancelled: %(title)s")),
):
    timeline.kinds.add(timeline.Kind(name, label))

for template in (
    Template(
        kinds.ENROLMENT_MAIL,
        Kind.SERVICE,
        _("Confirming an enrolment, with dates, place, price and a calendar file"),
        samples.enrolment,
        (samples.FREE, samples.UNDATED, {"person_name": ""}),
    ),
    Template(
        kinds.QUEUE_MAIL,
        Kind.SERVICE,
        _("Confirming a place on the waiting list"),
        samples.queue,
    ),
    Template(
        kinds.OFFER_MAIL,
        Kind.SERVICE,
        _("Offering a seat to the first on the waiting list"),
        samples.offer,
    ),
    Template(
        kinds.LAPSED_MAIL,
        Kind.SERVICE,
        _("Telling that the time to take an offered seat has run out"),
        samples.enrolment,
    ),
    Template(
        kinds.CANCELLATION_MAIL,
        Kind.SERVICE,
        _("Confirming a cancellation"),
        samples.cancellation,
        ({"was": "offered"}, {"was": "waiting"}),
    ),
):
    templates.add(template)

for panel in panels.PANELS:
    every_panel.add(panel)

for holding in declared.HOLDINGS:
    holdings.add(holding)
for trace in declared.TRACES:
    traces.add(trace)

rules.add(
    Rule(
        Enrolment,
        "person",
        _("enrolments"),
        by=joining.go_over,
        before=joining.lock_runs,
        warn=joining.warn,
    )
)
rules.add(Rule(Run, "organisation", _("company runs")))
customers.sources.add(ENROLMENTS)
