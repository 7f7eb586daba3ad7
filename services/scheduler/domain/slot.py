"""Slots, and which of the free ones to offer for a wish.

Every free slot gets a cost, and the cheapest is taken, one after the other, so that each choice knows the ones
before it: two offers should differ in day and in part of day, unless the lead asked for a certain one.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.values import TimeWindow

MINUTES = range(5, 481)
"""How long a meeting may be."""
_STAMP = "%Y%m%dT%H%MZ"

# What a slot costs, in points. A day's delay weighs less than a second offer on the same day.
_A_DAY_LATER = 2.0
_SAME_DAY = 6.0
_SAME_PART_OF_DAY = 3.0
_CLOSE_TO_ANOTHER = 6.0
_CLOSE_HOURS = 1.5
_HALF_HOUR = 1.0
_EARLY_OR_LATE = 3.0
_LUNCH = 2.0
_OTHER_PERSON = 0.1
_SAME_PERSON = 0.5
_AN_HOUR_AWAY = 0.5
_BEFORE = 1.5
"""An hour before the wish counts as so many hours after it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which one representative can be met."""

    representative_id: str
    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds()) // 60

    @property
    def slot_id(self) -> str:
        return slot_id_of(self.representative_id, self.start)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the lead asked for. `window` None: any time; an exact window: that very moment."""

    window: TimeWindow | None = None
    not_before: datetime | None = None
    not_on: tuple[TimeWindow, ...] = ()
    exclude: frozenset[str] = frozenset()
    count: int = 2
    minutes: int | None = None
    representative_id: str | None = None
    """Only with this person."""
    moving: UUID | None = None
    """The meeting that is to be moved."""

    @property
    def impossible(self) -> str | None:
        """Why no meeting can be that long, if none can."""
        if self.minutes is None or self.minutes in MINUTES:
            return None
        return f"meeting_minutes lies between {MINUTES.start} and {MINUTES.stop - 1}"

    @property
    def key(self) -> str:
        """The same for the same wish, so that a repeated request is known to be one."""
        window = self.window and (self.window.start.timestamp(), self.window.end.timestamp())
        floor = self.not_before and self.not_before.timestamp()
        never = sorted((each.start.timestamp(), each.end.timestamp()) for each in self.not_on)
        whose = (self.minutes, self.representative_id, self.moving)
        parts = (window, floor, never, sorted(self.exclude), self.count, *whose)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    @property
    def exact(self) -> datetime | None:
        """The very moment that was asked for, if one was."""
        return self.window.start if self.window is not None and self.window.exact else None

    def order(self, slot: Slot) -> tuple[timedelta, datetime]:
        """Sorts slots as they are read out: nearest first for an exact moment, else by time."""
        return abs(slot.start - self.exact) if self.exact else timedelta(), slot.start

    def allows(self, slot: Slot) -> bool:
        """Whether a slot may be offered at all."""
        if self.not_before is not None and slot.start < self.not_before:
            return False
        if self.representative_id is not None and slot.representative_id != self.representative_id:
            return False
        if any(slot.start in each or slot.start <= each.start < slot.end for each in self.not_on):
            return False
        return not self.exclude or slot.slot_id not in self.exclude


def slot_id_of(representative_id: str, start: datetime) -> str:
    """The name of a slot, the same in every process.

    >>> slot_id_of("noa", datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
    'noa-20261124T0830Z'
    """
    return f"{representative_id}-{start.astimezone(UTC).strftime(_STAMP)}"


def parse_slot_id(slot_id: str) -> tuple[str, datetime] | None:
    """The representative's id and the start that a slot's name says, or None if it is no such name."""
    representative_id, _, stamp = slot_id.rpartition("-")
    try:
        start = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (representative_id, start) if representative_id else None


def choose(free: Iterable[Slot], wish: Wish, ranks: Mapping[str, float], zone: ZoneInfo) -> list[Slot]:
    """Up to `wish.count` good slots of the free ones.

    Each moment is offered once; who is offered follows the ranks, and offers that are otherwise as good are spread
    over representatives. Nothing free inside the wish: the nearest outside it. For an exact moment the nearest comes
    first, otherwise they come in order of time. Days and parts of day are those of `zone`, where the lead lives.
    """
    moments: dict[datetime, list[Slot]] = defaultdict(list)
    for slot in free:
        if wish.allows(slot):
            moments[slot.start].append(slot)
    for rivals in moments.values():
        rivals.sort(key=lambda slot: _rank(slot, ranks))
    if wish.exact:
        return sorted((rivals[0] for rivals in moments.values()), key=wish.order)[: wish.count]
    window = wish.window
    left = [
        _Candidate(slot, slot.start.astimezone(zone), outside=window is not None and slot.start not in window)
        for rivals in moments.values()
        for slot in rivals[: wish.count]
    ]
    for each in left:
        each.cost = each.price(wish, _rank(each.slot, ranks))
    chosen: list[Slot] = []
    while left and len(chosen) < wish.count:
        best = min(left, key=lambda each: (each.outside, each.cost, each.wall))
        left = [each for each in left if each.slot.start != best.slot.start]
        chosen.append(best.slot)
        for each in left:
            each.cost += each.likeness(best)
    return sorted(chosen, key=wish.order)


@dataclass(slots=True, eq=False)
class _Candidate:
    """A free slot, when it is by the lead's clock, and what it costs so far."""

    slot: Slot
    wall: datetime
    outside: bool
    """Outside the wish: it comes after everything inside."""
    cost: float = 0.0

    def price(self, wish: Wish, rank: float) -> float:
        """What it costs by itself."""
        hour = self.wall.hour
        cost = rank * _OTHER_PERSON
        cost += _HALF_HOUR * (self.wall.minute != 0)
        cost += _EARLY_OR_LATE * (hour < 9 or hour >= 17) + _LUNCH * (12 <= hour < 14)
        if wish.window is None or not self.outside:
            return cost + self.wall.toordinal() * _A_DAY_LATER
        early = max(0.0, _hours(wish.window.start - self.wall))
        late = max(0.0, _hours(self.wall - wish.window.end))
        return cost + (early * _BEFORE + late) * _AN_HOUR_AWAY

    def likeness(self, other: "_Candidate") -> float:
        """What it costs to resemble a slot already chosen."""
        cost = _SAME_PART_OF_DAY * ((self.wall.hour < 12) == (other.wall.hour < 12))
        cost += _SAME_PERSON * (self.slot.representative_id == other.slot.representative_id)
        if self.wall.date() == other.wall.date():
            cost += _SAME_DAY
            cost += _CLOSE_TO_ANOTHER * (abs(_hours(self.wall - other.wall)) < _CLOSE_HOURS)
        return cost


def _rank(slot: Slot, ranks: Mapping[str, float]) -> float:
    return ranks.get(slot.representative_id, len(ranks))


def _hours(span: timedelta) -> float:
    return span.total_seconds() / 3600
