"""Staff's view of the mail: does it leave, what is in doubt, what was stopped and why; and every template (D3.8, D4.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.models import LANGUAGES, User
from accounts.roles import Permission
from consent import verification
from consent.models import Address
from consent.models.people import visible_to
from mailing import doubt, samples
from mailing.forms import DoubtForm
from mailing.models import Delivery
from mailing.templates import Template, templates

State = Delivery.State
LISTED = (State.FAILED, State.SUPPRESSED, State.IN_DOUBT, State.QUEUED, State.SENT)
FIRST, ON_PAGE = 10, 50
WIDTHS = (390, 600)  # CSS pixels: a phone, and the sheet's full width
SCHEMES = ("light", "dark")
DARK = "@media (prefers-color-scheme: dark)"


# --- what leaves ------------------------------------------------------------------------


@require_safe
@staff_required(Permission.USE_WORKBENCH)
def mail(request: SignedInRequest) -> HttpResponse:
    """Counts by state, what waits for a decision, the last that were stopped or failed, closed addresses."""
    seen = Delivery.objects.visible_to(request.user).told()
    by_state = dict(
        Delivery.objects.values_list("state").annotate(count=Count("pk")).order_by("state")
    )
    context = {
        "counts": [(state, by_state.get(state, 0)) for state in State],
        "doubts": seen.filter(state=State.IN_DOUBT).order_by("transmit_at")[:ON_PAGE],
        "suppressed": seen.filter(state=State.SUPPRESSED)[:FIRST],
        "failed": seen.filter(state=State.FAILED)[:FIRST],
        "closed": Address.objects.filter(
            visible_to(request.user), closed_at__isnull=False
        ).order_by("-closed_at")[:FIRST],
        "examined": verification.last_examined(),
        **rights_of(request),
    }
    return render(request, "mailing/staff_mail.html", context)


@require_safe
@staff_required(Permission.USE_WORKBENCH)
def deliveries(request: SignedInRequest) -> HttpResponse:
    """The deliveries in one state, newest first: `?state=`, and `before=` the last one of the page before."""
    state = request.GET.get("state", "")
    if state not in LISTED:
        raise Http404
    found = Delivery.objects.visible_to(request.user).told().filter(state=state)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) <= 18:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: ON_PAGE + 1])
    context = {
        "state": State(state),
        "states": [State(each) for each in LISTED],
        "lines": lines(rows[:ON_PAGE]),
        "older": rows[ON_PAGE - 1] if len(rows) > ON_PAGE else None,
        "is_first": not before,
        **rights_of(request),
    }
    return render(request, "mailing/staff_deliveries.html", context)


@dataclass(frozen=True)
class Line:
    """A delivery, and who of staff ended its doubt."""

    delivery: Delivery
    settled_by: User | None


def lines(rows: list[Delivery]) -> list[Line]:
    """The rows with the names behind “staff 12”; one query."""
    keys = {row.pk: row.resolved_by.removeprefix("staff ") for row in rows}
    wanted = [int(key) for key in keys.values() if key.isdecimal()]
    users = {str(user.pk): user for user in User.objects.filter(pk__in=wanted)}
    return [Line(row, users.get(keys[row.pk])) for row in rows]


@require_POST
@staff_required(Permission.SETTLE_DOUBTS)
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write what became of a delivery in doubt, with who said so; nothing when the doubt has ended already."""
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk)
    form = DoubtForm(request.POST)
    if not form.is_valid():
        raise Http404
    if doubt.resolve(delivery, form.cleaned_data["state"], request.user):
        messages.success(request, _("Noted. The doubt has ended."))
    else:
        messages.warning(request, _("This doubt had ended already; nothing was changed."))
    return redirect("site:staff_mail")


def rights_of(request: SignedInRequest) -> dict[str, bool]:
    """What the lists show this member of staff."""
    return {
        "may_see_people": request.user.may(Permission.SEE_PEOPLE),
        "may_settle": request.user.may(Permission.SETTLE_DOUBTS),
    }


# --- templates ------------------------------------------------------------------------------


@require_safe
@staff_required(Permission.USE_WORKBENCH)
def template_list(request: SignedInRequest) -> HttpResponse:
    """Every mail there is: its subject, what it is for, its class."""
    language = language_of(request.GET, request.LANGUAGE_CODE)
    shown = [(each, samples.draw(each, language)) for each in templates]
    context = {"shown": shown, "language": language, "mail_languages": LANGUAGES}
    return render(request, "mailing/staff_templates.html", context)


@csp_update({"frame-src": [SELF]})
@require_safe
@staff_required(Permission.USE_WORKBENCH)
def template_detail(request: SignedInRequest, app: str, page: str) -> HttpResponse:
    """One mail from its sample: headers, text, weight, and its HTML in frames as wide as a phone and as the sheet."""
    template, variant = template_of(request, app, page)
    language = language_of(request.GET, request.LANGUAGE_CODE)
    whole = samples.mail(template, language, variant)
    drawn = samples.draw(template, language, variant)
    scheme = request.GET.get("scheme", "")
    context = {
        "template": template,
        "drawn": drawn,
        "headers": [(name, value) for name, value in whole.items() if name != "Subject"],
        "kilobytes": len(drawn.html.encode()) / 1000,
        "whole_kilobytes": len(whole.as_bytes()) / 1000,
        "widths": WIDTHS,
        "schemes": SCHEMES,
        "scheme": scheme if scheme in SCHEMES else SCHEMES[0],
        "language": language,
        "mail_languages": LANGUAGES,
        "variant": variant,
        "variants": range(len(template.variants) + 1),
    }
    return render(request, "mailing/staff_template.html", context)


@xframe_options_sameorigin
@csp_replace(
    {
        "frame-ancestors": [SELF],
        "sandbox": [True],
        "script-src": [NONE],
        "style-src": ["'unsafe-inline'"],  # mails carry their styles with them
        "form-action": [NONE],
    }
)
@require_safe
@staff_required(Permission.USE_WORKBENCH)
def template_html(request: SignedInRequest, app: str, page: str) -> HttpResponse:
    """The HTML part alone, for the frames: nothing in it can act. `?scheme=dark` shows it as a dark mail program."""
    template, variant = template_of(request, app, page)
    drawn = samples.draw(template, language_of(request.GET, request.LANGUAGE_CODE), variant)
    is_dark = request.GET.get("scheme") == "dark"
    return HttpResponse(drawn.html.replace(DARK, "@media all" if is_dark else "@media not all"))


def template_of(request: HttpRequest, app: str, page: str) -> tuple[Template, int]:
    """The template of this name and the variant that is asked for; 404 when there is none."""
    name, variant = f"{app}/{page}", request.GET.get("variant", "0")
    if name not in templates or variant not in map(str, range(len(templates[name].variants) + 1)):
        raise Http404
    return templates[name], int(variant)


def language_of(query: Mapping[str, str], otherwise: str) -> str:
    """`?language=`, else the reader's own."""
    asked = query.get("language", "")
    return asked if asked in dict(LANGUAGES) else otherwise
