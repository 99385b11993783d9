"""Moments of the demo's past, and what happened at them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone


@dataclass(frozen=True)
class Step:
    """Something that happened."""

    at: datetime
    take: Callable[[], object]


@dataclass(frozen=True)
class Calendar:
    """The past as seen from now."""

    now: datetime

    def ago(self, days: int, clock: str = "10:00") -> datetime:
        """That many days ago at a time such as 09:30 (Europe/Helsinki); today means two hours ago."""
        if days == 0:
            return self.now - timedelta(hours=2)
        day = timezone.localdate(self.now) - timedelta(days=days)
        return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))
