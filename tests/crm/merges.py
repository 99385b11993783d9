"""Customers with data in every table, and all rows as they are, for tests of merging."""

from django.apps import apps
from django.db.models.query import QuerySet

from accounts.audit import Change
from consent import permission
from consent.models import Preference
from crm import joining
from crm.models import (
    ContactPerson,
    ContactPhone,
    Encounter,
    NamedContact,
    Situation,
    Task,
)
from mailing import outbox
from mailing.models import InboundMail, SignUp
from tests import factories
from tests.factories import DAY, NOW, TODAY

OWN = {
    "crm.Merge",
    "crm.Duplicate",
    "crm.Encounter",
    "consent.Chain",
    "consent.Event",
    "consent.State",
}


def as_told(row):
    """A row in words, without the count of its edits."""
    return str({name: value for name, value in row.items() if name != "version"})


def rows():
    """Every row of every table but those the merge itself and the audit write, as they are."""
    return {
        model._meta.label: sorted(map(as_told, QuerySet(model=model).values()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label != "pghistory"
        and model._meta.label not in OWN
        and not issubclass(model, Change)
    }


def owned(person):
    """The keys of a person's rows, by rule."""
    return {
        rule.name: sorted(joining.keys(rule.rows(person)))
        for rule in joining.rules_of(person)
        if rule.name.partition(".")[2].partition(".")[0]
        not in {"merge", "duplicate", "alias", "encounter"}
    }


def full(person, number, by):
    """One row of every kind."""
    shop = factories.organisation(f"Firma {number} Oy", person)
    card = ContactPerson.objects.create(person=person, title=f"johtaja {number}")
    ContactPhone.objects.create(contact=card, number=f"+35840123456{number}", is_primary=True)
    Situation.objects.create(person=person, kind="need", text=f"tarve {number}", since=TODAY)
    Encounter.objects.create(person=person, kind="crm.call", text=f"puhelu {number}", at=NOW)
    Task.objects.create(person=person, what=f"soita {number}", due_at=NOW)
    NamedContact.objects.create(person=person, user=by, chosen="hand", since=NOW - DAY)
    Preference.objects.create(person=person, purpose="newsletter", frequency="weekly")
    SignUp.objects.create(person=person, address=person.email, language="fi", frequency="weekly")
    InboundMail.objects.create(kind="reply", person=person, size=1, digest=f"{number}" * 64)
    outbox.queue("mailing/preferences", person, {}, language="fi")
    factories.enrolment(factories.run(), person)
    factories.grant(person)
    return shop


def may(person):
    return permission.may_contact(person, "newsletter").rule
