"""How fast questions are answered: figures over the last three months, from the tasks themselves (C5.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, Count, ExpressionWrapper, F, Q
from django.db.models.fields import DurationField

from crm.models import Task

WINDOW = timedelta(days=90)


class Median(Aggregate):
    """The middle one of the values."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Figures:
    """Questions asked in the window: how many answered, how many of them in time, the median time; what is open now."""

    answered: int
    in_time: int
    median: timedelta | None
    open: int
    late: int

    @property
    def share(self) -> int | None:
        """Per cent answered in time, rounded down: a hundred means all."""
        return self.in_time * 100 // self.answered if self.answered else None

    @property
    def hours(self) -> int | None:
        """The median in whole hours of the clock, nights included."""
        return round(self.median.total_seconds() / 3600) if self.median is not None else None


def figures(now: datetime) -> Figures:
    """One statement."""
    asked = Task.objects.filter(kind=Task.Kind.QUESTION)
    recent = Q(created_at__gt=now - WINDOW, done_at__isnull=False)
    took = ExpressionWrapper(F("done_at") - F("created_at"), DurationField())
    found = asked.aggregate(
        answered=Count("pk", filter=recent),
        in_time=Count("pk", filter=recent & Q(done_at__lte=F("due_at"))),
        median=Median(took, filter=recent),
        open=Count("pk", filter=Q(done_at=None)),
        late=Count("pk", filter=Q(done_at=None, due_at__lte=now)),
    )
    return Figures(**found)
