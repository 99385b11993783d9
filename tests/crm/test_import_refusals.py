"""What the database would refuse costs the row it is in, and an import that fails costs itself (C1.2)."""

import pytest
from django.utils import timezone

from consent.models import Person
from crm import jobs
from crm.importing import bringing, headings, lengths, slices, steps, wakeup
from crm.models import Import, Organisation
from tests.crm.importing import ANNA, GROUND, HEAD, MIXED, brought, checked, received, run, told
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def test_a_row_that_the_database_refuses_is_left_out_alone(tmp_path, monkeypatch):
    from django.db import IntegrityError

    write = bringing.write

    def refuses_bo(work):
        if any(plan.entry["email"] == "bo@uusi.fi" for plan, _name, _row, _mark in work.new):
            raise IntegrityError
        write(work)

    monkeypatch.setattr(bringing, "write", refuses_bo)
    imported = brought(tmp_path, MIXED)
    assert (3, ["database"]) in told(imported)
    assert sorted(Person.objects.values_list("name", flat=True)) == ["Anna Virtanen", "Cia Ek"]


def test_a_row_that_the_database_refuses_is_left_out_of_the_trial_too(tmp_path, monkeypatch):
    """Were a length ever wrong: here as if columns took 300 letters."""
    long = "b" * 250 + "@konepaja.fi"
    rest = f";;Bo Ek;{long};;;\n;;{'C' * 201};cia@uusi.fi;;;\n;;Di Ek;di@uusi.fi;;;\n"
    imported = received(tmp_path, HEAD + ANNA + rest)
    for name in ("email", "name"):
        monkeypatch.setitem(lengths.longest(), name, 300)
    steps.name_columns(imported, imported.columns, GROUND, by=None)
    steps.check(imported)
    assert (run(imported).state, told(imported)) == ("checked", [(3, ["database"])])
    steps.begin(imported, now=timezone.now())
    assert run(imported).state == "done"
    assert told(imported) == [(3, ["database"]), (4, ["database"])]
    assert sorted(Person.objects.values_list("name", flat=True)) == ["Anna Virtanen", "Di Ek"]


@pytest.mark.parametrize("name", headings.fields())
def test_whatever_is_too_long_for_a_column_is_told_and_not_tried(tmp_path, name):
    """Every field of a file, at the length of its column and past it."""
    most = lengths.longest().get(name, 20)
    for length in (most, most + 1, 4_900):
        imported = received(tmp_path, f"Yritys;Sähköposti;x\nA Oy;a@a.fi;{typed(name, length)}\n")
        columns = ["organisation", "email", name]
        columns[:2] = ["" if each == name else each for each in columns[:2]]
        steps.name_columns(imported, columns, GROUND, by=None)
        steps.check(imported)
        assert run(imported).state == "checked"
        steps.begin(imported, now=timezone.now())
        assert run(imported).state == "done"
        codes = [code for _no, found in told(imported) for code in found]
        assert "database" not in codes
        if name in lengths.COLUMNS:
            assert bool({"too_long", "not_understood", "email"} & set(codes)) == (length > most)
        Organisation.objects.all().delete()
        Person.objects.all().delete()


def typed(name, length):
    """Something of this length that the field takes for what it is."""
    domain = ".".join(["d" * 60] * (length // 61 + 1))
    return {
        "website": f"https://a.fi/{'w' * length}"[:length],
        "domain": f"{domain}"[: length - 3] + ".fi",
        "email": "e" * (length - 5) + "@a.fi",
    }.get(name, "ä" * length)


def test_an_import_that_fails_holds_up_no_other(tmp_path, monkeypatch):
    first, second = checked(tmp_path, HEAD + ANNA), checked(tmp_path, MIXED)
    for each in (first, second):
        steps.begin(each, now=timezone.now())
    work, rung = slices.work, []

    def breaks(imported, **moment):
        return 1 / 0 if imported == first else work(imported, **moment)

    monkeypatch.setattr(slices, "work", breaks)
    monkeypatch.setattr(wakeup, "ring", rung.append)
    with pytest.raises(ZeroDivisionError):
        jobs.import_rows()
    assert rung == [second.pk]
    jobs.import_rows(second.pk)
    assert Import.objects.get(pk=second.pk).state == "done"
