"""A customer with every kind of event, for the walks over the workbench's pages."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from consent import ledger
from consent.models import Person
from crm import looks, notes, tasks, timeline
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    NamedContact,
    Organisation,
    Situation,
)
from crm.notes import Note, Step
from mailing.models import InboundMail
from tests import factories

DAY = timedelta(days=1)
BUSINESS_ID = "0112038-9"
NOTES = (
    (
        "crm.meeting",
        3,
        "Käytiin läpi syksyn koulutukset. Tekoälykurssi kiinnostaa kahdeksaa ihmistä.",
    ),
    ("crm.call", 20, "Kysyin, miten johtamiskoulutus sujui. Hyvin: https://example.org/palaute"),
    ("crm.note", 41, "Budjetti lyödään lukkoon marraskuussa."),
    ("crm.fair", 160, "Tavattiin Alihankintamessuilla."),
    ("crm.visit", 400, "Tehdaskierros ja kahvit."),
)


def customer(of: Person, staff: User) -> Organisation:
    """Nokian Hitsaus Oy with the person in it, a history with both, and something to do; made once."""
    known = Organisation.objects.filter(business_id=BUSINESS_ID).first()
    return known or _customer(of, staff)


def _customer(of: Person, staff: User) -> Organisation:
    now, today = timezone.now(), timezone.localdate()
    company = Organisation.objects.create(
        name="Nokian Hitsaus Oy", business_id=BUSINESS_ID, size="medium", industry="25620"
    )
    Affiliation.objects.create(
        person=of,
        organisation=company,
        title="henkilöstöjohtaja",
        decision_power="decides",
        is_primary=True,
        since=now - 900 * DAY,
    )
    before = Organisation.objects.create(name="Vanha Työpaikka Oy")
    Affiliation.objects.create(
        person=of, organisation=before, since=now - 2000 * DAY, until=now - 900 * DAY
    )
    card = ContactPerson.objects.create(person=of, languages=["fi", "en"], source="messut 2024")
    ContactPhone.objects.create(contact=card, number="+358401234567", is_primary=True)
    NamedContact.objects.create(organisation=company, user=staff, chosen="hand")
    Situation.objects.create(
        person=of,
        organisation=company,
        kind="situation",
        text="Uusi tuotantolinja otetaan käyttöön keväällä.",
        since=today - 60 * DAY,
        until=today + 30 * DAY,
    )
    for kind, days, text in NOTES:
        at = now - days * DAY
        notes.add(Note(kind, text, at=at), person=of, organisation=company, by=staff)
    secret = Note("crm.note", "Salainen asia.", visibility="sensitive", step=Step("Soita taas"))
    notes.add(secret, person=of, by=staff)
    tasks.give("Lähetä tarjous tekoälykurssista", due_at=now - DAY, by=staff, about=of)
    tasks.give("Kutsu syystapaamiseen", due_at=now + 9 * DAY, by=staff, about=company)
    timeline.record("courses.enrolled", person=of, title="Tekoäly esihenkilön työssä")
    factories.grant(of, topic=factories.topic("digi"))
    ledger.withdraw(of, "newsletter", channel="sms", method="form")
    InboundMail.objects.create(
        kind="reply",
        person=of,
        sender=of.email,
        subject="Re: Koulutus",
        text="Hei! Voiko kurssille tulla vielä yksi ihminen?\n\nTerveisin Liisa\n\n> Alkuperäinen",
        size=300,
        digest="1" * 64,
    )
    looks.look(of, staff)
    return company


def letter() -> InboundMail:
    """A mail in the tray, from where the customer's people write."""
    company = Organisation.objects.get(business_id=BUSINESS_ID)
    company.domains.get_or_create(domain="hitsaus.fi")
    values = {
        "kind": "unknown",
        "sender": "matti@hitsaus.fi",
        "subject": "Koulutusta koko väelle",
        "text": "Hei,\n\nolisiko teillä hitsauskoulutusta 20 hengelle keväällä?\n\nMatti Mäkinen",
        "size": 300,
    }
    return InboundMail.objects.get_or_create(digest="2" * 64, defaults=values)[0]


def page_of_person(person: Person) -> str:
    return reverse("site:staff_person", args=[person.pk])
