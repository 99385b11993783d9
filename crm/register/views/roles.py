"""A person's roles in organisations: one begins, changes, ends (C1.1)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Permission
from crm import affiliations, looks
from crm.affiliations import (
    AlreadyThereError,
    EndedError,
    LastAdministratorError,
    TooEarlyError,
    part_of,
    version_of,
)
from crm.lists import people as lists
from crm.models import Affiliation
from crm.register.forms.people import EndForm, NewRoleForm, RoleForm, begins
from crm.register.views.person import contact_of
from crm.register.views.person import page as person_page
from crm.versions import StaleError

LAST = gettext_lazy(
    "Nobody else may manage the organisation’s people. Give somebody the rights of an administrator first."
)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def begin(request: SignedInRequest, pk: int) -> HttpResponse:
    """A role that begins."""
    contact = contact_of(request.user, pk)
    form = NewRoleForm(request.POST, prefix="role")
    if not form.is_valid():
        return person_page(request, contact, role_form=form, status=422)
    typed = form.cleaned_data
    try:
        affiliations.begin(
            contact.person,
            typed["organisation"],
            form.part(),
            since=begins(typed["since"]),
            by=request.user,
        )
    except AlreadyThereError:
        form.add_error("organisation", _("The person has a role there already."))
        return person_page(request, contact, role_form=form, status=409)
    messages.success(request, _("Saved."))
    return redirect("site:staff_person_edit", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the person is and may do there; who saves second sees both versions."""
    role = role_of(request.user, pk)
    if request.method != "POST":
        return page(request, role)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return page(request, role, form=form, status=422)
    try:
        affiliations.change(
            role, form.part(), version=form.cleaned_data["version"], by=request.user
        )
    except StaleError:
        return both_versions(request, role, form)
    except LastAdministratorError:
        form.add_error("rights", LAST)
    except EndedError:
        form.add_error(None, _("The role has ended meanwhile."))
    if form.errors:
        return page(request, role_of(request.user, pk), form=form, status=409)
    messages.success(request, _("Saved."))
    return redirect("site:staff_person_edit", role.person_id)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """The role ends, and somebody else is administrator where it was the last one."""
    role = role_of(request.user, pk)
    form = EndForm(role, request.POST, prefix="end")
    if not form.is_valid():
        return page(request, role, end_form=form, status=422)
    try:
        successor = form.cleaned_data.get("successor")
        affiliations.end(role, at=form.at(), successor=successor, by=request.user)
    except LastAdministratorError:
        form.add_error("successor", LAST)
    except TooEarlyError:
        form.add_error("last_day", _("It cannot end before it begins."))
    if form.errors:
        return page(request, role, end_form=form, status=409)
    messages.success(request, _("The role has ended."))
    return redirect("site:staff_person_edit", role.person_id)


def both_versions(request: SignedInRequest, role: Affiliation, form: RoleForm) -> HttpResponse:
    """What somebody else has saved beside what was typed."""
    current = role_of(request.user, role.pk)
    theirs = vars(part_of(current))
    return page(request, current, status=409, **form.beside(theirs, version_of(current)))


def page(
    request: SignedInRequest, role: Affiliation, *, status: int = 200, **more: object
) -> HttpResponse:
    """The form of the role, and the one that ends it; the look is written down."""
    looks.look(role.person, request.user)
    opened = RoleForm(initial={**vars(part_of(role)), "version": version_of(role)})
    context = {
        "role": role,
        "form": more.get("form") or opened,
        "end_form": EndForm(role, prefix="end"),
        **more,
    }
    return render(request, "crm/staff_role.html", context, status=status)


def role_of(user: User, pk: int) -> Affiliation:
    """A role of somebody this member of staff may see."""
    roles = Affiliation.objects.select_related("person", "organisation")
    return get_object_or_404(roles.filter(person__in=lists.seen_by(user)), pk=pk)
