"""A feed's provider, courses, runs and places as values for the rows of the catalogue."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

LONGEST_IDENTIFIER = 255


def digest(*values: Any) -> str:
    """Changes when one of the values does; 32 hexadecimal digits."""
    text = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def fitted(identifier: str) -> str:
    """The identifier, or for one too long for its column a shorter one that is as unique."""
    if len(identifier) <= LONGEST_IDENTIFIER:
        return identifier
    return f"{identifier[:200]}~{digest(identifier)}"


@dataclass(frozen=True)
class Place:
    """Where people meet; `key` tells it from the institution's other places."""

    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    identifier: str = ""

    @property
    def title(self) -> str:
        """Name and town, without naming the town twice."""
        return self.name if self.city in self.name else f"{self.name}, {self.city}"

    @property
    def address(self) -> str:
        """Everything one needs to find it, on one line."""
        town = f"{self.postcode} {self.city}".strip()
        return ", ".join(dict.fromkeys(filter(None, [self.name, self.street, town])))

    @property
    def key(self) -> str:
        parts = (self.identifier, self.name, self.street, self.postcode)
        return fitted("|".join(part.casefold() for part in parts))


@dataclass(frozen=True)
class Provider:
    """Who offers the courses of a feed, or of a part of it."""

    names: dict[str, str]
    identifiers: tuple[str, ...] = ()
    url: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    place: Place | None = None

    @property
    def name(self) -> str:
        return next(iter(self.names.values()), "") or self.url or next(iter(self.identifiers), "")


@dataclass(frozen=True)
class RunRecord:
    """A presentation: `values` by column of Run; `facts` tell it from others that have the same identifier."""

    identifier: str
    values: dict[str, Any]
    facts: str
    place: Place | None = None

    @property
    def digest(self) -> str:
        return digest(self.values, self.place and self.place.key)


@dataclass(frozen=True)
class CourseRecord:
    """A course entry: `values` by column of Course."""

    line: int
    identifiers: tuple[str, ...]
    title: str
    values: dict[str, Any]
    runs: tuple[RunRecord, ...] = field(default=())
    is_deleted: bool = False

    @property
    def digest(self) -> str:
        return digest(self.values, sorted((run.identifier, run.digest) for run in self.runs))
