"""`manage.py import_customers`: the same import from a terminal, and an exit status that says whether all came in (C1.2)."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from consent import erasure
from consent.models import Person
from crm.models import Import, Organisation
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


def test_a_dry_run_says_the_same_and_leaves_nothing(tmp_path):
    path = text(tmp_path, CSV + "Y;;väärä\n")
    status, out, _errors = command(path, dry_run=True, json=True)
    tried = json.loads(out)
    assert (status, tried["dry_run"], tried["import"]) == (3, True, None)
    assert not Organisation.objects.exists()
    assert not Person.objects.exists()
    assert not Import.objects.exists()
    done = json.loads(command(path, json=True)[1])
    same = [name for name in tried if name not in {"dry_run", "import"}]
    assert {name: tried[name] for name in same} == {name: done[name] for name in same}
    assert "Dry run, nothing is changed." in command(path, dry_run=True)[1]


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
