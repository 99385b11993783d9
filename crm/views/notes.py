"""Staff write on a customer's timeline, edit what they wrote, and read its files (C2.2, A05)."""

from csp.constants import NONE
from csp.decorators import csp
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from crm import attachments, filetypes, looks, notes, timeline
from crm.forms.notes import EditForm, NoteForm
from crm.models import Attachment, Encounter, Look
from crm.versions import StaleError
from crm.views import customers

NO_ROOM = 507  # RFC 4918, section 11.5


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def person_note(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write on a person's timeline."""
    person = customers.person_of(pk)
    if customers.is_erased(person):
        return customers.person_page(request, person)
    form = NoteForm(request.POST, request.FILES)
    status = write(request, form, person=person)
    if status == 302:
        return redirect("site:staff_person", person.pk)
    return customers.person_page(request, person, form, status=status)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def organisation_note(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write on an organisation's timeline."""
    organisation = customers.organisation_of(pk)
    form = NoteForm(request.POST, request.FILES)
    status = write(request, form, organisation=organisation)
    if status == 302:
        return redirect("site:staff_organisation", organisation.pk)
    return customers.organisation_page(request, organisation, form, status=status)


def write(request: SignedInRequest, form: NoteForm, **customer: object) -> int:
    """The status of the answer: 302 when it is written; else the form says what was wrong, and nothing is."""
    if not form.is_valid():
        return 422
    try:
        notes.add(form.note, by=request.user, **customer)  # type: ignore[arg-type]  # a person or an organisation
    except OSError:
        form.add_error(
            "file", _("The file could not be stored, so nothing was written. Try again later.")
        )
        return NO_ROOM
    messages.success(request, _("Written on the timeline."))
    return 302


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change the words of a note; whoever was slower sees what the other wrote, and keeps their own words: 409."""
    encounter = readable(request, pk)
    looks.look_at(encounter, request.user)
    as_it_is = {
        "text": encounter.text,
        "visibility": encounter.visibility == Encounter.Visibility.SENSITIVE,
        "version": encounter.version,
    }
    form = EditForm(request.POST or None, initial=as_it_is)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            notes.edit(encounter, **form.cleaned_data)
        except StaleError:
            form = EditForm(initial={**form.cleaned_data, "version": encounter.version})
            status = 409
        else:
            messages.success(request, _("Saved. The earlier words stay in the audit."))
            return home_of(encounter)
    elif request.method == "POST":
        status = 422
    context = {"encounter": encounter, "form": form, "is_stale": status == 409}
    return render(request, "crm/staff_note_edit.html", context, status=status)


def readable(request: SignedInRequest, pk: int) -> Encounter:
    """A note whose words the member of staff may read; 404 for any other."""
    kinds = [kind.name for kind in timeline.written()]
    found = Encounter.objects.open_to(request.user).filter(kind__in=kinds)
    return get_object_or_404(found.select_related("person", "organisation", "by"), pk=pk)


def home_of(encounter: Encounter) -> HttpResponseRedirect:
    """The page whose timeline the encounter is on."""
    if encounter.person_id:
        return redirect("site:staff_person", encounter.person_id)
    return redirect("site:staff_organisation", encounter.organisation_id)


# --- files --------------------------------------------------------------------------------


@csp({"default-src": [NONE], "sandbox": [True]})
@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def attachment(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """A file, to be saved: nothing in it is shown or run by the browser as a page of ours."""
    found = attached(request, pk)
    try:
        content = found.file.open()
    except FileNotFoundError:
        return HttpResponse(status=410)
    return FileResponse(
        content,
        as_attachment=True,
        filename=found.name,
        content_type=filetypes.MEDIA.get(found.kind, "application/octet-stream"),
    )


def attached(request: SignedInRequest, pk: int) -> Attachment:
    """A file whose note the member of staff may read; the look at its person is written down."""
    rows = Attachment.objects.readable_by(request.user)
    found = get_object_or_404(rows.select_related("encounter__person"), pk=pk)
    if found.encounter.person is not None:
        looks.look(found.encounter.person, request.user, Look.Page.ATTACHMENT)
    return found


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def detach(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete a file that should not be there."""
    found = attached(request, pk)
    with transaction.atomic():
        attachments.detach(found)
    messages.success(request, _("The file was deleted."))
    return home_of(found.encounter)


# --- tasks --------------------------------------------------------------------------------
