"""On which days a digest is sent, from when to when, and which days it tells of.

Sunday to Thursday, without holidays; on the eve of a holiday before the afternoon. What happened on days without a
digest is told on the next one.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays

from services.runtime.clock import ISRAEL

FRIDAY, SATURDAY = 4, 5
EVE_AT_THE_LATEST = time(12, 0)
"""When it is sent on the eve of a holiday, if it would come later on other days."""
LASTS = timedelta(hours=3)
"""A digest that could not be sent for so long is told with the next one."""
LONGEST = timedelta(days=14)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DigestDay:
    """One digest. It tells of the days from `since` up to, and without, `day`."""

    day: date
    since: date
    until: datetime
    """When it is too late to send it."""


def is_working_day(day: date) -> bool:
    """Whether people look at digests."""
    return day.weekday() not in (FRIDAY, SATURDAY) and not _is_holiday(day)


def digest_due(now: datetime, at: time, last: date | None) -> DigestDay | None:
    """The digest to send now, if there is one; `last` is the day of the newest one that was stored."""
    local = now.astimezone(ISRAEL)
    day = local.date()
    if not is_working_day(day) or last == day:
        return None
    begins = min(at, EVE_AT_THE_LATEST) if _is_holiday(day + _DAY) else at
    first = datetime.combine(day, begins, ISRAEL)
    if not first <= local < first + LASTS:
        return None
    before = day - _DAY
    while not is_working_day(before):
        before -= _DAY
    since = before if last is None else max(min(last, before), day - LONGEST)
    return DigestDay(day, since, first + LASTS)


def _is_holiday(day: date) -> bool:
    return day in _holidays(day.year)


@lru_cache(maxsize=8)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("IL", years=year))
