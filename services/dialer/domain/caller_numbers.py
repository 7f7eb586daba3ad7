"""The numbers we call from: they take turns, and each makes so many calls a day, lest it be taken for a nuisance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from services.dialer.domain.israeli_calendar import ISRAEL


@dataclass(frozen=True)
class CallerNumbers:
    """In E.164. `daily_limit` is how many calls each makes in a day of Israel; None: as many as there are."""

    numbers: tuple[str, ...]
    daily_limit: int | None = None

    @property
    def need_counting(self) -> bool:
        """Whether it matters how many calls each has made."""
        return len(self.numbers) > 1 or self.daily_limit is not None

    def next(self, used: Mapping[str, int], known: str | None = None) -> str | None:
        """Which number calls next, by how many calls each has made today; None if all have made theirs. Somebody who
        asked to be called sees the number that is `known` to them, if it has calls left."""
        free = [each for each in self.numbers if self.daily_limit is None or used.get(each, 0) < self.daily_limit]
        if known in free:
            return known
        return min(free, key=lambda number: used.get(number, 0), default=None)

    def rest_until(self, used: Mapping[str, int], now: datetime) -> datetime | None:
        """When they may call again, if all have made their calls of the day."""
        return None if self.next(used) else _midnight(now, days=1)


def day_began(now: datetime) -> datetime:
    """When the day began over which calls are counted."""
    return _midnight(now)


def _midnight(now: datetime, days: int = 0) -> datetime:
    day = now.astimezone(ISRAEL).date() + timedelta(days=days)
    return datetime.combine(day, time.min, ISRAEL).astimezone(UTC)
