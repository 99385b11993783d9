"""What the mail provider tells by its webhooks: mail that came in, and what became of ours (Mailgun, through anymail).

anymail checks the provider's signature and reads its words; what it would hand to Django's signals is handed to the
verbs instead. Without MAILGUN_WEBHOOK_SIGNING_KEY there are no such pages.
"""

import io
import logging
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.mailgun import MailgunInboundWebhookView, MailgunTrackingWebhookView
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from mailing import inbound, provider

log = logging.getLogger(__name__)
NEVER_AGAIN = 406  # Mailgun hands over again whatever is not answered by 200 or this


class Signed:
    """Answers to whoever has the provider's key; a request that breaks the check is refused like a wrong one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"]:
            raise Http404
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # anymail's view
        return answer

    # a mail is in any encoding, and one too large has an answer of its own
    dispatch.takes_any_bytes = True  # type: ignore[attr-defined]  # as Django's own marks on views

    def run_validators(self, request: HttpRequest) -> None:
        try:
            super().run_validators(request)  # type: ignore[misc]  # anymail's view
        except (AttributeError, TypeError, ValueError) as error:
            raise AnymailWebhookValidationFailure from error


class Mail(Signed, MailgunInboundWebhookView):
    """Mail that came in, as raw MIME: the route's address ends with `mime`."""

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            self.run_validators(request)
            mime = request.POST["body-mime"]
        except (RequestDataTooBig, KeyError) as error:
            log.warning("The provider's mail was not taken: %s", type(error).__name__)
            return HttpResponse(status=NEVER_AGAIN)
        inbound.receive(
            io.BytesIO(mime.encode("utf-8", "surrogateescape")),
            to=request.POST.get("recipient", ""),
            sender=request.POST.get("sender"),
        )
        return HttpResponse()


class Events(Signed, MailgunTrackingWebhookView):
    """What became of mail that the provider took."""

    def post(self, request: HttpRequest) -> HttpResponse:
        self.run_validators(request)
        for event in self.parse_events(request):
            provider.take(event)
        return HttpResponse()
