"""Nothing speaks SMTP but the gateway, and it sends no body but of a delivery the gate has let go (D4.1, D4.2, D4.5)."""

import smtplib
import sys

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import translation

from consent import ledger, people
from courses import enrolment
from mailing import deliveries, gateway, newsletters, outbox
from mailing.models import Delivery
from portal.signin import NoOtherMail
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def spoken(monkeypatch):
    """What was done with `smtplib`, whoever did it: connected, or sent a body; with the modules of ours that led there."""
    done = []

    def note(what, real):
        def noted(self, *arguments, **options):
            done.append((what, callers(), transmitting()))
            return real(self, *arguments, **options)

        return noted

    for what, name in (("connected", "connect"), ("sent", "data")):
        monkeypatch.setattr(smtplib.SMTP, name, note(what, getattr(smtplib.SMTP, name)))
    return done


def callers():
    """Modules of the portal on the stack, outermost first, each once."""
    frame, names = sys._getframe(), []
    while frame is not None:
        name = frame.f_globals["__name__"]
        if name.startswith(("mailing.", "portal.", "consent.", "courses.", "accounts.")):
            names.insert(0, name)
        frame = frame.f_back
    return list(dict.fromkeys(names))


def transmitting():
    return Delivery.objects.filter(state="transmitting").count()


def everything_that_is_told(client):
    """A code to sign in, an enrolment, a request for the newsletter, a campaign, all the rows of which are written."""
    with translation.override("en"):
        client.post(reverse("account_request_login_code"), {"email": "anna@example.org"})
    person = factories.person("bertta@example.org")
    enrolment.enrol(factories.run(), person)
    newsletters.request("celia@example.org", frequency="monthly", language="en")
    factories.grant(person)
    outbox.campaign(
        "mailing/newsletter",
        type(person).objects.all(),
        {"title": "News", "lead": "Two courses", "items": []},
        not_after=NOW + factories.DAY,
        purpose="newsletter",
    )


def test_whatever_happens_on_the_site_only_writes_rows(client, server, spoken):
    factories.user("anna@example.org")
    everything_that_is_told(client)
    assert spoken == []
    assert Delivery.objects.filter(state="queued").count() == 4


def test_the_gateway_alone_connects_and_every_body_is_one_that_is_transmitting(
    client, server, spoken
):
    factories.user("anna@example.org")
    everything_that_is_told(client)
    gateway.drain()
    way = ["mailing.gateway", "mailing.transport"]
    assert spoken == [("connected", way, 0), *[("sent", way, 1)] * 4]
    assert len(server.mails) == 4


def test_control_without_the_gate_a_body_leaves_that_nothing_lets_go(server, spoken, monkeypatch):
    person = people.person_for("anna@example.org")
    outbox.queue("accounts/code", person, {"what": "sign_in"}, secrets={"code": "1234-5678"})
    monkeypatch.setattr(deliveries, "gate", lambda _delivery: True)
    gateway.drain()
    assert [(what, count) for what, _way, count in spoken] == [("connected", 0), ("sent", 0)]


def test_who_says_no_after_the_audience_was_frozen_costs_no_body(client, server, spoken):
    factories.user("anna@example.org")
    everything_that_is_told(client)
    reader = people.person_for("bertta@example.org")
    ledger.object_to_marketing(reader, method="form")
    gateway.drain()
    assert [what for what, _way, _count in spoken] == ["connected", "sent", "sent", "sent"]
    assert Delivery.objects.get(is_bulk=True).decision == "objected"


@pytest.mark.parametrize(
    "send",
    [
        lambda: mail.send_mail("Hei", "Hei", None, ["anna@example.org"]),
        lambda: mail.EmailMessage("Hei", "Hei", to=["anna@example.org"]).send(),
        lambda: mail.EmailMultiAlternatives("Hei", "Hei", to=["anna@example.org"]).send(),
        lambda: mail.send_mass_mail([("Hei", "Hei", None, ["anna@example.org"])]),
    ],
    ids=["send_mail", "EmailMessage", "EmailMultiAlternatives", "send_mass_mail"],
)
def test_django_s_own_ways_are_shut(send, settings, server, spoken):
    settings.EMAIL_BACKEND = f"{NoOtherMail.__module__}.{NoOtherMail.__name__}"
    with pytest.raises(RuntimeError):
        send()
    assert (spoken, server.mails, connection.in_atomic_block) == ([], [], True)
