"""What each app holds on a person, declared by the app itself (GDPR Art. 5(2), 30)."""

from dataclasses import dataclass

from common.registry import Registry


@dataclass(frozen=True)
class Holding:
    """One kind of personal data: which model, which of its columns are personal, and why it is held."""

    name: str
    model: str
    personal: tuple[str, ...]
    reason: str


holdings: Registry[Holding] = Registry("holdings")
