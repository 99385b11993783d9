"""Files that belong to an encounter: looked into, kept under a random name, handed out to those who may see it (A05).

The file is written and forced to the disk first, then its row is written in the caller's transaction. A transaction
that comes to nothing leaves a file without a row, which `sweep` deletes; a row without its file is never made.
"""

import hashlib
import logging
import os
import re
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from accounts.models import User
from consent import restriction
from consent.uploads import private_files
from crm import filetypes
from crm.models import Attachment, Encounter

log = logging.getLogger(__name__)
FOLDER = "attachments"
WITHOUT_A_ROW_FOR = timedelta(days=1)  # longer than any transaction that may still write the row
LONGEST_NAME = 120
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')


@dataclass(frozen=True)
class Checked:
    """A file that may be kept: its name for people, its kind (`filetypes.MEDIA`), and what of it is kept."""

    name: str
    kind: str
    content: bytes


def check(file: IO[bytes], name: str) -> Checked:
    """Look into an upload; filetypes.TooLargeError or NotAllowedError. Nothing is written."""
    content = file.read(filetypes.LARGEST + 1)
    kind, kept = filetypes.cleaned(content, name)
    return Checked(plain_name(name), kind, kept)


def plain_name(name: str) -> str:
    """The name without folders, characters that no file system or header takes, and what turns the writing direction."""
    shown = "".join(each for each in name if unicodedata.category(each)[0] != "C")
    stem, _dot, ending = NOT_IN_NAMES.sub("_", shown.strip()).rpartition(".")
    return f"{stem.strip(' .')[:LONGEST_NAME] or FOLDER}.{ending.lower()}"


@transaction.atomic
def attach(file: Checked, encounter: Encounter, *, by: User) -> Attachment:
    """Keep the file with the encounter; OSError when it cannot be written, and then there is no row; RestrictedError."""
    restriction.check(encounter.person_id)
    return Attachment.objects.create(
        encounter=encounter,
        file=written(file),
        name=file.name,
        kind=file.kind,
        size=len(file.content),
        digest=hashlib.sha256(file.content).hexdigest(),
        by=by,
    )


def written(file: Checked) -> str:
    """Write the file under a name that nobody can guess, and wait until the disk has it; its name in the storage."""
    name = f"{FOLDER}/{uuid.uuid4().hex}.{filetypes.ending_of(file.name)}"
    path = Path(private_files().path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as kept:
            kept.write(file.content)
            kept.flush()
            os.fsync(kept.fileno())
        sync(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return name


def sync(folder: Path) -> None:
    """Wait until the disk has the folder's names."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@transaction.atomic
def detach(attachment: Attachment) -> None:
    """Delete the row, and the file when that is certain; the audit keeps who did it. Raises RestrictedError."""
    restriction.check(attachment.encounter.person_id)
    name, storage = str(attachment.file.name), private_files()
    attachment.delete()
    transaction.on_commit(lambda: storage.delete(name), robust=True)


def sweep(*, now: datetime) -> int:
    """Delete the files that no row names and that are older than WITHOUT_A_ROW_FOR; how many. Rows without a file are logged."""
    folder = Path(private_files().path(FOLDER))
    before = (now - WITHOUT_A_ROW_FOR).timestamp()
    count = 0
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if each.stat().st_mtime < before and not is_named(each):
            each.unlink(missing_ok=True)
            count += 1
    if count:
        log.info("Attachments: %s files without a row were deleted", count)
    if gone := lost():
        log.error("Attachments: the files of rows %s are gone", gone)
    return count


def is_named(file: Path) -> bool:
    """Whether a row names the file."""
    return Attachment.objects.filter(file=f"{FOLDER}/{file.name}").exists()


def lost() -> list[Any]:
    """Keys of the rows whose file is gone."""
    storage = private_files()
    rows = Attachment.objects.values_list("pk", "file").order_by("pk")
    return [key for key, name in rows.iterator() if not storage.exists(name)]
