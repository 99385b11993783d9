"""What a member of staff says of themselves to customers, and when they are away (C5.2, C5.3)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import pictures
from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from crm import answering
from crm.forms.asking import OwnAbsenceForm, ProfileForm
from crm.models import Absence
from crm.views.marking import mark


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OWN_CARD)
def me(request: SignedInRequest) -> HttpResponse:
    """One's card as customers see it, the form for it, and one's absences."""
    form = ProfileForm(request.POST or None, request.FILES or None, instance=request.user)
    if request.method != "POST":
        return page(request, form)
    if not form.is_valid():
        request.user.refresh_from_db()
        return page(request, form, status=422)
    form.save()
    picture = form.cleaned_data["picture"]
    if picture or form.cleaned_data["no_picture"]:
        pictures.put(request.user, picture)
    messages.success(request, _("Saved. This is how customers see you."))
    return redirect("site:staff_me")


@require_POST
@staff_required(Permission.EDIT_OWN_CARD)
def absence(request: SignedInRequest) -> HttpResponse:
    """Mark one's own days away."""
    form = OwnAbsenceForm(request.POST, user=request.user)
    if mark(form):
        messages.success(request, _("The absence is marked."))
        return redirect("site:staff_me")
    return page(request, ProfileForm(instance=request.user), form, status=422)


def page(
    request: SignedInRequest,
    form: ProfileForm,
    absence: OwnAbsenceForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "form": form,
        "absence_form": absence or OwnAbsenceForm(user=request.user),
        "absences": Absence.objects.not_over(today)
        .filter(user=request.user)
        .select_related("user", "deputy"),
        "card": answering.card(request.user),
        "today": today,
    }
    return render(request, "crm/staff_me.html", context, status=status)
