"""Files that people and staff upload: the public ones, and those that no address leads to.

A private file is named with `private/` before its name in its storage, a public one by its name alone.
"""

from typing import IO, Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db.models import FileField

PRIVATE = "private"
PREFIX = f"{PRIVATE}/"  # no public file is uploaded to a folder of this name


class PrivateStorage(FileSystemStorage):
    """Files under PRIVATE_ROOT, handed out by views that ask who is asking; they have no address of their own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.base_url = None  # type: ignore[assignment]  # then url() raises ValueError

    @property
    def base_location(self) -> str:  # read anew, so that a test's own folder counts
        return str(settings.PRIVATE_ROOT)

    @property
    def location(self) -> str:
        return str(settings.PRIVATE_ROOT)


def private_files() -> Storage:
    """The storage of files that no address leads to."""
    return storages[PRIVATE]


def name_of(field: FileField, name: str) -> str:
    """The name of a file of this column, told apart from one in the other storage."""
    return f"{PREFIX}{name}" if isinstance(field.storage, PrivateStorage) else name


def open_file(name: str) -> IO[Any]:
    """The file for reading; OSError when it is not there."""
    storage, own = storage_of(name)
    return storage.open(own)


def delete_file(name: str) -> None:
    """Delete the file; one that is gone already is no error."""
    storage, own = storage_of(name)
    storage.delete(own)


def storage_of(name: str) -> tuple[Storage, str]:
    """Where the file is, and its name there."""
    if name.startswith(PREFIX):
        return private_files(), name.removeprefix(PREFIX)
    return storages["default"], name
