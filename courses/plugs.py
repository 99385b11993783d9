"""What courses adds to the registries below: kinds of encounters, mails, and what it holds on a person."""

from django.utils.translation import gettext_noop

from consent.privacy import holdings, traces
from consent.purposes import Kind
from courses import holdings as declared
from courses import kinds
from crm import timeline
from mailing.templates import Template, templates

for name, label in (
    (kinds.ENROLLED, gettext_noop("Enrolled: %(title)s")),
    (kinds.QUEUED, gettext_noop("Joined the waiting list: %(title)s")),
    (kinds.OFFERED, gettext_noop("Was offered a seat: %(title)s")),
    (kinds.LAPSED, gettext_noop("Let the offer of a seat lapse: %(title)s")),
    (kinds.CANCELLED, gettext_noop("Cancelled: %(title)s")),
):
    timeline.kinds.add(timeline.Kind(name, label))

for name in (
    kinds.ENROLMENT_MAIL,
    kinds.QUEUE_MAIL,
    kinds.OFFER_MAIL,
    kinds.LAPSED_MAIL,
    kinds.CANCELLATION_MAIL,
):
    templates.add(Template(name, Kind.SERVICE))

for holding in declared.HOLDINGS:
    holdings.add(holding)
for trace in declared.TRACES:
    traces.add(trace)
