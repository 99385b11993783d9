"""Interleaved rounds of two ways to do the same, compared pair by pair."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import ClassVar, TypeVar

ROUNDS = 7
Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Ratio:
    """Ours against theirs: the median of the rounds' ratios with the least and the greatest."""

    HEAD: ClassVar[str] = (
        "| what | ours | plain | ratio (median) | least–greatest | goal |\n|---|---|---|---|---|---|"
    )

    what: str
    ours: list[float]
    plain: list[float]
    unit: str
    goal: str

    def row(self) -> str:
        ratios = [one / other for one, other in zip(self.ours, self.plain, strict=True)]
        return (
            f"| {self.what} | {median(self.ours):.4g} {self.unit} | {median(self.plain):.4g} {self.unit} "
            f"| {median(ratios):.2f} | {min(ratios):.2f}–{max(ratios):.2f} | {self.goal} |"
        )


def interleaved(*ways: Callable[[], Measured], rounds: int = ROUNDS) -> tuple[list[Measured], ...]:
    """Measure each in turn, after one round that does not count; a list of measurements for each."""
    for way in ways:
        way()
    together = [[way() for way in ways] for _ in range(rounds)]
    return tuple(list(each) for each in zip(*together, strict=True))
