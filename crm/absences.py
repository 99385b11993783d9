"""Staff's absences by date, each with a deputy, so that somebody answers on every day (C5.3).

One lock for all that changes who can answer (`lock_staffing`): two marks at once cannot make a circle of deputies that
neither of them sees. It comes before every other lock.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from common.days import database_now
from crm.choosing import NobodyLeftError
from crm.models import Absence

STAFFING = 5_300  # the number of the advisory lock

# The days on which anything changes, and on them everybody who is away and for whom nobody answers.
UNANSWERED = """
WITH days AS (
  SELECT %(since)s::date AS day
  UNION SELECT since FROM crm_absence WHERE since BETWEEN %(since)s AND %(until)s
)
SELECT a.user_id, d.day FROM days d
JOIN crm_absence a ON d.day BETWEEN a.since AND a.until
WHERE crm_answering(a.user_id, d.day) IS NULL AND a.user_id = coalesce(%(user)s, a.user_id)
ORDER BY d.day, a.user_id LIMIT 1
"""


class UnansweredError(Exception):
    """Nobody would answer for `user` on `day`: the deputies end with one who is away too, or who cannot answer."""

    def __init__(self, user: User, day: date) -> None:
        super().__init__(user.pk, day)
        self.user = user
        self.day = day


class OverlapError(Exception):
    """The member of staff is away on some of these days already."""


@transaction.atomic
def mark(user: User, since: date, until: date, deputy: User) -> Absence:
    """Write down that the user is away on these days, both included, and who answers instead; returns the absence.

    Raises UnansweredError when on any of the days the chain of deputies leads to nobody, for the user or for somebody
    whose deputy the user is, and OverlapError; nothing is written then.
    """
    lock_staffing()
    if Absence.objects.filter(user=user, since__lte=until, until__gte=since).exists():
        raise OverlapError
    absence = Absence.objects.create(user=user, since=since, until=until, deputy=deputy)
    if gap := unanswered(since, until):
        raise UnansweredError(*gap)
    return absence


@transaction.atomic
def end(absence: Absence) -> None:
    """The user is back today, or does not go at all; what has been stays, and a second time changes nothing."""
    lock_staffing()
    today = timezone.localdate(database_now())
    rows = Absence.objects.filter(pk=absence.pk)
    rows.filter(since__gte=today).delete()
    rows.filter(since__lt=today, until__gte=today).update(until=today - timedelta(days=1))


def unanswered(since: date, until: date, *, user: int | None = None) -> tuple[User, date] | None:
    """The first day on which somebody away, or this one, has nobody who answers, and who that is; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(UNANSWERED, {"since": since, "until": until, "user": user})
        row = cursor.fetchone()
    return (User.objects.get(pk=row[0]), row[1]) if row else None


def replace_deputy(gone: User, candidates: Iterable[int]) -> None:
    """Give the coming absences whose deputy is gone another one, in the caller's transaction and lock.

    The first of the candidates with whom every day is answered; NobodyLeftError when there is none.
    """
    others = list(dict.fromkeys(candidates))
    today = timezone.localdate(database_now())
    waiting = list(Absence.objects.not_over(today).filter(deputy=gone).exclude(user=gone))
    while waiting:  # whose deputy is away too waits for theirs
        left = [each for each in waiting if not find_deputy(each, others, today)]
        if len(left) == len(waiting):
            raise NobodyLeftError
        waiting = left


def find_deputy(absence: Absence, candidates: Iterable[int], today: date) -> bool:
    """Set the first with whom somebody answers on each day left of the absence; False, and nothing set, for none."""
    row = Absence.objects.filter(pk=absence.pk)
    for key in candidates:
        if key == absence.user_id:
            continue
        row.update(deputy=key)
        if not unanswered(max(absence.since, today), absence.until, user=absence.user_id):
            return True
    row.update(deputy=absence.deputy_id)
    return False


def lock_staffing() -> None:
    """Nobody else changes who can answer until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STAFFING])
