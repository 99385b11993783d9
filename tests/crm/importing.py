"""Files for tests of imports, and a worker's work done at once."""

from pathlib import Path

from django.utils import timezone

from crm.importing import slices, steps, uploads
from crm.importing.steps import Ground
from crm.models import Import

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
