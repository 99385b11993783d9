"""Whom an import brings in is told so once, within a month, with the source and their rights (GDPR Art. 14)."""

import pytest
from django.utils import timezone

from consent import ledger
from consent.models import Person
from crm import notices
from crm.importing.steps import Ground
from crm.models import ContactPerson
from mailing import gateway
from mailing.models import Delivery
from portal import invariants
from tests import factories
from tests.crm.importing import brought, undone
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

CSV = "Yritys;Nimi;Sähköposti;Kieli\nKonepaja Oy;Anna Virtanen;anna@konepaja.fi;en\n"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tomorrow(set_clock):
    return lambda: set_clock(NOW + DAY)


def inform():
    return notices.inform(now=timezone.now())


def test_the_notice_is_queued_a_day_after_and_only_once(tmp_path, tomorrow):
    brought(tmp_path, CSV)
    assert inform() == 0
    tomorrow()
    assert (inform(), inform()) == (1, 0)
    sent = Delivery.objects.get()
    assert (sent.address, sent.message.template, sent.message.kind) == (
        "anna@konepaja.fi",
        "crm/imported",
        "legal",
    )
    assert ContactPerson.objects.get().informed_at == NOW + DAY


def test_it_says_where_from_why_who_and_what_one_may_do(tmp_path, tomorrow, inbox):
    tamk = factories.institution("tamk", name="Tampereen ammattikorkeakoulu")
    brought(tmp_path, CSV, Ground("interest", "Kuntamarkkinat 2026", institution=tamk))
    tomorrow()
    inform()
    gateway.drain()
    (mail,) = inbox(1)
    text = mail.get_body(("plain",)).get_content()
    for said in (
        "as a contact person of Konepaja Oy",
        "Your details are from this source: Kuntamarkkinat 2026.",
        "our legitimate interest",
        "Tampereen ammattikorkeakoulu, together with the other institutions",
        "have it corrected or erased, have its use restricted, and object to it",
        "Data Protection Ombudsman",
        "/en/privacy/",
    ):
        assert said in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("basis", "said"),
    [("contract", "a contract with you"), ("consent", "take it back at any time")],
)
def test_it_names_the_ground(tmp_path, tomorrow, inbox, basis, said):
    brought(tmp_path, CSV, Ground(basis, "Messut", "kansio 3"))
    tomorrow()
    inform()
    gateway.drain()
    assert said in inbox(1)[0].get_body(("plain",)).get_content().replace("\n", " ")


def test_an_organisations_general_address_gets_none(tmp_path, tomorrow):
    brought(tmp_path, "Yritys;Sähköposti\nKonepaja Oy;info@konepaja.fi\n")
    tomorrow()
    assert inform() == 0


def test_who_has_been_told_before_is_not_told_again(tmp_path, tomorrow):
    anna = factories.person("anna@konepaja.fi")
    ContactPerson.objects.create(person=anna, informed_at=NOW - 100 * DAY)
    brought(tmp_path, CSV)
    tomorrow()
    assert inform() == 0


def test_who_was_taken_back_before_hears_of_nothing(tmp_path, tomorrow):
    undone(brought(tmp_path, CSV))
    tomorrow()
    assert inform() == 0


def test_it_comes_to_who_refuses_marketing_too(tmp_path, tomorrow, inbox):
    brought(tmp_path, CSV)
    ledger.object_to_marketing(Person.objects.get(), method="form")
    tomorrow()
    inform()
    gateway.drain()
    assert len(inbox(1)) == 1


def test_a_month_without_it_breaks_a_promise(tmp_path, set_clock):
    brought(tmp_path, CSV)
    set_clock(NOW + 30 * DAY)
    assert invariants.broken() == {}
    set_clock(NOW + 31 * DAY)
    assert set(invariants.broken()) == {"k4"}
    inform()
    assert invariants.broken() == {}
