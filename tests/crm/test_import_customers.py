"""`manage.py import_customers`: the same import from a terminal, and an exit status that says whether all came in (C1.2)."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from consent import erasure
from consent.models import Person
from crm.importing import report, slices, uploads
from crm.management.commands import import_customers
from crm.models import Import, ImportMapping, Organisation
from tests import factories
from tests.crm.importing import text

pytestmark = pytest.mark.django_db

CSV = "Yritys;Nimi;Sähköposti\nKonepaja Oy;Anna Virtanen;anna@konepaja.fi\n"
GROUND = {"basis": "interest", "source": "Messut 2026"}


def command(path, **options):
    """Exit status, standard output and errors."""
    out, errors, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(
            "import_customers", str(path), stdout=out, stderr=errors, **{**GROUND, **options}
        )
    except SystemExit as end:
        status = end.code
    return status, out.getvalue(), errors.getvalue()


def test_a_file_whose_every_row_is_good_ends_with_0(tmp_path):
    tamk = factories.institution("tamk")
    status, out, errors = command(text(tmp_path, CSV), institution="tamk")
    assert (status, errors) == (0, "")
    assert "Rows: 1, of which 1 new, 0 known, 0 left out" in out
    assert Organisation.objects.get().owner == tamk
    assert Import.objects.get().state == "done"


def test_rows_left_out_are_named_and_end_with_3(tmp_path):
    factories.person("bo@konepaja.fi")
    erasure.erase("bo@konepaja.fi")
    path = text(tmp_path, CSV + "X;Bo Ek;bo@konepaja.fi\nY;;väärä\n")
    status, out, errors = command(path, json=True)
    report = json.loads(out)
    assert (status, report["left_out"], report["new"], report["people"]) == (3, 2, 1, 1)
    assert report["rows_left_out"] == [
        {"row": 3, "reason": errors.splitlines()[0].partition(": ")[2]},
        {"row": 4, "reason": "Sähköposti: This is not an e-mail address."},
    ]
    assert errors.startswith("row 3: Sähköposti: suppressed: erased.")
    assert Person.objects.get().name == "Anna Virtanen"


def everything():
    """Every row of every table."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT r::text FROM "{table}" AS r ORDER BY 1')
            found[table] = cursor.fetchall()
    return found


def test_a_dry_run_says_the_same_and_leaves_every_table_as_it_was(tmp_path):
    anna = factories.person("anna@konepaja.fi", name="")
    factories.organisation("Konepaja Oy", anna)
    ImportMapping.objects.create(signature="x", columns={"nimi": "name"}, by=factories.user())
    path = text(tmp_path, CSV + "Y;;väärä\n")
    before = everything()
    status, out, _errors = command(path, dry_run=True, json=True)
    tried = json.loads(out)
    assert (status, tried["dry_run"], tried["import"]) == (3, True, None)
    assert everything() == before
    done = json.loads(command(path, json=True)[1])
    same = [name for name in tried if name not in {"dry_run", "import"}]
    assert {name: tried[name] for name in same} == {name: done[name] for name in same}
    assert "Dry run, nothing is changed." in command(path, dry_run=True)[1]


def test_a_dry_run_that_is_broken_off_leaves_nothing(tmp_path, monkeypatch):
    before = everything()
    monkeypatch.setattr(slices, "work", lambda *_arguments, **_moment: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        command(text(tmp_path, CSV), dry_run=True)
    assert everything() == before


def test_what_staff_said_of_columns_stays_theirs(tmp_path):
    """Nobody said anything here: the columns are taken for what they were said to be, and nothing is remembered."""
    teacher = factories.user()
    known = ImportMapping.objects.create(
        signature=uploads.signature(["Firma X", "Posti"]),
        columns={"firmax": "organisation", "posti": ""},
        by=teacher,
    )
    path = text(tmp_path, "Firma X;Posti\nKonepaja Oy;x\n")
    for dry_run in (True, False):
        command(path, dry_run=dry_run)
    assert ImportMapping.objects.get() == known
    assert ImportMapping.objects.get().by == teacher
    assert Organisation.objects.get().name == "Konepaja Oy"
    command(text(tmp_path, CSV))
    assert ImportMapping.objects.count() == 1


def test_the_report_names_every_row_once_and_reads_each_list_once(tmp_path, monkeypatch):
    lines, looked = report.lines, []

    def counted(*arguments):
        for line in lines(*arguments):
            looked.append(line.row.no)
            yield line

    monkeypatch.setattr(report, "lines", counted)
    bad = "".join(f"Y{no};;väärä\n" for no in range(300))
    noted = "A Oy;Anna Ek;anna@konepaja.fi\n"  # somebody whom the register knows by another name
    out = command(text(tmp_path, CSV + bad + noted), json=True)[1]
    told = json.loads(out)
    assert [each["row"] for each in told["rows_left_out"]] == list(range(3, 303))
    assert [each["row"] for each in told["notices"]] == [303]
    assert looked == [*range(3, 303), *range(3, 303), 303]


def test_it_pauses_while_another_import_is_being_written(tmp_path, monkeypatch):
    other, pauses = connection.copy(), []
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [slices.ONE_AT_A_TIME])

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            other.close()

    monkeypatch.setattr(import_customers.time, "sleep", pause)
    assert command(text(tmp_path, CSV))[0] == 0
    assert pauses == [import_customers.PAUSE] * 3


def test_ground_and_source_are_asked_of_every_row(tmp_path):
    status, _out, errors = command(text(tmp_path, CSV), basis="", source="")
    assert status == 3
    assert "row 2: The legal basis is missing.; The source is missing" in errors
    assert not Organisation.objects.exists()


def test_columns_may_give_them(tmp_path):
    csv = "Yritys;Käsittelyperuste;Lähde\nKonepaja Oy;sopimus;Vanha CRM\n"
    assert command(text(tmp_path, csv), basis="", source="")[0] == 0
    assert Organisation.objects.get().source == "Vanha CRM"


def test_columns_nobody_knows_are_named(tmp_path):
    out = command(text(tmp_path, "Yritys;Kengännumero\nKonepaja Oy;42\n"))[1]
    assert "Columns nobody knows, left out: Kengännumero" in out


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "The file is empty."), ("<html>", "This is not a table"), ("Nimi;Nimi\na;b\n", "Nimi")],
)
def test_a_file_that_cannot_be_read_is_an_error_with_its_reason(tmp_path, content, said):
    with pytest.raises(CommandError, match=said):
        command(text(tmp_path, content))
    assert not Import.objects.exists()


def test_an_error_is_in_the_json_too(tmp_path):
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_customers", str(text(tmp_path, "")), json=True, stdout=out)
    assert json.loads(out.getvalue())["error"] == "The file is empty."


def test_a_file_larger_than_the_setting_is_refused(tmp_path, settings):
    settings.IMPORT_MAX_MB = 1
    with pytest.raises(CommandError, match="larger than 1 MB"):
        command(text(tmp_path, CSV + "x;y;\n" * 250_000))


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="is not a file"):
        command(tmp_path / "missing.csv")
    with pytest.raises(CommandError, match="no institution nowhere"):
        command(text(tmp_path, CSV), institution="nowhere")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("import_customers", "--basis", "because", str(text(tmp_path, CSV)))


def test_it_reads_standard_input(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV.encode())))
    assert command("-")[0] == 0
    assert Organisation.objects.get().name == "Konepaja Oy"
