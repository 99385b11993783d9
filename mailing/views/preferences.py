"""The preference centre: signed in, by the link in any mail, or by a link one asks for. Nothing changes but by POST.

The link in a mail may lower what is permitted. What raises it is done at once for who is signed in; for others a mail
asks to confirm it.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from consent import ledger, people
from consent.kinds import Method
from consent.ledger import Proof
from consent.models import Event, Person, Topic
from mailing import kinds, links, newsletters, preferences, proofs
from mailing.forms import LinkForm, PreferencesForm
from mailing.http import is_within, secluded, sender, too_many
from mailing.preferences import How, Overview


@dataclass(frozen=True)
class Reader:
    """Whose centre is open: by a key, or by signing in, which alone may raise permission."""

    person: Person
    key: str = ""

    @property
    def may_raise(self) -> bool:
        return not self.key

    def how(self, request: HttpRequest) -> How:
        """The person's own word, with what shows it."""
        note = "by the link in an e-mail" if self.key else "signed in"
        proof = Proof(address=self.person.email, note=note, **sender(request))
        return {"method": Method.FORM, "evidence": proof}


def reader_of(request: HttpRequest) -> Reader | None:
    """Whoever the key belongs to, else who is signed in; None for strangers and keys that open nothing."""
    key = request.GET.get("key", "")
    mine = people.person_of(request.user) if isinstance(request.user, User) else None
    if not key:
        return Reader(mine) if mine else None
    person = links.person_by_key(key)
    if person is None:
        return None
    return Reader(mine) if mine == person else Reader(person, key)


def known_reader(request: HttpRequest) -> Reader:
    """The same for what a form changes: without a reader there is nothing."""
    reader = reader_of(request)
    if reader is None:
        raise Http404
    return reader


@secluded
@require_http_methods(["GET", "HEAD"])
def centre(request: HttpRequest) -> HttpResponse:
    """How everything stands; for a stranger the form to ask for a link."""
    reader = reader_of(request)
    if reader is None:
        status = 410 if "key" in request.GET else 200
        return ask(request, LinkForm(), status=status)
    return page(request, reader)


def page(request: HttpRequest, reader: Reader, form: PreferencesForm | None = None) -> HttpResponse:
    """The centre, with what was just done and what was wrong in the form."""
    known = preferences.overview(reader.person)
    refusal = refusal_of(request, reader)
    context = {
        "reader": reader,
        "known": known,
        "form": form or PreferencesForm(initial=wishes(known)),
        "wording": ledger.wording_of(kinds.NEWSLETTER, get_language() or "fi"),
        "query": urlencode({"key": reader.key}) if reader.key else "",
        "done": request.GET.get("done", ""),
        "refusal": refusal,
        "can_undo": refusal is not None and can_undo(reader, refusal),
        "email": reader.person.email,
        "closed": proofs.closed_address(reader.person),
    }
    status = 422 if form is not None else 200
    return render(request, "mailing/preferences.html", context, status=status)


def wishes(known: Overview) -> dict[str, Any]:
    """What the form shows at first."""
    return {
        "topics": [each.topic.slug for each in known.choices if each.is_on],
        "frequency": known.preference.frequency,
        "paused_until": known.preference.paused_until if known.is_paused else None,
    }


def refusal_of(request: HttpRequest, reader: Reader) -> Event | None:
    """The reader's own event that was just written, by its number in the address."""
    number = request.GET.get("event", "")
    if not number.isdecimal() or len(number) > 18:
        return None
    return Event.objects.of(reader.person).refusals().filter(pk=int(number)).first()


def can_undo(reader: Reader, refusal: Event) -> bool:
    """Whether something ended that this reader can permit anew: by a key only the newsletter, which a mail confirms."""
    ended = preferences.ended_by(reader.person, refusal)
    return any(reader.may_raise or preferences.is_newsletter(each.last) for each in ended)


def done(reader: Reader, what: str, event: Event | None = None) -> HttpResponse:
    """Back to the centre, which says what was done."""
    query = {"key": reader.key} if reader.key else {}
    query |= {"done": what} | ({"event": str(event.pk)} if event else {})
    return redirect(f"{reverse('mailing:preferences')}?{urlencode(query)}#done")


