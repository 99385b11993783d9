"""What somebody has changed since an import stays when it is taken back, in whichever table and column (C1.2)."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.db.models import BooleanField, CharField, DateTimeField, ForeignKey
from django.test.utils import CaptureQueriesContext

from accounts.models import Institution, User
from consent.models import Address
from crm import affiliations, contacts, organisations
from crm.importing import marks, matching, rows, touched
from crm.importing.steps import Ground
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Organisation,
    OrganisationAddress,
)
from crm.organisations import Place
from tests import factories
from tests.crm.importing import brought, undone
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

HEAD = (
    "Yritys;Y-tunnus;Aputoiminimi;Toimiala;Henkilöstö;WWW;Verkkotunnus;Katuosoite;Postinumero;Postitoimipaikka;"
    "OVT-tunnus;Operaattori;Emoyhtiö;Nimi;Sähköposti;Puhelin;Titteli;Kieli\n"
)
ANNA = (
    "Konepaja Oy;2077474-0;Paja;25620;45;konepaja.fi;konepaja.fi;Katu 1;33520;Tampere;"
    "003720774740;DABAFIHH;Emo Oy;Anna Virtanen;anna@konepaja.fi;040 123 4567;rehtori;sv\n"
)
TABLES: dict[str, type[Any]] = {**touched.TABLES, "email": Address}
COLUMNS = [
    (what, column.name)
    for what, model in TABLES.items()
    for column in marks.columns(model)
    if column.name not in {"contact", "person"}  # of whom it is
]
OTHER = {
    "business_id": "0112038-9",
    "industry": "62010",
    "size": "large",
    "language": "en",
    "languages": ["en"],
    "basis": "contract",
    "rights": "admin",
    "decision_power": "decides",
    "number": "+358407654321",
    "domain": "muu.fi",
    "email": "muu@konepaja.fi",
    "country": "SE",
    "closed_because": "complaint",
    "closed_at": NOW,
    "since": NOW - DAY,
}
MAKE = {
    Institution: factories.institution,
    Organisation: factories.organisation,
    User: lambda: User.objects.create_user("uusi@example.org"),
}
KINDS = {"name": "former", "address": "billing", "phones": "other", "person": "organisation"}
TOGETHER = {
    "closed_at": ["closed_because"],
    "closed_because": ["closed_at"],
    "from_others_at": ["basis"],
}  # what the database wants with it


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def imported(tmp_path):
    factories.organisation("Emo Oy")
    return brought(tmp_path, HEAD + ANNA)


def left():
    return {what: model.objects.count() for what, model in TABLES.items()}


def told(imported):
    """What is said of the row: its state, and (code, what)."""
    row = imported.rows.order_by("no").first()
    return row.state, {(each["code"], each["values"].get("what")) for each in row.problems}


def other_value(what, row, column):
    """Something else that the column may hold."""
    if column.name == "kind":
        return KINDS[what]
    if column.name in OTHER:
        return OTHER[column.name]
    if isinstance(column, ForeignKey):
        return MAKE[column.related_model]()
    if isinstance(column, BooleanField):
        return not getattr(row, column.name)
    assert isinstance(column, CharField | DateTimeField), column
    return NOW + DAY if isinstance(column, DateTimeField) else "muuta"


def change(what, name):
    """Write something else into the column, past every verb."""
    model = TABLES[what]
    row = model.objects.latest("pk")
    value = other_value(what, row, model._meta.get_field(name))
    together = {each: OTHER[each] for each in TOGETHER.get(name, ())}
    model.objects.filter(pk=row.pk).update(**{**together, name: value})
    return row.pk, value


@pytest.mark.parametrize(("what", "name"), COLUMNS, ids=str)
def test_whatever_column_somebody_has_changed_stays(imported, what, name):
    key, value = change(what, name)
    undone(imported)
    assert getattr(TABLES[what].objects.get(pk=key), name) == value
    state, said = told(imported)
    assert state == "stays"
    expected = ("in_use", "person") if what == "email" else ("changed", what)
    assert expected in said


def test_untouched_all_of_it_goes(imported):
    undone(imported)
    assert told(imported) == ("undone", set())
    assert left() == dict.fromkeys(TABLES, 0) | {"organisation": 1}


def test_those_are_all_the_tables_that_an_import_writes(tmp_path):
    factories.organisation("Emo Oy")
    digi = factories.topic("digi")
    before = counts()
    brought(tmp_path, HEAD + ANNA, Ground("interest", "Messut", topic=digi))
    grown = {table for table, count in counts().items() if count > before[table]}
    history = {table for table in grown if table.endswith("change")}
    the_import = {"crm_import", "crm_importrow", "crm_importmapping"}
    the_ledger = {f"consent_{each}" for each in ("chain", "chainowner", "event", "state")}
    compared = {model._meta.db_table for model in TABLES.values()}
    assert grown - history == the_import | the_ledger | compared


def counts():
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
    return found


def test_nothing_hangs_on_the_parts_of_a_customer():
    """What did would keep them: `take_people` and `take_organisations` would have to ask."""
    parts = set(touched.TABLES) - {"person", "organisation", "card"}
    keys = {what: {1} for what in parts}
    with CaptureQueriesContext(connection) as asked:
        found = [touched.referred(TABLES[what], keys[what], {}) for what in parts]
    assert (found, len(asked)) == ([set()] * len(parts), 0)


def test_a_control_that_compares_nothing_loses_what_staff_wrote(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "columns", lambda _model: [])
    imported = brought(tmp_path, HEAD + ANNA)
    change("address", "street")
    undone(imported)
    assert not OrganisationAddress.objects.exists()


def test_a_control_that_counts_no_versions_loses_what_staff_took_away(tmp_path, monkeypatch):
    monkeypatch.setattr(touched, "saved_over", lambda *_arguments: {})
    imported = brought(tmp_path, HEAD + ANNA.replace("Emo Oy", ""))
    take_domain_away(Organisation.objects.get())
    undone(imported)
    assert not Organisation.objects.exists()


# --- what staff do by the verbs ----------------------------------------------------------------


def correct_address(where):
    facts = organisations.facts_of(where)
    there = Place("Uusi katu 2", "33100", "Tampere")
    organisations.change(where, replace(facts, postal=there), version=where.version, by=None)


def give_parent(where):
    facts = organisations.facts_of(where)
    parent = factories.organisation("Konserni Oy")
    organisations.change(where, replace(facts, parent=parent), version=where.version, by=None)


def take_domain_away(where):
    facts = organisations.facts_of(where)
    organisations.change(where, replace(facts, domains=()), version=where.version, by=None)


def give_and_take_a_name(where):
    organisations.remove_name(organisations.add_name(where, "Toinen", "trade"))


VERBS = [correct_address, give_parent, take_domain_away, give_and_take_a_name]


@pytest.mark.parametrize("touch", VERBS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("size", [1, 500])
def test_an_organisation_that_staff_have_saved_stays_whole(tmp_path, monkeypatch, touch, size):
    monkeypatch.setattr(rows, "SLICE", size)
    more = "Konepaja Oy;2077474-0;Toinen paja;;;;muu.fi;;;;;;;;;;;\n"
    imported = brought(tmp_path, HEAD + ANNA.replace("Emo Oy", "") + more)
    where = Organisation.objects.get()
    touch(where)
    kept = everything_of(where)
    undone(imported)
    assert everything_of(where) == (
        *kept[:1],
        kept[1] - {"Toinen paja"},
        kept[2] - {"muu.fi"},
        *kept[3:],
    )
    assert told(imported)[0] == "stays"
    assert ("changed", "organisation") in told(imported)[1]


def everything_of(where):
    now = Organisation.objects.get(pk=where.pk)
    return (
        now.parent,
        set(now.names.values_list("name", flat=True)),
        set(now.domains.values_list("domain", flat=True)),
        list(now.addresses.values_list("street", flat=True)),
    )


@pytest.mark.parametrize("size", [1, 500])
def test_what_later_rows_of_the_file_add_is_no_change(tmp_path, monkeypatch, size):
    monkeypatch.setattr(rows, "SLICE", size)
    more = (
        "Konepaja Oy;2077474-0;Toinen paja;;;;muu.fi;;;;;;Emo Oy;;anna@konepaja.fi;040 765 4321;;\n"
    )
    bare = "Konepaja Oy;2077474-0;;;;;;;;;;;;;anna@konepaja.fi;;;\nEmo Oy;;;;;;;;;;;;;;;;;\n"
    imported = brought(tmp_path, HEAD + bare + more + ANNA)
    assert Organisation.objects.get(business_id="2077474-0").industry == "25620"
    undone(imported)
    assert set(imported.rows.values_list("state", flat=True)) == {"undone"}
    assert left() == dict.fromkeys(TABLES, 0)


def test_an_address_that_a_known_organisation_got_and_staff_corrected_stays(tmp_path):
    where = factories.organisation("Konepaja Oy")
    imported = brought(tmp_path, "Yritys;Katuosoite;Verkkotunnus\nKonepaja Oy;Katu 1;konepaja.fi\n")
    where.refresh_from_db()
    correct_address(where)
    undone(imported)
    assert where.addresses.get().street == "Uusi katu 2"
    assert not where.domains.exists()
    assert told(imported) == ("stays", {("by_name", None), ("changed", "address")})


def test_a_phone_that_a_known_person_got_and_staff_changed_stays(tmp_path):
    anna = factories.person("anna@konepaja.fi")
    ContactPerson.objects.create(person=anna)
    imported = brought(tmp_path, "Nimi;Sähköposti;Puhelin\n;anna@konepaja.fi;040 123 4567\n")
    contacts.add_phone(anna.contact_card, "+358401234567", "work", is_primary=True)
    undone(imported)
    assert list(ContactPhone.objects.values_list("number", "kind", "is_primary")) == [
        ("+358401234567", "work", True)
    ]
    assert told(imported) == ("stays", {("changed", "phones")})


def test_of_the_phones_that_are_left_one_is_primary(tmp_path):
    anna = factories.person("anna@konepaja.fi")
    ContactPerson.objects.create(person=anna)
    imported = brought(tmp_path, "Nimi;Sähköposti;Puhelin\n;anna@konepaja.fi;040 123 4567\n")
    contacts.add_phone(anna.contact_card, "+358407654321", "work")
    undone(imported)
    assert list(ContactPhone.objects.values_list("number", "is_primary")) == [
        ("+358407654321", True)
    ]
    assert told(imported) == ("undone", set())


def test_a_role_that_staff_have_changed_stays(tmp_path):
    anna = factories.person("anna@konepaja.fi")
    factories.organisation("Konepaja Oy")
    imported = brought(tmp_path, "Yritys;Sähköposti\nKonepaja Oy;anna@konepaja.fi\n")
    role = Affiliation.objects.get()
    part = replace(affiliations.part_of(role), decision_power="decides")
    affiliations.change(role, part, version=affiliations.version_of(role), by=None)
    undone(imported)
    assert Affiliation.objects.get().decision_power == "decides"
    assert Affiliation.objects.get().person == anna
    assert told(imported) == ("stays", {("by_name", None), ("changed", "affiliation")})


def test_an_import_that_noted_nothing_of_how_it_was_takes_nothing_back(imported):
    row = imported.rows.get()
    del row.made["was"]
    row.save()
    before = left()
    undone(imported)
    assert left() == before
    assert told(imported)[0] == "stays"


# --- blanks -------------------------------------------------------------------------------------


BLANKS = [
    *[("organisation", name) for name in matching.OWN],
    ("person", "name"),
    ("card", "title"),
    ("card", "source"),
]


@pytest.fixture
def known():
    anna = factories.person("anna@konepaja.fi", name="")
    ContactPerson.objects.create(person=anna)
    factories.organisation("Konepaja Oy", anna)
    factories.organisation("Emo Oy")


def test_those_are_all_the_blanks_that_an_import_fills(tmp_path, known):
    imported = brought(tmp_path, HEAD + ANNA)
    filled = {(what, name) for what, _key, name, *_rest in imported.rows.get().filled}
    assert filled == set(BLANKS)


@pytest.mark.parametrize(("what", "name"), BLANKS)
def test_a_blank_that_was_filled_and_then_changed_stays(tmp_path, known, what, name):
    imported = brought(tmp_path, HEAD + ANNA)
    table, value = TABLES[what].objects, OTHER.get(name, "muuta")
    key = next(each[1] for each in imported.rows.get().filled if each[0] == what)
    table.filter(pk=key).update(**{name: value})
    undone(imported)
    assert getattr(table.get(pk=key), name) == value
    others = [each for each in BLANKS if each[0] == what and each[1] != name]
    assert [getattr(table.get(pk=key), each) for _what, each in others] == [""] * len(others)
    state, said = told(imported)
    assert (state, ("changed", what) in said) == ("stays", True)
