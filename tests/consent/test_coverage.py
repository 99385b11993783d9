"""Every column of every table is declared, and nothing that can hold a name is waved through (control tests)."""

from dataclasses import replace

import pytest

from accounts.models import Institution, User
from consent.coverage import gaps
from consent.models import Address, Event, Evidence, Person
from consent.privacy import Sort, holdings, impersonal, tables, technical
from courses.models import Course, Trainer
from mailing.models import Delivery, Message
from tests.consent.conftest import role

pytestmark = pytest.mark.django_db


def of(model):
    return next(holding for holding in holdings if holding.model is model)


def gaps_when(model, **changes):
    changed = replace(of(model), **changes)
    return gaps([changed if each.model is model else each for each in holdings], tables)


def gaps_when_column(model, name, columns):
    kept = [[column for column in group if column.name != name] for group in of(model).columns]
    return gaps_when(model, columns=[*kept, columns])


def test_everything_is_declared():
    assert gaps(holdings, tables) == []


@pytest.mark.parametrize("model", [Person, Evidence, Delivery, Course.trainers.through])
def test_an_undeclared_model_is_refused(model):
    assert f"{model._meta.label}: undeclared" in gaps([h for h in holdings if h.model is not model])


def test_an_undeclared_column_is_refused():
    assert gaps_when_column(User, "phone", []) == ["accounts.User: phone undeclared"]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (User, "name"),
        (User, "phone"),
        (Address, "email"),
        (Evidence, "ip"),
        (Evidence, "note"),
        (Event, "source"),
        (Message, "context"),
        (Delivery, "address"),
        (Trainer, "bio_sv"),
        (Institution, "email"),
    ],
)
def test_what_can_hold_a_name_is_not_technical(model, name):
    assert gaps_when_column(model, name, technical(name)) == [
        f"{model._meta.label}: {name} can hold a name or free text"
    ]


@pytest.mark.parametrize(
    ("model", "name"), [(Address, "email"), (Message, "context"), (Trainer, "bio")]
)
def test_a_persons_text_is_not_called_impersonal(model, name):
    assert gaps_when_column(model, name, impersonal(name, because="we say so")) == [
        f"{model._meta.label}: {name} cannot be impersonal where a row belongs to a person"
    ]


def test_a_link_to_a_person_is_personal():
    assert gaps_when_column(Course, "contact", technical("contact")) == [
        "courses.Course: contact names a person"
    ]


def test_rows_of_a_person_are_not_declared_as_nobodys():
    lines = gaps_when(Address, whose=None)
    assert (
        "consent.Address: email is personal in rows that are nobody’s: say whose they are" in lines
    )


def test_a_reason_and_a_time_are_asked_for():
    assert gaps_when(Address, until="") == ["consent.Address: says not why, or not how long"]


def test_a_table_without_a_model_is_refused():
    with role("NONE") as cursor:
        cursor.execute("CREATE TABLE kept_aside (email text)")
        cursor.execute("ALTER TABLE consent_person ADD COLUMN nickname text")
    assert gaps(holdings, tables) == [
        "consent_person.nickname: a column of no model",
        "kept_aside: a table of no model, undeclared",
    ]


def test_contact_details_that_are_called_impersonal_are_these():
    """Whoever adds to this list says why in the declaration, and changes this test knowingly."""
    found = {
        f"{holding.name}.{column.name}"
        for holding in holdings
        for column in holding.each_column()
        if column.sort == Sort.IMPERSONAL and column.name in {"email", "phone", "street", "ip"}
        if holding.tells_of is None
    }
    assert found == {
        "accounts.institutions.phone",
        "courses.venues.street",
        "crm.organisation_addresses.street",
    }
