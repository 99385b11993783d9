"""Customers taken out as a file, and the log of who has done so (C1.2)."""

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import reauthenticated, staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from common.spreadsheets import Format, sheets
from consent.models import Person
from crm import exporting
from crm.exporting import Taken
from crm.importing import report
from crm.models import Export, Organisation

LISTED = 200


@require_safe
@staff_required(Permission.SEE_AUDIT)
def export_list(request: SignedInRequest) -> HttpResponse:
    """Who has taken what out, newest first."""
    found = Export.objects.select_related("by")[:LISTED]
    labels = {report.SHEET: _("Rows of an import"), **{each.name: each.label for each in sheets}}
    context = {
        "exports": [(each, labels.get(each.sheet, each.sheet)) for each in found],
        "may_export": request.user.may(Permission.EXPORT_CUSTOMERS),
    }
    return render(request, "crm/staff_exports.html", context)


@require_POST
@staff_required(Permission.EXPORT_CUSTOMERS)
@reauthenticated
def export_all(request: SignedInRequest, sheet: str) -> HttpResponseBase:
    """The whole register: `organisations`, or the `people` on a card in it."""
    form = format_of(request)
    if sheet == "organisations":
        found = Organisation.objects.all()
        return answer(exporting.organisations(found, form, by=request.user, filters={}))
    if sheet == "people":
        people = Person.objects.filter(contact_card__isnull=False)
        return answer(exporting.contacts(people, form, by=request.user, filters={}))
    raise Http404


def format_of(request: SignedInRequest) -> Format:
    """The `form` that was posted; a workbook when it says nothing we know."""
    asked = request.POST.get("form", "")
    return Format(asked) if asked in set(Format) else Format.XLSX


def answer(taken: Taken) -> StreamingHttpResponse:
    """The file as an attachment, in pieces."""
    form = Format(taken.export.form)
    name = f"{taken.export.sheet.replace('.', '-')}-{timezone.localdate():%Y-%m-%d}.{form.ending}"
    return StreamingHttpResponse(
        taken.pieces,
        content_type=form.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
