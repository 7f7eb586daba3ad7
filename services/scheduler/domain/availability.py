"""When a representative is free: working hours of working days, less what is taken and its buffers.

Working hours are wall times; slots are moments. Across a change of the clocks a wall time that does not exist
gives no slot, and one that exists twice gives one.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.runtime.clock import ISRAEL
from services.scheduler.domain.representative import Representative
from services.scheduler.domain.sighting import Span, without
from services.scheduler.domain.slot import Slot
from services.scheduler.domain.working_days import WorkingDays, silence
from services.scheduler.domain.working_hours import Weekday

GRID_MINUTES = 30
"""Slots that nobody asked for by the minute start on round half hours."""
_DAY = timedelta(days=1)
_CACHED_DAYS = 800


@dataclass(frozen=True, slots=True)
class Busy:
    """Time of a representative that is taken, buffers included.

    `owner` is the meeting or the call it is taken for, and counts once a day towards the limits; None counts not.
    `lead_id` is the lead of a meeting.
    """

    representative_id: str
    start: datetime
    end: datetime
    owner: str | None = None
    lead_id: str | None = None


class Availability:
    """Finds the free slots of one representative."""

    def __init__(self, representative: Representative, working_days: WorkingDays) -> None:
        self.representative = representative
        self._working_days = working_days
        self._days: dict[tuple[date, int], tuple[Slot, ...]] = {}

    def horizon(self, now: datetime) -> tuple[datetime, datetime]:
        """From when until when meetings may start."""
        notice = timedelta(hours=self.representative.minimum_notice_hours)
        return now + notice, now + timedelta(days=self.representative.horizon_days)

    def free(self, now: datetime, busy: Iterable[Busy], minutes: int | None = None) -> list[Slot]:
        """Every free slot on the half hours, in order of time. `minutes`: another length than usual."""
        first, last = self.horizon(now)
        taken = _Taken(self.representative, busy)
        length = minutes or self.representative.meeting_minutes
        day, end = (moment.astimezone(self.representative.zone).date() for moment in (first, last))
        found: list[Slot] = []
        while day <= end:
            if not taken.full(day):
                found += [slot for slot in self._on(day, length) if first <= slot.start <= last and taken.leaves(slot)]
            day += _DAY
        return found

    def at(self, start: datetime, now: datetime, busy: Iterable[Busy], minutes: int | None = None) -> Slot | None:
        """The slot at exactly that moment, on the half hour or not, if it is free."""
        first, last = self.horizon(now)
        slot = self._slot(start.astimezone(UTC), minutes or self.representative.meeting_minutes)
        day = slot.start.astimezone(self.representative.zone).date()
        taken = _Taken(self.representative, busy)
        if not first <= slot.start <= last or taken.full(day) or not taken.leaves(slot):
            return None
        return slot if self.works(slot) else None

    def works(self, slot: Slot) -> bool:
        """Whether a slot lies within working hours, taken or not."""
        day = slot.start.astimezone(self.representative.zone).date()
        return any(_within(slot, *span) for span in self._open(day))

    def _on(self, day: date, minutes: int) -> tuple[Slot, ...]:
        """Every slot on the half hours of a day, free or not."""
        key = (day, minutes)
        if key not in self._days:
            if len(self._days) >= _CACHED_DAYS:
                self._days.clear()
            self._days[key] = tuple(
                slot
                for opens, closes in self._open(day)
                for slot in self._grid(day, minutes)
                if _within(slot, opens, closes)
            )
        return self._days[key]

    def _grid(self, day: date, minutes: int) -> Iterable[Slot]:
        for minute in range(0, 24 * 60, GRID_MINUTES):
            wall = datetime.combine(day, time(minute // 60, minute % 60))
            start = _moment(wall, self.representative.zone)
            if start.astimezone(self.representative.zone).replace(tzinfo=None) == wall:  # else the clocks skip it
                yield self._slot(start, minutes)

    def _slot(self, start: datetime, minutes: int) -> Slot:
        return Slot(self.representative.id, start, start + timedelta(minutes=minutes))

    def _open(self, day: date) -> Iterable[Span]:
        """The moments between which a day is worked; cautious where the clocks change, and silent with the sirens."""
        latest = self._working_days.closes(day)
        if latest is None or self.representative.away(day):
            return
        zone = self.representative.zone
        for hours in self.representative.hours.get(Weekday.of(day), ()):
            opens, closes = datetime.combine(day, hours.opens), datetime.combine(day, min(hours.closes, latest))
            span = (
                max(_moment(opens, zone), _moment(opens.replace(fold=1), zone)),
                min(_moment(closes, zone), _moment(closes.replace(fold=1), zone)),
            )
            siren = _siren(span)
            yield from [span] if siren is None else without([span], siren)


class _Taken:
    """What is taken of one representative's time, ready to be asked many times."""

    def __init__(self, representative: Representative, busy: Iterable[Busy]) -> None:
        self._representative = representative
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        self._owners: dict[date, set[str]] = defaultdict(set)
        mine = (each for each in busy if each.representative_id == representative.id)
        for each in sorted(mine, key=lambda taken: taken.start):
            if each.owner is not None:
                start = each.start + timedelta(minutes=representative.buffer_before_minutes)  # of the meeting itself
                self._owners[start.astimezone(representative.zone).date()].add(each.owner)
            if self._ends and each.start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], each.end)
            else:
                self._starts.append(each.start)
                self._ends.append(each.end)

    def leaves(self, slot: Slot) -> bool:
        """Whether a slot with its buffers touches nothing that is taken."""
        start, end = self._representative.occupied(slot.start, slot.end)
        before = bisect_right(self._starts, start) - 1
        if before >= 0 and self._ends[before] > start:
            return False
        return before + 1 >= len(self._starts) or self._starts[before + 1] >= end

    def full(self, day: date) -> bool:
        """Whether the day, or its week from Sunday on, has reached its limit."""
        daily, weekly = self._representative.daily_limit, self._representative.weekly_limit
        if daily is not None and len(self._owners.get(day, ())) >= daily:
            return True
        if weekly is None:
            return False
        sunday = day - timedelta(days=(day.weekday() + 1) % 7)
        week = (self._owners.get(sunday + timedelta(days=n), set()) for n in range(7))
        return len(set().union(*week)) >= weekly


def _siren(worked: Span) -> Span | None:
    """The siren of the day on which somebody begins to work, wherever that is."""
    day = worked[0].astimezone(ISRAEL).date()
    quiet = silence(day)
    if quiet is None:
        return None
    since, until = (_moment(datetime.combine(day, wall), ISRAEL) for wall in quiet)
    return since, until


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _within(slot: Slot, opens: datetime, closes: datetime) -> bool:
    return opens <= slot.start and slot.end <= closes
