"""How the demo's people said what they said."""

from typing import TypedDict

from accounts.models import User
from consent.kinds import Method
from consent.ledger import Proof

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class ByStaff(TypedDict):
    """A word that a member of staff recorded."""

    method: Method
    by: User
    evidence: Proof


def box(number: int) -> str:
    """The address of the learner of this number, from 0."""
    return f"osallistuja{number + 1}@example.org"


def own_word(number: int) -> Proof:
    """From the reader's own browser; the addresses are those kept for documentation (RFC 5737)."""
    return Proof(address=box(number), ip=f"192.0.2.{number + 1}", user_agent=BROWSER)


def on_the_phone(login: str, address: str, note: str) -> ByStaff:
    """Said to a member of staff, who wrote it down."""
    by = User.objects.get(email=f"{login}@example.org")
    return {"method": Method.STAFF, "by": by, "evidence": Proof(address=address, note=note)}
