"""Asking for the newsletter, confirming it, disowning it. Nothing changes but by POST: scanners open every link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent import ledger
from consent.models import Preference
from mailing import kinds, links, newsletters
from mailing.forms import SignUpForm
from mailing.http import is_within, secluded, sender, too_many
from mailing.models import SignUp


@require_http_methods(["GET", "HEAD", "POST"])
def newsletter(request: HttpRequest) -> HttpResponse:
    """Address, topics, how often, language. The answer is the same whatever we know of the address."""
    if request.method != "POST":
        wishes = {
            "topics": request.GET.getlist("topics"),
            "frequency": Preference.Frequency.MONTHLY,
            "language": request.LANGUAGE_CODE,
        }
        return render(request, "mailing/newsletter.html", {"form": SignUpForm(initial=wishes)})
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return render(request, "mailing/newsletter.html", {"form": form}, status=422)
    if not is_within(request, "mailed_link"):
        return too_many(request)
    address = form.cleaned_data.pop("email")
    if is_within(request, "mailed_link_to_address", address):
        newsletters.request(address, **form.cleaned_data)
    return redirect("mailing:newsletter_sent")


@require_safe
def newsletter_sent(request: HttpRequest) -> HttpResponse:
    """What to do next: open the mail."""
    return render(request, "mailing/newsletter_sent.html")


@secluded
@require_http_methods(["GET", "HEAD", "POST"])
def newsletter_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The text one agrees to and one button; afterwards, and each time again, that it is done."""
    sign_up = links.sign_up_to_confirm(token)
    if sign_up is None:
        return gone(request)
    if request.method == "POST":
        sign_up = newsletters.confirm(sign_up, **sender(request))
    page = (
        "mailing/newsletter_confirmed.html"
        if sign_up.confirmed_at
        else "mailing/newsletter_confirm.html"
    )
    return render(request, page, about(sign_up))


@secluded
@require_http_methods(["GET", "HEAD", "POST"])
def newsletter_not_me(request: HttpRequest, token: str) -> HttpResponse:
    """For who has asked for nothing: one button that ends it."""
    sign_up = links.sign_up_to_disown(token)
    if sign_up is None:
        return gone(request)
    if request.method == "POST":
        sign_up = newsletters.not_me(sign_up, **sender(request))
    return render(request, "mailing/newsletter_not_me.html", about(sign_up))


def about(sign_up: SignUp) -> dict[str, object]:
    """What a page says of a sign-up."""
    return {
        "sign_up": sign_up,
        "topics": list(sign_up.topics.all()),
        "wording": ledger.wording_of(kinds.NEWSLETTER, sign_up.language),
    }


def gone(request: HttpRequest) -> HttpResponse:
    """A link that is too old, altered, or of another kind."""
    return render(request, "mailing/link_gone.html", status=410)
