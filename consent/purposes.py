"""Why somebody is contacted: the registry that upper apps add to."""

from dataclasses import dataclass
from enum import StrEnum

from django_stubs_ext import StrOrPromise

from common.registry import Registry


class Kind(StrEnum):
    """What the law asks of a message: nothing, a ground, or that it be sent."""

    SERVICE = "service"
    MARKETING = "marketing"
    LEGAL = "legal"


@dataclass(frozen=True)
class Purpose:
    """A reason for contact; title and description are lazy texts shown to the person."""

    name: str
    kind: Kind
    title: StrOrPromise
    description: StrOrPromise


purposes: Registry[Purpose] = Registry("purposes")


def kind_of(name: str) -> str:
    """The kind of the purpose; empty for a name that nobody has registered, which permits nothing."""
    return purposes[name].kind.value if name in purposes else ""
