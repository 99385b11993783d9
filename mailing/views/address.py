"""A closed address: asking for the link that opens it, and opening it. Nothing changes but by POST."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from mailing import links, proofs
from mailing.http import is_within, secluded, too_many
from mailing.views.newsletter import gone
from mailing.views.preferences import done, known_reader


@secluded
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Mail the reader the link that opens their closed address."""
    reader = known_reader(request)
    address = proofs.closed_address(reader.person)
    if address is None:
        return done(reader, "")
    if not is_within(request, "mailed_link"):
        return too_many(request)
    if is_within(request, "mailed_link_to_address", address.email):
        proofs.mail_link(address, language=get_language() or "fi")
    return done(reader, "proof")


@secluded
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, token: str) -> HttpResponse:
    """One button that opens the address; afterwards, and each time again, that it is open."""
    delivery = links.delivery_to_prove(token)
    address = proofs.address_of(delivery) if delivery else None
    if address is None:
        return gone(request)
    if request.method == "POST":
        proofs.prove(address)
    is_open = request.method == "POST" or address.closed_at is None
    return render(
        request, "mailing/address_prove.html", {"email": address.email, "is_open": is_open}
    )
