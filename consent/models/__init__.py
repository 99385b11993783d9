"""People we hold, the ledger of what they permit, and what is derived from it."""

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
from consent.models.people import Address, Person, PersonQuerySet, Preference, Topic

__all__ = [
    "Address",
    "Chain",
    "ChainOwner",
    "Checkpoint",
    "Event",
    "Evidence",
    "Person",
    "PersonQuerySet",
    "Preference",
    "State",
    "Suppression",
    "Topic",
    "Verification",
    "Wording",
]
