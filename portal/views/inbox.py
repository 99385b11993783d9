"""The demo's inbox: the mails that its SMTP server kept, newest first. Elsewhere there is no such page."""

import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import wraps
from io import BytesIO
from pathlib import Path

import nh3
from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponseBase]
SHOWN = nh3.ALLOWED_TAGS - {"h1"}  # the page has a heading of its own
PER_PAGE = 50


@dataclass(frozen=True)
class Mail:
    """A kept mail; `name` is its file's, without the ending."""

    name: str
    message: EmailMessage

    @property
    def to(self) -> str:
        return str(self.message["to"] or "")

    @property
    def sender(self) -> str:
        return str(self.message["from"] or "")

    @property
    def subject(self) -> str:
        return str(self.message["subject"] or "")

    @property
    def date(self) -> datetime | None:
        return getattr(self.message["date"], "datetime", None)

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        return body.get_content() if body else ""

    @property
    def html(self) -> SafeString:
        """The HTML part without styles, scripts and pictures: the page's security policy stays as it is."""
        body = self.message.get_body(("html",))
        return mark_safe(nh3.clean(body.get_content(), tags=SHOWN) if body else "")  # noqa: S308  nh3 has cleaned it

    @property
    def attachments(self) -> list[EmailMessage]:
        return list(self.message.iter_attachments())

    @property
    def files(self) -> list[tuple[str | None, str]]:
        """Name and type of each attachment; a template that asked the part itself would get its headers."""
        return [(part.get_filename(), part.get_content_type()) for part in self.attachments]


def demo_only(view: View) -> View:
    """404 unless this is the demo."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@demo_only
@require_safe
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """All mails, or those to one address: `?to=`."""
    to = request.GET.get("to", "").strip()
    found = [mail for mail in kept() if to.casefold() in mail.to.casefold()]
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/inbox.html", {"page": page, "to": to})


@demo_only
@require_safe
@never_cache
def inbox_mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its text, and its HTML as far as it is safe to show."""
    return render(request, "portal/inbox_mail.html", {"mail": one(name)})


@demo_only
@require_safe
@never_cache
def inbox_attachment(_request: HttpRequest, name: str, number: int) -> HttpResponseBase:
    """A file that came with the mail."""
    attachments = one(name).attachments
    if number >= len(attachments):
        raise Http404
    part = attachments[number]
    content = BytesIO(part.get_payload(decode=True))  # type: ignore[arg-type]  # bytes, since it is decoded
    filename = part.get_filename() or f"attachment-{number + 1}"
    return FileResponse(
        content, as_attachment=True, filename=filename, content_type=part.get_content_type()
    )


def kept() -> Iterator[Mail]:
    """Every kept mail, newest first: the files' names begin with the time."""
    for file in sorted((settings.DEMO_DIR / "mail").glob("*.eml"), reverse=True):
        yield read(file)


def one(name: str) -> Mail:
    """The mail of this name; a name that is no kept file's gives 404."""
    for file in (settings.DEMO_DIR / "mail").glob("*.eml"):
        if file.stem == name:
            return read(file)
    raise Http404


def read(file: Path) -> Mail:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    return Mail(file.stem, message)
