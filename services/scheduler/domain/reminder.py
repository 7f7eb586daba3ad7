"""When to remind people of a meeting: never in the past, and never on Shabbat or a holiday."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.scheduler.domain.working_days import WorkingDays

_DAY = timedelta(days=1)
_LONGEST_REST = 14
"""No run of closed days is longer than this many."""
_GRACE = timedelta(hours=1)
"""How long after the end of a short day what was due at its end may still be sent."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """To be sent at `due_at`; of no use after `give_up_at`, when the next one or the meeting comes."""

    due_at: datetime
    give_up_at: datetime


def reminders(
    start: datetime, now: datetime, hours: Iterable[float], zone: ZoneInfo, working_days: WorkingDays
) -> list[Reminder]:
    """The reminders of a meeting that starts at `start`, so many hours before it, in order of time.

    One that would fall on a day of rest moves to the same hour of the working day before, or to the end of it.
    """
    moments = {working_moment(start - timedelta(hours=each), zone, working_days) for each in hours}
    due = sorted(moment.astimezone(UTC) for moment in moments if moment is not None and now < moment < start)
    return [Reminder(each, until) for each, until in pairwise([*due, start])]


def working_moment(moment: datetime, zone: ZoneInfo, working_days: WorkingDays) -> datetime | None:
    """The moment itself if people are at work then, else the last one before it. None if there is none."""
    wall = moment.astimezone(zone)
    for _ in range(_LONGEST_REST):
        closes = working_days.closes(wall.date())
        if closes is not None:
            if wall.time() <= closes:
                return wall
            return wall.replace(hour=closes.hour, minute=closes.minute, second=0, microsecond=0)
        wall -= _DAY
    return None


def is_rest(moment: datetime, zone: ZoneInfo, working_days: WorkingDays) -> bool:
    """Whether nobody is to be reminded any more, even of what was due before the day ended."""
    wall = (moment - _GRACE).astimezone(zone)
    closes = working_days.closes(wall.date())
    return working_days.closes(moment.astimezone(zone).date()) is None or closes is None or wall.time() > closes
