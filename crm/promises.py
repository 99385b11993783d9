"""By when a question is answered: the end of the next working day in Finland (C5.2).

Working hours are the table WEEK; days off are the public holidays of the `holidays` package, which for Finland has
Midsummer Eve and Christmas Eve among them. Moments are aware; days and hours are those of Europe/Helsinki.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

HELSINKI = ZoneInfo("Europe/Helsinki")
WEEK: dict[int, tuple[time, time]] = dict.fromkeys(range(5), (time(9), time(16)))  # 0 is Monday
DAY = timedelta(days=1)


def promised_by(now: datetime) -> datetime:
    """The end of the first working day after today: whoever asks on Friday evening hears by Monday’s end."""
    on = next_workday(now.astimezone(HELSINKI).date())
    _opens, closes = WEEK[on.weekday()]
    return datetime.combine(on, closes, HELSINKI)


def next_workday(on: date) -> date:
    """The first working day after the day."""
    on += DAY
    while not is_workday(on):
        on += DAY
    return on


def is_workday(on: date) -> bool:
    """Whether questions are answered on the day."""
    return on.weekday() in WEEK and on not in days_off(on.year)


@lru_cache(maxsize=8)
def days_off(year: int) -> frozenset[date]:
    """Finland’s public holidays of the year, with the eves of Midsummer and Christmas."""
    return frozenset(holidays.country_holidays("FI", years=year))
