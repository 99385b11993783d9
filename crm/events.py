"""A page of the timeline in words: what its keys stand for, one query for each kind of row (C2.1)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from accounts.models import User
from consent import permission
from consent.kinds import Author
from consent.models import Event, SubjectRequest
from crm import edits, history, timeline
from crm.edits import Edit
from crm.history import Key
from crm.models import Attachment, Encounter
from crm.timeline import Who
from mailing import replies
from mailing.models import Bounce, Delivery, InboundMail

AUTHORS = {Author.STAFF: Who.STAFF, Author.SELF: Who.CUSTOMER, Author.SYSTEM: Who.SYSTEM}


@dataclass(frozen=True)
class Line:
    """An event as the page shows it.

    `kind` says what it is, `what` what happened, `words` are somebody's own (plain text); `facts` are short. `is_closed`
    says that there are words which this reader may not read. An encounter that staff wrote, and a letter that may be filed
    with somebody else, come with themselves; `person` is the key of whom an
    encounter was with.
    """

    at: datetime
    who: Who
    kind: str
    what: str = ""
    words: str = ""
    facts: tuple[str, ...] = ()
    by: str = ""
    is_closed: bool = False
    encounter: Encounter | None = None
    files: tuple[Attachment, ...] = field(default=())
    edit: Edit | None = None
    letter: InboundMail | None = None
    person: int | None = None


def lines(keys: Iterable[Key], reader: User) -> list[Line]:
    """The events of these keys as this member of staff may read them, in the keys' order.

    What has gone since the keys were read is left out.
    """
    wanted: dict[int, list[int]] = defaultdict(list)
    keys = list(keys)
    for key in keys:
        wanted[key.source].append(key.pk)
    found = {
        (source, pk): line
        for source, pks in wanted.items()
        for pk, line in READERS[source](pks, reader)
    }
    return [found[key[1:]] for key in keys if key[1:] in found]


Lines = Iterator[tuple[int, Line]]


def encounters(keys: list[int], reader: User) -> Lines:
    """With their files; the words of a sensitive one are not even fetched for others."""
    files = Attachment.objects.readable_by(reader).order_by("pk")
    rows = list(
        Encounter.objects.readable_by(reader)
        .filter(pk__in=keys)
        .select_related("by", "person", "organisation")
        .prefetch_related(Prefetch("attachments", files, to_attr="shown_files"))
    )
    edited = edits.latest(rows)
    for row in rows:
        kind = timeline.kind_of(row)
        yield (
            row.pk,
            Line(
                row.at,
                kind.who,
                kind=in_words(kind.label, row.data),
                words=row.words,  # type: ignore[attr-defined]  # annotated
                by=str(row.by or ""),
                is_closed=row.is_closed,  # type: ignore[attr-defined]  # annotated
                encounter=row if kind.is_written else None,
                files=tuple(row.shown_files),  # type: ignore[attr-defined]  # prefetched
                edit=edited.get(row.pk),
                person=row.person_id,
            ),
        )


def in_words(label: StrOrPromise, data: Mapping[str, Any]) -> str:
    """The label with the facts in it, in the reader's language; a fact that is missing is a dash."""
    return _(str(label)) % defaultdict(lambda: "–", data)


def events(keys: list[int], _reader: User) -> Lines:
    """What the ledger says."""
    rows = Event.objects.filter(pk__in=keys).select_related("topic", "controller", "wording", "by")
    for row in rows:
        entry = permission.Entry(row)
        yield (
            row.pk,
            Line(
                row.recorded_at,
                AUTHORS[Author(row.by_kind)],
                kind=entry.did,
                what=entry.about,
                facts=(entry.how,),
            ),
        )


def requests(keys: list[int], _reader: User) -> Lines:
    """Rights that were used."""
    for row in SubjectRequest.objects.filter(pk__in=keys):
        state = _("answered") if row.finished_at else _("to be answered")
        kind = _("Request on own data")
        yield (
            row.pk,
            Line(
                row.received_at,
                Who.CUSTOMER,
                kind=kind,
                what=capfirst(row.get_right_display()),
                facts=(state,),
            ),
        )


def deliveries(keys: list[int], _reader: User) -> Lines:
    """Mails to the person, and what became of each."""
    rows = Delivery.objects.filter(pk__in=keys).select_related("message__topic")
    for row in rows:
        moment = row.sent_at or row.transmit_at or row.due_at
        why = (row.why,) if row.state == Delivery.State.SUPPRESSED else ()
        yield (
            row.pk,
            Line(
                moment,
                Who.SYSTEM,
                kind=_("Mail from us"),
                what=row.about,
                facts=(row.get_state_display(), *why),
            ),
        )


def bounces(keys: list[int], _reader: User) -> Lines:
    """Mails that did not arrive."""
    rows = Bounce.objects.filter(pk__in=keys).select_related("delivery__message")
    for row in rows:
        yield (
            row.pk,
            Line(
                row.at,
                Who.SYSTEM,
                kind=capfirst(row.get_kind_display()),
                what=row.delivery.about,
            ),
        )


def inbound(keys: list[int], _reader: User) -> Lines:
    """Mails from the person: their own new words, without what they quote."""
    rows = InboundMail.objects.filter(pk__in=keys)
    for row in rows:
        is_automatic = row.kind == InboundMail.Kind.AUTO_REPLY
        yield (
            row.pk,
            Line(
                row.received_at,
                Who.SYSTEM if is_automatic else Who.CUSTOMER,
                kind=capfirst(row.get_kind_display()) if is_automatic else _("Mail to us"),
                what=row.subject,
                words=replies.own_words(row.text),
                letter=None if is_automatic else row,
            ),
        )


READERS: dict[int, Callable[[list[int], User], Lines]] = {
    history.ENCOUNTER: encounters,
    history.EVENT: events,
    history.REQUEST: requests,
    history.DELIVERY: deliveries,
    history.BOUNCE: bounces,
    history.INBOUND: inbound,
}
