"""Who of staff answers for how many customers, who is away, by what rules, how fast; and changing it (C5.1, C5.3)."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q, QuerySet
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Permission
from common.days import database_now
from consent.models import Person
from crm import absences, answer_times, answering, leaving, looks, named_contacts
from crm.forms.asking import AbsenceForm, HandOverForm, NameForm, RuleForm
from crm.models import Absence, ContactRule, Organisation
from crm.named_contacts import Customer, UnreachableError
from crm.views.marking import mark


@require_safe
@staff_required(Permission.SEE_CONTACTS)
def contacts(request: SignedInRequest) -> HttpResponse:
    """Loads, absences, rules and figures; for who manages them with forms."""
    return page(request)


def page(request: SignedInRequest, *, status: int = 200, **forms: BaseForm) -> HttpResponse:
    """The page, with a form that was refused in place of an empty one."""
    today = timezone.localdate()
    people = list(loads())
    context = {
        "people": people,
        "most": max((each.customer_count for each in people), default=0),
        "away": Absence.objects.not_over(today).select_related("user", "deputy"),
        "today": today,
        "rules": ContactRule.objects.select_related("institution", "topic", "user").order_by(
            F("institution__slug").asc(nulls_last=True),
            F("topic__slug").asc(nulls_last=True),
            "user__name",
        ),
        "figures": answer_times.figures(database_now()),
        "may_manage": request.user.may(Permission.MANAGE_CONTACTS),
        "absence_form": AbsenceForm(prefix="absence"),
        "rule_form": RuleForm(prefix="rule"),
        "hand_over_form": HandOverForm(prefix="hand"),
        **forms,
    }
    return render(request, "crm/staff_contacts.html", context, status=status)


def loads() -> "QuerySet[Any]":
    """Everybody who can answer, with how many people and organisations they are named for."""
    now = Q(customers__until=None)
    return answering.who_can_answer().annotate(
        customer_count=Count("customers", filter=now),
        organisation_count=Count("customers__organisation", filter=now),
    )


@require_POST
@staff_required(Permission.MANAGE_CONTACTS)
def absence(request: SignedInRequest) -> HttpResponse:
    """Mark anybody's days away."""
    form = AbsenceForm(request.POST, prefix="absence")
    if not mark(form):
        return page(request, absence_form=form, status=422)
    messages.success(request, _("The absence is marked."))
    return redirect("site:staff_contacts")


@require_POST
@staff_required(Permission.EDIT_OWN_CARD)
def absence_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End or call off one's own absence, or anybody's for who manages them."""
    manages = request.user.may(Permission.MANAGE_CONTACTS)
    mine = Absence.objects.all() if manages else Absence.objects.filter(user=request.user)
    absences.end(get_object_or_404(mine, pk=pk))
    messages.success(request, _("The absence has ended."))
    return redirect("site:staff_contacts" if manages else "site:staff_me")


@require_POST
@staff_required(Permission.MANAGE_CONTACTS)
def rule(request: SignedInRequest) -> HttpResponse:
    """Add a rule; it counts from the next customer on."""
    form = RuleForm(request.POST, prefix="rule")
    if not form.is_valid():
        return page(request, rule_form=form, status=422)
    form.save()
    messages.success(request, _("The rule counts from the next new customer on."))
    return redirect("site:staff_contacts")


@require_POST
@staff_required(Permission.MANAGE_CONTACTS)
def rule_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Drop a rule; customers who were named by it stay where they are."""
    ContactRule.objects.filter(pk=pk).delete()
    messages.success(request, _("The rule is gone; nobody’s named contact has changed."))
    return redirect("site:staff_contacts")


@require_POST
@staff_required(Permission.MANAGE_CONTACTS)
def hand_over(request: SignedInRequest) -> HttpResponse:
    """All customers of one to another."""
    form = HandOverForm(request.POST, prefix="hand")
    if not form.is_valid():
        return page(request, hand_over_form=form, status=422)
    try:
        giver, taker = form.cleaned_data["giver"], form.cleaned_data["taker"]
        moved = leaving.hand_over(giver, taker, by=request.user)
    except UnreachableError:
        form.add_error("taker", _("They have just left: choose somebody else."))
        return page(request, hand_over_form=form, status=409)
    said = ngettext("%(n)d customer handed over.", "%(n)d customers handed over.", moved)
    messages.success(request, said % {"n": moved})
    return redirect("site:staff_contacts")


# --- one customer -----------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_CONTACTS, writes=Permission.MANAGE_CONTACTS)
def of_person(request: SignedInRequest, pk: int) -> HttpResponse:
    """A person's named contact, now and before."""
    return of_customer(request, get_object_or_404(Person.objects.visible_to(request.user), pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_CONTACTS, writes=Permission.MANAGE_CONTACTS)
def of_organisation(request: SignedInRequest, pk: int) -> HttpResponse:
    """An organisation's named contact, now and before."""
    return of_customer(request, get_object_or_404(Organisation, pk=pk))


def of_customer(request: SignedInRequest, customer: Customer) -> HttpResponse:
    """Who answers one customer; for who manages that, with the form to choose it by hand."""
    form, status = NameForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and named(form, customer, request.user):
            messages.success(request, _("Saved, and shown to the customer at once."))
            return redirect(request.path)
    looks.look_at(customer, request.user)
    history = named_contacts.of_customer(customer).select_related("user", "by").order_by("-since")
    context = {
        "customer": customer,
        "is_person": isinstance(customer, Person),
        "form": form,
        "history": history,
        "found": answering.of(customer),
        "may_name": request.user.may(Permission.MANAGE_CONTACTS),
    }
    return render(request, "crm/staff_contact_of.html", context, status=status)


def named(form: NameForm, customer: Customer, by: User) -> bool:
    """Name who was chosen; false, with what is wrong on the form, for one who has just left."""
    try:
        named_contacts.name_by_hand(customer, form.cleaned_data["user"], by=by)
    except UnreachableError:
        form.add_error("user", _("They have just left: choose somebody else."))
        return False
    return True
