"""Files for tests of imports, and a worker's work done at once."""

from pathlib import Path

from django.utils import timezone

from crm.importing import slices, steps, uploads
from crm.importing.steps import Ground
from crm.models import Import

HEAD = "Yritys;Y-tunnus;Nimi;Sähköposti;Puhelin;Titteli;Kieli\n"
ANNA = "Konepaja Oy;2077474-0;Anna Virtanen;anna@konepaja.fi;040 123 4567;rehtori;sv\n"
MIXED = (
    HEAD + ANNA + "Uusi Oy;;Bo Ek;bo@uusi.fi;;;\nUusi Oy;;Cia Ek;cia@uusi.fi;;;\n;;Väärä;vaara;;;\n"
)
GROUND = Ground(basis="interest", source="Kuntamarkkinat 2026")


def text(folder: Path, content: str | bytes, name: str = "asiakkaat.csv") -> Path:
    """The content as a file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def received(folder: Path, content: str | bytes, **fields: object) -> Import:
    """The file read into rows; its columns are proposed."""
    path = text(folder, content)
    return uploads.receive(path, file_name=path.name, **fields)  # type: ignore[arg-type]  # fields of an import


def run(imported: Import) -> Import:
    """What workers would do now."""
    while slices.work(imported, now=timezone.now()):
        pass
    imported.refresh_from_db()
    return imported


def checked(folder: Path, content: str | bytes, ground: Ground = GROUND) -> Import:
    """The file tried."""
    imported = received(folder, content)
    steps.name_columns(imported, imported.columns, ground, by=None)
    steps.check(imported)
    return run(imported)


def brought(folder: Path, content: str | bytes, ground: Ground = GROUND) -> Import:
    """The file brought in."""
    imported = checked(folder, content, ground)
    steps.begin(imported, now=timezone.now())
    return run(imported)


def undone(imported: Import) -> Import:
    """The import taken back."""
    steps.undo(imported)
    return run(imported)


def told(imported):
    """What the rows have to tell: (row number, codes)."""
    found = imported.rows.exclude(problems=[]).order_by("no")
    return [(row.no, [each["code"] for each in row.problems]) for row in found]


def verdicts(imported):
    return list(imported.rows.order_by("no").values_list("verdict", flat=True))
