"""Hours of the week at which somebody wants to be called, or a campaign calls; and calling hours narrowed to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from services.dialer.domain.calling_hours import CallingHours, Span
from services.dialer.domain.israeli_calendar import ISRAEL

DAYS = 7
WHOLE_DAY: Span = (time.min, time.max)
EVERY_DAY = frozenset(range(DAYS))
_FURTHEST = timedelta(days=30)


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        elif start < end:
            merged.append((start, end))
    return tuple(merged)


def _without(spans: tuple[Span, ...], taken: tuple[Span, ...]) -> tuple[Span, ...]:
    for gone_from, gone_until in taken:
        parts = [((start, min(end, gone_from)), (max(start, gone_until), end)) for start, end in spans]
        spans = tuple(part for pair in parts for part in pair if part[0] < part[1])
    return spans


@dataclass(frozen=True)
class WeeklyHours:
    """For each weekday, Sunday first, spans of Israeli local time, in order and apart from each other."""

    days: tuple[tuple[Span, ...], ...]

    @classmethod
    def on(cls, days: Iterable[int] = EVERY_DAY, spans: Iterable[Span] = (WHOLE_DAY,)) -> "WeeklyHours":
        """The same spans on each of `days`; 0 is Sunday."""
        chosen, merged = set(days), _merged(spans)
        return cls(tuple(merged if day in chosen else () for day in range(DAYS)))

    def __or__(self, other: "WeeklyHours") -> "WeeklyHours":
        both = zip(self.days, other.days, strict=True)
        return WeeklyHours(tuple(_merged((*mine, *theirs)) for mine, theirs in both))

    def __sub__(self, other: "WeeklyHours") -> "WeeklyHours":
        both = zip(self.days, other.days, strict=True)
        return WeeklyHours(tuple(_without(mine, theirs) for mine, theirs in both))

    def of(self, day: date) -> tuple[Span, ...]:
        return self.days[day.isoweekday() % DAYS]

    def __contains__(self, moment: datetime) -> bool:
        local = moment.astimezone(ISRAEL)
        return any(start <= local.time() < end for start, end in self.of(local.date()))

    def next(self, moment: datetime) -> datetime | None:
        """The first moment from `moment` on that is within these hours, or None if there is none in a week."""
        if moment in self:
            return moment
        today = moment.astimezone(ISRAEL).date()
        for later in range(DAYS + 1):
            day = today + timedelta(days=later)
            for start, _ in self.of(day):
                opening = datetime.combine(day, start, ISRAEL).astimezone(UTC)
                if opening > moment:
                    return opening
        return None


ALL_WEEK = WeeklyHours.on()


@dataclass(frozen=True)
class Narrowed:
    """Calling hours, as far as they are within `week`."""

    hours: CallingHours
    week: WeeklyHours

    def is_open(self, moment: datetime) -> bool:
        return moment in self.week and self.hours.is_open(moment)

    def next_open(self, moment: datetime) -> datetime:
        """See CallingHours. Raises ValueError if the two do not meet within a month."""
        found = self.first(moment)
        if found is None:
            raise ValueError(f"no calling hours within {_FURTHEST.days} days that are also within the hours asked for")
        return found

    def first(self, moment: datetime) -> datetime | None:
        """As `next_open`, or None if the two do not meet within a month."""
        return _first(self.hours, self.week, moment)


@lru_cache(maxsize=1024)
def _first(hours: CallingHours, week: WeeklyHours, moment: datetime) -> datetime | None:
    """Kept, since the leads of one list are judged at one moment and wish for much the same."""
    last = moment + _FURTHEST
    while moment <= last:
        wanted = week.next(moment)
        if wanted is None:
            return None
        try:
            moment = hours.next_open(wanted)
        except ValueError:  # they never open at all
            return None
        if moment in week:
            return moment
    return None
