"""Staff press, the business register is asked, and what it says otherwise is shown to be accepted field by field (C1.1)."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from crm import business_register, filling
from crm.business_register import Company, RegisterError, Trouble
from crm.filling import Proposal
from crm.models import Organisation
from crm.versions import StaleError

SALT = "crm.business_register"
AN_HOUR = 3600  # seconds
TROUBLES = {
    Trouble.OFF: gettext_lazy("This portal does not ask the business register."),
    Trouble.BUSY: gettext_lazy(
        "The business register is asked too often just now. Try again in a minute."
    ),
    Trouble.DOWN: gettext_lazy("The business register does not answer. Try again later."),
    Trouble.GARBLED: gettext_lazy("The business register gave an answer that cannot be read."),
}
SITUATIONS = {
    "SANE": gettext_lazy("under reorganisation"),
    "SELTILA": gettext_lazy("in liquidation"),
    "KONK": gettext_lazy("bankrupt"),
}


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def look_up(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask the register of the organisation's business ID; nothing is changed. 502 when it gives no answer."""
    organisation = get_object_or_404(
        Organisation.objects.prefetch_related("names", "addresses"), pk=pk
    )
    if not organisation.business_id:
        return page(
            request, organisation, said=_("The organisation has no business ID."), status=422
        )
    try:
        company = business_register.find(organisation.business_id, request.LANGUAGE_CODE)
    except RegisterError as error:
        return page(request, organisation, said=str(TROUBLES[error.trouble]), status=502)
    if company is None:
        said = _("The business register knows nobody of this business ID.")
        return page(request, organisation, said=said, status=404)
    return page(request, organisation, company=company)


def page(
    request: SignedInRequest,
    organisation: Organisation,
    *,
    company: Company | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    found = filling.proposals(organisation, company) if company else []
    context = {
        "organisation": organisation,
        "company": company,
        "situations": [SITUATIONS[each] for each in company.situations] if company else [],
        "proposals": found,
        "signed": sealed(organisation, found),
        "said": said,
    }
    return render(request, "crm/staff_business_register.html", context, status=status)


def sealed(organisation: Organisation, found: list[Proposal]) -> str:
    """What was shown, so that just that is accepted, and the register need not be asked twice."""
    shown = [organisation.pk, organisation.version, {each.name: each.value for each in found}]
    return signing.dumps(shown, salt=SALT, compress=True)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write the fields that were ticked, as they were shown in the last hour."""
    organisation = get_object_or_404(Organisation, pk=pk)
    shown = opened(request.POST.get("signed", ""), pk)
    if shown is None:
        messages.warning(
            request, _("What the register said has been shown too long ago. Ask again.")
        )
        return redirect("site:staff_organisation", pk)
    version, values = shown
    chosen = [(name, values[name]) for name in request.POST.getlist("accept") if name in values]
    try:
        if chosen:
            filling.accept(organisation, version, chosen, by=request.user)
            messages.success(request, _("Filled in from the business register."))
        else:
            messages.warning(request, _("Nothing was ticked, so nothing was filled in."))
    except StaleError:
        messages.warning(
            request,
            _("Somebody has changed the organisation meanwhile; nothing was filled in. Ask again."),
        )
    return redirect("site:staff_organisation", pk)


def opened(signed: str, pk: int) -> tuple[int, dict[str, Any]] | None:
    """Version and values that were shown of this organisation; None when they are another's, altered or old."""
    try:
        key, version, values = signing.loads(signed, salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature:
        return None
    return (version, values) if key == pk else None
