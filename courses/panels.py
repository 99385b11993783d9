"""What courses shows on a customer's page: what a person is on and was on, and an organisation's own runs (C2.1)."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from accounts.roles import Permission
from consent.models import Person
from courses.models import Enrolment, Run
from courses.models.enrolments import EnrolmentQuerySet
from courses.models.runs import RunQuerySet
from crm.models import Organisation
from crm.panels import ORGANISATION, PERSON, Panel

LATEST = F("run__starts_on").desc(nulls_first=True)


def enrolments(person: Person, reader: User) -> EnrolmentQuerySet:
    """The person's enrolments at the reader's institutions, the latest run first."""
    mine = Institution.objects.staffed_by(reader, Permission.SEE_CUSTOMERS)
    found = Enrolment.objects.filter(person=person, run__course__institution__in=mine)
    return found.select_related("run__course__institution").order_by(LATEST, "-pk")


def runs(organisation: Organisation, reader: User) -> RunQuerySet:
    """The runs the organisation has ordered for its people from the reader's institutions, the latest first."""
    mine = Institution.objects.staffed_by(reader, Permission.SEE_CUSTOMERS)
    found = Run.objects.filter(organisation=organisation, course__institution__in=mine)
    latest = F("starts_on").desc(nulls_first=True)
    return found.select_related("course__institution").order_by(latest, "-pk")


PANELS = (
    Panel("courses.enrolments", _("Courses"), PERSON, enrolments, "courses/_panel_enrolments.html"),
    Panel("courses.runs", _("Own runs"), ORGANISATION, runs, "courses/_panel_runs.html"),
)
