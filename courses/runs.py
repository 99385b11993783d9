"""Change a run that people may already be on."""

from django.db import transaction

from courses import enrolment, seats
from courses.models import Enrolment, Run


@transaction.atomic
def set_capacity(run: Run, capacity: int) -> list[Enrolment]:
    """Make the run have this many seats; seats that are new or free are offered to the queue at once, with a mail.

    Raises SeatsHeldError, changing nothing, when people hold more.
    """
    return enrolment.settle(seats.set_capacity(run, capacity))
