"""Staff's pages of imports: a file is taken in, its columns named, tried, brought in and perhaps taken back (C1.2)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.forms import BoundField
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import reauthenticated, staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from consent.models.people import visible_to
from crm.importing import report, steps, uploads
from crm.importing.forms import ColumnsForm, UploadForm
from crm.importing.problems import UnreadableError
from crm.importing.steps import WrongStateError
from crm.models import Import
from crm.views import exports

State = Import.State
LISTED, PREVIEWED, SHOWN, ON_PAGE = 50, 8, 20, 100
EXAMPLES = 3
may_import = staff_required(Permission.IMPORT_CUSTOMERS)
may_look = staff_required(Permission.SEE_IMPORTS, writes=Permission.IMPORT_CUSTOMERS)


class Column(NamedTuple):
    """A column of the file: its heading, what its first cells hold, and the field to say what it is."""

    heading: str
    examples: list[str]
    field: BoundField


@require_safe
@may_look
def import_list(request: SignedInRequest) -> HttpResponse:
    """The imports of the user's institutions, newest first."""
    found = Import.objects.visible_to(request.user).select_related("by", "institution")
    context = {
        "imports": found[:LISTED],
        "may_import": request.user.may(Permission.IMPORT_CUSTOMERS),
    }
    return render(request, "crm/staff_imports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may_import
def import_new(request: SignedInRequest) -> HttpResponse:
    """Take a file in. It is read at once, and not kept."""
    form = UploadForm(request.user, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("site:staff_import", receive(request, form).pk)
        except UnreadableError as error:
            form.add_error("file", str(error))
    status = 422 if form.errors else 200
    return render(request, "crm/staff_import_new.html", {"form": form}, status=status)


def receive(request: SignedInRequest, form: UploadForm) -> Import:
    """Read the file from the disk: a small one is written there first, for the reader is a process of its own."""
    file: UploadedFile[Any] = form.cleaned_data["file"]
    read = partial(
        uploads.receive,
        file_name=file.name or "",
        by=request.user,
        institution=form.cleaned_data["institution"],
    )
    if isinstance(file, TemporaryUploadedFile):
        return read(Path(file.temporary_file_path()))
    with NamedTemporaryFile(prefix="import-") as kept:
        for piece in file.chunks():
            kept.write(piece)
        kept.flush()
        return read(Path(kept.name))


@require_http_methods(["GET", "HEAD", "POST"])
@may_look
def import_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where the import is, and what can be done next; htmx asks for how far it is alone. POST names the columns."""
    imported = import_of(request, pk)
    if request.method == "POST":
        return name_columns(request, imported)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx’s middleware
        return progress(request, imported)
    may_change = is_changed_by(request, imported)
    if may_change and (imported.state == State.READ or "columns" in request.GET):
        return columns_page(request, imported, ColumnsForm(imported))
    context = context_of(request, imported) | {
        "may_change": may_change,
        "may_export": may_export(request),
    }
    return render(request, "crm/staff_import.html", context)


def import_of(request: SignedInRequest, pk: int) -> Import:
    """An import the reader may see, or may change where they post."""
    needed = Permission.IMPORT_CUSTOMERS if request.method == "POST" else Permission.SEE_IMPORTS
    visible = Import.objects.visible_to(request.user, needed)
    return get_object_or_404(visible.select_related("by", "institution", "topic"), pk=pk)


def is_changed_by(request: SignedInRequest, imported: Import) -> bool:
    """Whether the reader may do more than look at it."""
    if imported.institution is None:
        return request.user.may_everywhere(Permission.IMPORT_CUSTOMERS)
    return request.user.may(Permission.IMPORT_CUSTOMERS, imported.institution)


def may_export(request: SignedInRequest) -> bool:
    return request.user.may(Permission.EXPORT_CUSTOMERS)


def context_of(request: SignedInRequest, imported: Import) -> dict[str, object]:
    """The counts, the rows with something to tell, and before the trial the first rows as they are understood."""
    told = list(report.first_lines(imported, SHOWN + 1, request.user))
    is_new = imported.state == State.MAPPED
    return {
        "imported": imported,
        "counts": report.counts(imported),
        "lines": told[:SHOWN],
        "has_more": len(told) > SHOWN,
        "preview": report.preview(imported, PREVIEWED, request.user) if is_new else [],
    }


def progress(request: SignedInRequest, imported: Import) -> HttpResponse:
    """How far the work is; when it is over the whole page is drawn anew."""
    context = {"imported": imported, "counts": report.counts(imported)}
    response = render(request, "crm/_staff_import_progress.html", context)
    if not imported.is_at_work:
        response.headers["HX-Refresh"] = "true"
    return response


# --- the columns ------------------------------------------------------------------------------


def name_columns(request: SignedInRequest, imported: Import) -> HttpResponse:
    form = ColumnsForm(imported, request.POST)
    if not form.is_valid():
        return columns_page(request, imported, form, status=422)
    try:
        steps.name_columns(imported, form.columns, form.ground, by=request.user)
    except WrongStateError:
        messages.warning(request, _("This import has gone further meanwhile; nothing was changed."))
    return redirect("site:staff_import", imported.pk)


def columns_page(
    request: SignedInRequest, imported: Import, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    seen = imported.rows.filter(visible_to(request.user)).exclude(values=[])
    first = [row.values for row in seen.order_by("no")[:EXAMPLES]]
    columns = [
        Column(heading, [row[at] for row in first if at < len(row) and row[at]], form[name])
        for at, (heading, name) in enumerate(zip(imported.headings, form.names, strict=True))
    ]
    context = {
        "imported": imported,
        "form": form,
        "columns": columns,
        "ground": [form[name] for name in ("basis", "proof", "source", "topic")],
        "rows": imported.rows.count(),
    }
    return render(request, "crm/staff_import_columns.html", context, status=status)


# --- what is done with it ------------------------------------------------------------------------


def step(verb: Callable[[Import], object], request: SignedInRequest, pk: int) -> HttpResponse:
    """Do it, unless the import is past it: a second press changes nothing."""
    imported = import_of(request, pk)
    try:
        verb(imported)
    except WrongStateError:
        messages.warning(request, _("This import has gone further meanwhile; nothing was changed."))
    return redirect("site:staff_import", pk)


@require_POST
@may_import
def import_check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have every row tried."""
    return step(steps.check, request, pk)


@require_POST
@may_import
def import_begin(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bring in the rows that are good."""
    return step(partial(steps.begin, now=timezone.now()), request, pk)


@require_POST
@may_import
def import_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back what is untouched."""
    return step(steps.undo, request, pk)


@require_POST
@may_import
def import_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Forget an import of which nothing was brought in."""
    try:
        steps.discard(import_of(request, pk))
    except WrongStateError:
        messages.warning(request, _("This import has gone further meanwhile; nothing was changed."))
        return redirect("site:staff_import", pk)
    messages.success(request, _("The file was forgotten. Nothing of it was brought in."))
    return redirect("site:staff_imports")


# --- its rows --------------------------------------------------------------------------------------


@require_safe
@may_look
def import_rows(request: SignedInRequest, pk: int) -> HttpResponse:
    """The rows that have something to tell, in the file's order: `?after=` the last one of the page before."""
    imported = import_of(request, pk)
    after = request.GET.get("after", "")
    after_no = int(after) if after.isdecimal() and len(after) <= 9 else 0
    found = list(report.first_lines(imported, ON_PAGE + 1, request.user, after=after_no))
    context = {
        "imported": imported,
        "lines": found[:ON_PAGE],
        "next": found[ON_PAGE - 1].row if len(found) > ON_PAGE else None,
        "is_first": not after_no,
        "may_export": may_export(request),
    }
    return render(request, "crm/staff_import_rows.html", context)


@require_POST
@staff_required(Permission.EXPORT_CUSTOMERS)
@reauthenticated
def import_file(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """The same rows as a workbook."""
    return exports.answer(report.take_out(import_of(request, pk), by=request.user))
