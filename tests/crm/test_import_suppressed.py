"""Who was erased, objects, or is restricted stays out of imports, and nothing of them stays in a row (A18, GDPR Art. 17)."""

import pytest
from django.utils import timezone, translation

from consent import erasure, ledger
from consent.models import Person
from crm.importing import report, steps
from crm.importing.steps import Ground
from crm.models import ContactPerson, Organisation
from tests import factories
from tests.crm.importing import ANNA, GROUND, HEAD, brought, checked, received, run, told, verdicts
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def erased():
    factories.person("anna@konepaja.fi", name="Anna Virtanen")
    erasure.erase("anna@konepaja.fi")


def test_who_was_erased_stays_out_and_their_row_is_forgotten(tmp_path, erased):
    imported = brought(tmp_path, HEAD + ANNA)
    row = imported.rows.get()
    assert told(imported) == [(2, ["erased"])]
    with translation.override("en"):
        (line,) = report.lines(imported)
    assert line.said.startswith("Sähköposti: suppressed: erased")
    assert (row.verdict, row.values, row.emails, row.person, row.proof) == (
        "left_out",
        [],
        [],
        None,
        "",
    )
    assert not Person.objects.exists()
    assert not Organisation.objects.exists()


OTHERWISE_WRONG = [
    "Konepaja Oy;9999999-9;Anna Virtanen;anna@konepaja.fi;040 123 4567;rehtori;sv",
    f"{'x' * 201};;Anna Virtanen;anna@konepaja.fi;040 123 4567;rehtori;sv",
    "Konepaja Oy;;Anna Virtanen;anna@konepaja.fi, anna@koti.fi;040 123 4567;rehtori;sv",
    "Konepaja Oy;;Anna Virtanen;anna@konepaja.fi.;040 123 4567;rehtori;sv",
    "Konepaja Oy;;Anna Virtanen;ANNA@KONEPAJA.FI/bo@x.fi;040 123 4567;rehtori;sv",
    "Konepaja Oy;;Anna Virtanen <anna@konepaja.fi>;;040 123 4567;rehtori;sv",
    "Konepaja Oy;;Bo Ek;bo@konepaja.fi;anna@konepaja.fi;rehtori;sv",
    ";;Anna Virtanen;anna@konepaja.fi;040 123 4567;rehtori;sv;liikaa",
]


@pytest.mark.parametrize("line", OTHERWISE_WRONG, ids=range(len(OTHERWISE_WRONG)))
@pytest.mark.parametrize("ground", [GROUND, Ground()], ids=["ground", "none"])
def test_nothing_of_who_was_erased_is_kept_whatever_else_is_wrong(tmp_path, erased, line, ground):
    imported = received(tmp_path, HEAD + line + "\n")
    assert_forgotten(imported)
    steps.name_columns(imported, imported.columns, ground, by=None)
    steps.check(imported)
    assert_forgotten(run(imported))
    steps.begin(imported, now=timezone.now())
    assert_forgotten(run(imported))
    assert verdicts(imported) == ["left_out"]
    assert not Person.objects.exists()


def assert_forgotten(imported):
    row = imported.rows.get()
    assert (row.values, row.emails, row.made, row.filled, row.source) == ([], [], {}, [], "")
    assert "anna" not in str(imported.rows.values()).lower()


@pytest.mark.parametrize("line", OTHERWISE_WRONG[:5], ids=range(5))
@pytest.mark.parametrize("say", [ledger.object_to_marketing, ledger.restrict])
def test_nothing_of_who_objects_is_kept_after_the_trial_whatever_else_is_wrong(tmp_path, line, say):
    say(factories.person("anna@konepaja.fi", name=""), method="form")
    imported = checked(tmp_path, HEAD + line + "\n")
    assert_forgotten(imported)
    assert told(imported)[0][1] in (["objected"], ["restricted"])


def test_who_is_erased_before_the_trial_is_not_kept_after_it(tmp_path):
    factories.person("anna@konepaja.fi")
    imported = received(tmp_path, HEAD + OTHERWISE_WRONG[0] + "\n")
    kept = list(imported.rows.values("no", "values", "emails", "problems"))
    erasure.erase("anna@konepaja.fi")
    imported.rows.create(**kept[0])  # written at the very moment of the erasure
    steps.name_columns(imported, imported.columns, GROUND, by=None)
    steps.check(imported)
    assert_forgotten(run(imported))


def test_another_row_may_name_who_objects(tmp_path):
    """A seller, say, in a column of their own."""
    ledger.object_to_marketing(factories.person("myyja@tamk.fi"), method="form")
    imported = brought(tmp_path, "Yritys;Sähköposti;Myyjä\nA Oy;anna@a.fi;myyja@tamk.fi\n")
    assert (told(imported), verdicts(imported)) == ([], ["new"])


def test_a_row_of_very_many_addresses_is_nobodys(tmp_path):
    many = ", ".join(f"etu{no}@a.fi" for no in range(101))
    imported = brought(tmp_path, f'Yritys,Sähköposti\nA Oy,\nB Oy,"{many}"\n')
    assert told(imported) == [(3, ["many_addresses"])]


def test_who_objects_stays_out_and_their_row_is_forgotten(tmp_path):
    person = factories.person("anna@konepaja.fi", name="")
    ledger.object_to_marketing(person, method="form")
    imported = brought(tmp_path, HEAD + ANNA)
    assert told(imported) == [(2, ["objected"])]
    assert imported.rows.get().emails == []
    person.refresh_from_db()
    assert person.name == ""
    assert not ContactPerson.objects.exists()


def test_whose_processing_is_restricted_is_not_touched(tmp_path):
    person = factories.person("anna@konepaja.fi", name="")
    ledger.restrict(person, method="form")
    assert told(brought(tmp_path, HEAD + ANNA)) == [(2, ["restricted"])]
    person.refresh_from_db()
    assert person.name == ""
    assert not ContactPerson.objects.exists()


def test_who_is_erased_between_trial_and_import_stays_out(tmp_path):
    factories.person("anna@konepaja.fi")
    imported = checked(tmp_path, HEAD + ANNA + ANNA.replace("anna", "bo"))
    assert verdicts(imported) == ["new", "new"]
    erasure.erase("anna@konepaja.fi")
    steps.begin(imported, now=timezone.now())
    run(imported)
    assert list(Person.objects.values_list("addresses__email", flat=True)) == ["bo@konepaja.fi"]
    assert "anna" not in str(list(imported.rows.values()))


def test_a_control_without_the_door_brings_the_erased_back(tmp_path, erased, monkeypatch):
    from consent import suppression

    monkeypatch.setattr(suppression, "reasons_for", lambda emails: {})
    brought(tmp_path, HEAD + ANNA)
    assert Person.objects.get().email == "anna@konepaja.fi"
