"""People we hold, the ledger of what they permit, what is derived from it, and what they ask by their rights."""

from consent.models.ledger import (
    Chain,
    ChainOwner,
    Checkpoint,
    Event,
    Evidence,
    State,
    Suppression,
    Verification,
    Wording,
)
from consent.models.people import Address, Alias, Person, PersonQuerySet, Preference, Topic
from consent.models.requests import SubjectRequest

__all__ = [
    "Address",
    "Alias",
    "Chain",
    "ChainOwner",
    "Checkpoint",
    "Event",
    "Evidence",
    "Person",
    "PersonQuerySet",
    "Preference",
    "State",
    "SubjectRequest",
    "Suppression",
    "Topic",
    "Verification",
    "Wording",
]
