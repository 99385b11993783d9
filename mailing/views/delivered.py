"""What the links of a mail that has arrived open: stop it, and why it came."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent.history import Entry
from consent.kinds import Method
from consent.ledger import Proof
from consent.purposes import Kind, kind_of, purposes
from mailing import links, preferences
from mailing.http import secluded, sender
from mailing.models import Delivery
from mailing.views.newsletter import gone
from mailing.views.preferences import Reader, done


@csrf_exempt  # mail programs post without a page of ours, and it can only end something
@secluded
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One click of a mail program (RFC 8058), or the page with a button for people; in the mail's language."""
    delivery = links.delivery_to_stop(token)
    if delivery is None:
        return gone(request)
    with translation.override(delivery.language):
        if request.method == "POST":
            return stopped(request, delivery)
        return render(request, "mailing/unsubscribe.html", about(delivery))


def stopped(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Stop it, and say so: to a program with an empty 200, to a person with what else they can do."""
    is_program = request.POST.get("List-Unsubscribe") == "One-Click"
    proof = Proof(address=delivery.address, **sender(request))
    method = Method.ONE_CLICK if is_program else Method.FORM
    event = preferences.stop_mail(delivery, {"method": method, "evidence": proof})
    if is_program:
        return HttpResponse(content_type="text/plain")
    return done(Reader(delivery.person, links.preferences_key(delivery)), "stopped", event)


@secluded
@require_safe
def why(request: HttpRequest, token: str) -> HttpResponse:
    """What the message was for, which word allowed it, when it was given, and in which text."""
    delivery = links.delivery_to_explain(token)
    if delivery is None:
        return gone(request)
    return render(request, "mailing/why.html", about(delivery))


def about(delivery: Delivery) -> dict[str, object]:
    """What the pages say of a delivery."""
    message = delivery.message
    return {
        "delivery": delivery,
        "message": message,
        "kind": kind_of(message.purpose),
        "title": purposes[message.purpose].title if message.purpose in purposes else "",
        "permitted_by": Entry(delivery.permitted_by) if delivery.permitted_by else None,
        "is_marketing": kind_of(message.purpose) == Kind.MARKETING,
        "unsubscribe_url": links.one_click_url(delivery),
        "preferences_url": links.preferences_url(delivery),
    }
