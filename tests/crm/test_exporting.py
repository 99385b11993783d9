"""Customers leave as a file only by who may, after saying once more who they are, and every time it is written down (C1.2)."""

import csv
import io

import pytest
from lxml import html

from accounts.roles import TABLE, Permission, Role
from common.spreadsheets import Format
from consent import ledger
from consent.models import Person
from crm import exporting
from crm.models import ContactPerson, Export, Organisation
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LOG = "/staff/exports/"
TEN_MINUTES = 600


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def anna():
    made = factories.person("anna@konepaja.fi", name="Anna Virtanen")
    ContactPerson.objects.create(person=made, title="rehtori", source="Messut")
    factories.organisation("Konepaja Oy", made)
    return made


@pytest.fixture
def seller(client):
    user = factories.staff(factories.institution("tamk"), "coordinator")
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return user


def take(client, sheet, form="plain"):
    return client.post(f"{LOG}{sheet}/", {"form": form})


def cells(content):
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


# --- what leaves --------------------------------------------------------------------------------


def test_people_leave_with_what_the_register_has(client, seller, anna):
    response = take(client, "people")
    assert (
        response.headers["Content-Disposition"]
        == 'attachment; filename="crm-people-2026-11-23.csv"'
    )
    assert cells(response.getvalue()) == [
        [
            "Person’s name",
            "E-mail address",
            "Phone",
            "Job title",
            "Organisation",
            "Language",
            "Source",
            "Told that we hold them",
        ],
        ["Anna Virtanen", "anna@konepaja.fi", "", "rehtori", "Konepaja Oy", "fi", "Messut", ""],
    ]


def test_organisations_leave_with_what_the_register_has(client, seller, anna):
    rows = cells(take(client, "organisations").getvalue())
    assert [row[0] for row in rows] == ["Organisation", "Konepaja Oy"]


def test_whose_data_lie_still_are_in_no_file(client, seller, anna):
    ledger.restrict(anna, method="form")
    assert len(cells(take(client, "people").getvalue())) == 1
    assert Export.objects.get().rows == 0
    ledger.release(anna, method="staff", by=seller)
    assert len(cells(take(client, "people").getvalue())) == 2


def test_a_filtered_list_is_what_leaves(anna, seller):
    other = factories.organisation("Toinen Oy")
    found = Organisation.objects.filter(pk=other.pk)
    taken = exporting.organisations(found, Format.PLAIN, by=seller, filters={"q": "toinen"})
    assert (taken.export.rows, taken.export.filters) == (1, {"q": "toinen"})
    assert [row[0] for row in cells(b"".join(taken.pieces))[1:]] == ["Toinen Oy"]


def test_what_was_counted_is_what_leaves(anna, seller):
    taken = exporting.contacts(Person.objects.all(), Format.PLAIN, by=seller, filters={})
    factories.person("later@example.org")
    assert len(cells(b"".join(taken.pieces))) - 1 == taken.export.rows


@pytest.mark.parametrize("form", Format)
def test_every_form_leaves_under_its_own_name(client, seller, anna, form):
    response = take(client, "people", form.value)
    assert response.headers["Content-Type"] == form.media_type
    assert response.headers["Content-Disposition"].endswith(f'.{form.ending}"')


def test_queries_do_not_grow_with_the_rows(seller, django_assert_num_queries):
    for no in range(30):
        who = factories.person(name=f"Etu {no}")
        ContactPerson.objects.create(person=who)
        factories.organisation(f"Yritys {no}", who)
    taken = exporting.contacts(Person.objects.all(), Format.PLAIN, by=seller, filters={})
    with django_assert_num_queries(4):
        assert len(cells(b"".join(taken.pieces))) == 32  # the seller and the headings too


# --- the log ---------------------------------------------------------------------------------------


def test_it_is_written_down_before_the_first_byte_leaves(client, seller, anna):
    take(client, "people", "xlsx")
    log = Export.objects.get()
    assert (log.sheet, log.form, log.rows, log.by, log.filters) == (
        "crm.people",
        "xlsx",
        1,
        seller,
        {},
    )


def test_the_log_shows_who_took_what(client, seller, anna):
    take(client, "people")
    client.force_login(factories.staff(None, "auditor"))
    page = html.fromstring(client.get(LOG).content)
    assert [each.text_content().strip() for each in page.cssselect("tbody td")][1:4] == [
        "Liisa Virtanen",
        "People",
        "1",
    ]


# --- who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_does_what_the_table_gives(client, role, anna):
    client.force_login(
        factories.staff(factories.institution("tamk"), role) if role else factories.user()
    )
    allowed = TABLE[role] if role else frozenset()
    assert client.get(LOG).status_code == (200 if Permission.SEE_AUDIT in allowed else 403)
    may_export = Permission.EXPORT_CUSTOMERS in allowed
    assert take(client, "people").status_code == (200 if may_export else 403)
    assert Export.objects.count() == int(may_export)


def test_who_signed_in_long_ago_says_once_more_who_they_are(client, seller, anna):
    client.force_login(seller, ago=TEN_MINUTES + 60)
    response = take(client, "people")
    assert response.status_code == 302
    assert "/reauthenticate/" in response.headers["Location"]
    assert not Export.objects.exists()


def test_an_export_is_never_by_a_link(client, seller):
    assert client.get(f"{LOG}people/").status_code == 405
    assert not Export.objects.exists()


def test_another_sheet_is_404(client, seller):
    assert take(client, "users").status_code == 404
