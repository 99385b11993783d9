"""No text makes a header of its own, wherever it comes from (A01)."""

import email
import email.policy

import pytest

from courses import enrolment
from mailing import envelope, gateway, outbox
from mailing.models import Delivery, Message
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

VICTIM = "victim@example.org"
BREAKS = {
    "crlf": "Hei\r\nBcc: {}",
    "lf": "Hei\nBcc: {}",
    "cr": "Hei\rBcc: {}",
    "folded": "Hei\r\n Bcc: {}",
    "blank line": "Hei\r\n\r\nBcc: {}",
    "nel": "Hei\x85Bcc: {}",
    "line separator": "Hei\u2028Bcc: {}",
    "vertical tab": "Hei\x0bBcc: {}",
    "encoded word": "=?utf-8?q?Hei=0D=0ABcc:_{}?=",
    "long": "Hei " + "ä" * 60 + "\r\nBcc: {}",
}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture(params=BREAKS)
def evil(request):
    return BREAKS[request.param].format(VICTIM)


def anna(**fields):
    return factories.person("anna@example.org", language="en", **fields)


def course_title(evil):
    enrolment.enrol(factories.run(factories.course(evil)), anna())


def contact_name(evil):
    contact = factories.staff(None, "coordinator", "aino@example.org", name=evil)
    enrolment.enrol(factories.run(factories.course(contact=contact)), anna())


def person_name(evil):
    person = anna(name=evil)
    factories.grant(person)
    outbox.queue("mailing/newsletter", person, {}, purpose="newsletter")


def subject(evil):
    enrolment.enrol(factories.run(factories.course("Kurssi")), anna())
    context = Message.objects.get().context
    Message.objects.update(context={**context, "course": evil})


def venue(evil):
    enrolment.enrol(factories.run(venue=factories.venue(evil, evil)), anna())


def address(evil):
    outbox.queue("accounts/code", anna(), {"what": "sign_in"}, to=f"{evil}@example.org")


def contact_address(evil):
    context = {"what": "sign_in", "contact": {"email": f"{evil}@example.org"}}
    outbox.queue("accounts/code", anna(), context)


def file_name(evil):
    file = outbox.Attachment(name=f"{evil}.txt", content_type="text/plain", text="Hei")
    outbox.queue("accounts/code", anna(), {"what": "sign_in"}, attachments=[file])


def institution_s_name(evil):
    tamk = factories.institution("tamk", name=evil[:90])
    enrolment.enrol(factories.run(factories.course(institution=tamk)), anna())


PLACES = [
    course_title,
    contact_name,
    person_name,
    subject,
    venue,
    address,
    contact_address,
    file_name,
    institution_s_name,
]


def headers(mail):
    """The names of the mail's headers as any server reads them, and of its parts."""
    return {name.lower() for part in mail.walk() for name in part}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_line_break_makes_no_header_and_reaches_nobody_else(place, evil, server):
    place(evil)
    (queued,) = Delivery.objects.all()
    gateway.drain()
    assert set(server.recipients) <= {"anna@example.org"}
    for mail in server.mails:
        assert not headers(mail) & {"bcc", "cc"}
        assert VICTIM not in str(mail["To"])
    state = Delivery.objects.get(pk=queued.pk).state
    assert (state, len(server.mails)) in {("sent", 1), ("failed", 0)}


def test_the_sender_s_name_is_one_line_too(server, settings, evil):
    settings.SITE_NAME = evil
    outbox.queue("accounts/code", anna(), {"what": "sign_in"})
    gateway.drain()
    assert set(server.recipients) <= {"anna@example.org"}
    assert all(not headers(mail) & {"bcc", "cc"} for mail in server.mails)


@pytest.mark.parametrize(
    "page", ["/en/newsletter/", "/en/me/preferences/link/", "/en/accounts/login/code/"]
)
def test_forms_take_no_address_with_a_line_break(client, page, evil):
    answer = client.post(
        page, {"email": f"anna@example.org{evil}", "frequency": "monthly", "language": "en"}
    )
    assert answer.status_code == 422
    assert not Delivery.objects.exists()


def test_a_control_sees_a_header_that_was_let_in():
    """A mail written by joining lines, as it would be without the house's envelope."""
    joined = "To: anna@example.org\r\nSubject: " + BREAKS["crlf"].format(VICTIM) + "\r\n\r\nHei"
    assert "bcc" in headers(email.message_from_bytes(joined.encode(), policy=email.policy.default))


@pytest.mark.parametrize("broken", ["crlf", "lf"])
def test_a_control_without_the_look_for_line_breaks_a_header_is_let_in(broken, server, monkeypatch):
    monkeypatch.setattr(envelope, "any", lambda _marks: False, raising=False)  # what looks for them
    contact_address(BREAKS[broken].format(VICTIM))
    gateway.drain()
    assert [headers(mail) & {"bcc"} for mail in server.mails] == [{"bcc"}]


def test_a_control_sees_what_an_encoded_word_would_let_in(server, monkeypatch):
    monkeypatch.setattr(envelope, "inert", lambda text: text)
    course_title(BREAKS["encoded word"].format(VICTIM))
    gateway.drain()
    assert "bcc" in headers(server.mails[0])


def test_a_question_in_a_title_stays_what_it_is(server):
    course_title("Mitä on 2+2=?")
    gateway.drain()
    assert "2+2=\u2060?" in server.mails[0]["Subject"]