# --- what one does there ------------------------------------------------------------------


@secluded
@require_POST
def newsletter(request: HttpRequest) -> HttpResponse:
    """Save topics, pace and pause of the newsletter."""
    reader = known_reader(request)
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return page(request, reader, form)
    chosen = list(form.cleaned_data.pop("topics"))
    preferences.set_pace(reader.person, **form.cleaned_data)
    preferences.drop(reader.person, chosen, reader.how(request))
    if not preferences.wanting(reader.person, chosen):
        return done(reader, "saved")
    if reader.may_raise:
        language = get_language() or "fi"
        preferences.add(reader.person, chosen, reader.how(request), language=language)
        return done(reader, "saved")
    return ask_to_confirm(request, reader, preferences.wanting(reader.person, chosen))


def ask_to_confirm(request: HttpRequest, reader: Reader, topics: list[Topic]) -> HttpResponse:
    """Mail the link that permits what a key does not."""
    address = reader.person.email
    if not is_within(request, "mailed_link"):
        return too_many(request)
    if is_within(request, "mailed_link_to_address", address):
        newsletters.request(
            address,
            topics=topics if len(topics) < Topic.objects.count() else (),
            frequency=preferences.preference_of(reader.person).frequency,
            language=get_language() or "fi",
        )
    return done(reader, "asked")


@secluded
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop what the form's event is about; without one the newsletter."""
    reader = known_reader(request)
    if "event" not in request.POST:
        event = ledger.withdraw(reader.person, kinds.NEWSLETTER, **reader.how(request))
    else:
        event = preferences.stop(reader.person, own_event(request, reader), reader.how(request))
    return done(reader, "stopped", event)


@secluded
@require_POST
def stop_all(request: HttpRequest) -> HttpResponse:
    """Object to all marketing."""
    reader = known_reader(request)
    event = ledger.object_to_marketing(reader.person, **reader.how(request))
    return done(reader, "objected", event)


@secluded
@require_POST
def permit(request: HttpRequest) -> HttpResponse:
    """Permit again what the form's event is about; for who is signed in."""
    reader = known_reader(request)
    if not reader.may_raise:
        raise Http404
    event = own_event(request, reader)
    preferences.permit(reader.person, event, reader.how(request), language=get_language() or "fi")
    return done(reader, "saved")


@secluded
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Permit again what the form's refusal ended, or fewer of it: at once, or by a mail to confirm it."""
    reader = known_reader(request)
    refusal = own_event(request, reader)
    if "fewer" in request.POST:
        preferences.set_pace(reader.person, frequency="monthly", paused_until=None)
    if reader.may_raise:
        language = get_language() or "fi"
        preferences.undo(reader.person, refusal, reader.how(request), language=language)
        return done(reader, "undone")
    ended = preferences.ended_by(reader.person, refusal)
    topics = [each.topic for each in ended if preferences.is_newsletter(each.last)]
    if not topics:
        return done(reader, "")
    return ask_to_confirm(
        request, reader, [] if None in topics else [each for each in topics if each]
    )


def own_event(request: HttpRequest, reader: Reader) -> Event:
    """The event that the form names, if it is one of the reader's."""
    number = request.POST.get("event", "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    return get_object_or_404(Event.objects.of(reader.person), pk=int(number))


# --- the way in ------------------------------------------------------------------------------


@secluded
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Mail the way in; the answer is the same whatever we know of the address."""
    form = LinkForm(request.POST or None)
    if request.method != "POST":
        return ask(request, form)
    if not form.is_valid():
        return ask(request, form, status=422)
    if not is_within(request, "mailed_link"):
        return too_many(request)
    address = form.cleaned_data["email"]
    if is_within(request, "mailed_link_to_address", address):
        preferences.mail_link(address, language=get_language() or "fi")
    return redirect("mailing:preferences_sent")


@require_http_methods(["GET", "HEAD"])
def sent(request: HttpRequest) -> HttpResponse:
    """What to do next: open the mail."""
    return render(request, "mailing/preferences_sent.html")


def ask(request: HttpRequest, form: LinkForm, *, status: int = 200) -> HttpResponse:
    """The form for the address."""
    return render(request, "mailing/preferences_ask.html", {"form": form}, status=status)
