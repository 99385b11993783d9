"""Marking an absence from a form: what the verb refuses becomes the form's own error."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm import absences
from crm.absences import OverlapError, UnansweredError
from crm.forms.asking import AbsenceForm


def mark(form: AbsenceForm) -> bool:
    """Mark the absence; false, with what is wrong on the form, when it is refused."""
    if not form.is_valid():
        return False
    wanted = form.instance
    try:
        absences.mark(wanted.user, wanted.since, wanted.until, wanted.deputy)
    except OverlapError:
        form.add_error(None, _("They are already away on some of these days."))
    except UnansweredError as gap:
        told = {"name": str(gap.user), "day": date_format(gap.day, "SHORT_DATE_FORMAT")}
        form.add_error(
            "deputy",
            _("On %(day)s nobody would answer for %(name)s: choose somebody who is here.") % told,
        )
    return not form.errors
