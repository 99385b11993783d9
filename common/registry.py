"""A typed list that upper apps fill in and a lower app reads (docs/architecture.md)."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """What every registry entry has: a stable name such as `courses.enrolments`."""

    @property
    def name(self) -> str: ...


Entry = TypeVar("Entry", bound=Named)


class DuplicateNameError(Exception):
    """Two entries claim one name; found at start, never in use."""


class Registry(Generic[Entry]):
    """Entries by name, in the order they were added."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._entries: dict[str, Entry] = {}

    def add(self, entry: Entry) -> Entry:
        """Take the entry in; a second one of the same name raises DuplicateNameError."""
        if entry.name in self._entries:
            message = f"{self.title} already has {entry.name}"
            raise DuplicateNameError(message)
        self._entries[entry.name] = entry
        return entry

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)
