"""The tray: mail of unknown senders, until staff say whose it is (C2.4)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from consent.models import Person
from consent.models.people import visible_to
from consent.people import SuppressedError
from crm import looks, tray
from crm.forms.tray import FileForm, MailForm, NewForm, SearchForm
from crm.versions import StaleError
from mailing.models import InboundMail

ON_PAGE = 20


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def mails(request: SignedInRequest) -> HttpResponse:
    """What waits, the oldest first."""
    pages = Paginator(tray.waiting(), ON_PAGE)
    context = {"page": pages.get_page(request.GET.get("page"))}
    return render(request, "crm/staff_tray.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_CUSTOMERS, writes=Permission.EDIT_CUSTOMERS)
def mail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One mail, and whose it may be: those at the same organisation, or whom staff look for."""
    search = SearchForm(request.POST or None)
    if request.method == "POST" and search.is_valid():
        found = tray.candidates(search.cleaned_data["words"])
        return mail_page(request, letter(request, pk), search, found)
    return mail_page(
        request, letter(request, pk), search, None, status=422 if search.is_bound else 200
    )


def mail_page(
    request: SignedInRequest,
    shown: InboundMail,
    search: SearchForm,
    found: list[Person] | None,
    *,
    new: NewForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The mail's page; `found` is None until somebody has been looked for. The look at whose it is, is written down."""
    looks.look_at(shown, request.user)
    may_file = request.user.may(Permission.EDIT_CUSTOMERS)
    context = {
        "mail": shown,
        "version": tray.version_of(shown),
        "search": search,
        "found": found,
        "suggested": tray.suggestions(shown) if may_file and found is None else [],
        "may_file": may_file,
        "new": new or NewForm(),
    }
    return render(request, "crm/staff_tray_mail.html", context, status=status)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def file(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put the mail on a customer's timeline."""
    form = FileForm(request.POST)
    shown = letter(request, pk)
    if not form.is_valid():
        return mail_page(request, shown, SearchForm(), None, status=422)
    person = form.cleaned_data["person"]
    try:
        tray.file(shown, person, by=request.user, version=form.cleaned_data["version"])
    except StaleError:
        return told_stale(request, shown)
    messages.success(request, _("The mail is on the timeline of %(name)s.") % {"name": person})
    return redirect("site:staff_tray")


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def file_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make a person of the sender, and put the mail on their timeline."""
    form = NewForm(request.POST)
    shown = letter(request, pk)
    if not form.is_valid():
        return mail_page(request, shown, SearchForm(), None, new=form, status=422)
    name, version = form.cleaned_data["called"], form.cleaned_data["version"]
    try:
        tray.file_new(shown, name, by=request.user, version=version)
    except StaleError:
        return told_stale(request, shown)
    except SuppressedError:
        form.add_error(
            None,
            _("The sender’s data were erased, or they object. They come back by their own doing."),
        )
        return mail_page(request, shown, SearchForm(), None, new=form, status=409)
    messages.success(request, _("The mail is on the timeline of %(name)s.") % {"name": name})
    return redirect("site:staff_tray")


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def set_aside(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take the mail out of the tray; it concerns no customer."""
    form = MailForm(request.POST)
    shown = letter(request, pk)
    try:
        if form.is_valid():
            tray.set_aside(shown, by=request.user, version=form.cleaned_data["version"])
            messages.success(request, _("Set aside."))
            return redirect("site:staff_tray")
    except StaleError:
        return told_stale(request, shown)
    return mail_page(request, shown, SearchForm(), None, status=422)


def told_stale(request: SignedInRequest, shown: InboundMail) -> HttpResponse:
    """Somebody else was faster: the mail as it is now."""
    messages.warning(
        request, _("A colleague has dealt with this mail meanwhile; nothing was changed.")
    )
    return mail_page(request, letter(request, shown.pk), SearchForm(), None, status=409)


def letter(request: SignedInRequest, pk: int) -> InboundMail:
    """A mail that people wrote, of nobody or of whom the member of staff may see; reports and programs' answers are nobody's to file."""
    found = InboundMail.objects.filter(visible_to(request.user), kind__in=tray.LETTERS)
    return get_object_or_404(found.select_related("person", "filing__by"), pk=pk)
