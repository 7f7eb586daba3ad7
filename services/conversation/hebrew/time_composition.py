"""From the pieces of a time phrase to a moment or a window."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from services.conversation.hebrew.durations import DAY, HOUR
from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.time_days import Days, days_of
from services.conversation.hebrew.time_pieces import DAYS, Kind, Limit, Piece
from services.conversation.hebrew.time_words import DayPart

_AFTERNOON_HOURS = range(1, 7)
"""Hours that are meant in the afternoon when nothing else is said."""
_DAY_BEGINS, _DAY_ENDS = time(8), time(20)
_LONG = 3 * HOUR
"""How long "after four" lasts."""


class Composition:
    """Puts the pieces of one phrase together."""

    def __init__(self, now: datetime, pieces: Sequence[Piece], offered: Sequence[datetime]) -> None:
        self._pieces = pieces
        self._now = now
        self._today = now.date()
        self._zone = now.tzinfo
        self._parts = [piece for piece in pieces if piece.kind is Kind.PART]
        self._clocks = [piece for piece in pieces if piece.kind is Kind.CLOCK]
        self._offset = next((piece for piece in pieces if piece.kind is Kind.OFFSET), None)
        self._saturday_night = any(piece.kind is Kind.SATURDAY_NIGHT for piece in pieces)
        self._offered = offered

    def moment(self) -> Moment | None:
        if self._saturday_night:
            return self._saturday()
        if self._offset is not None and self._offset.duration is not None and not self._offset.duration.in_days:
            return self._soon(self._offset)
        days = days_of(self._pieces, self._today)
        if self._clocks:
            return self._at_hour(days)
        if self._parts:
            return self._in_part(days)
        if days is None:
            return None
        return self._from_now(self._join(days[0], time(0)), self._join(days[1], time(0)))

    def _soon(self, offset: Piece) -> Moment:
        assert offset.duration is not None  # noqa: S101 - every OFFSET has its duration
        now = self._now.replace(second=0, microsecond=0)
        low, high = offset.duration.low, offset.duration.high
        return Moment(self._later(now, low), self._later(now, high))

    def _later(self, moment: datetime, length: timedelta) -> datetime:
        """So much later by the clock on the wall, across a change of the hour too."""
        return datetime.fromtimestamp(moment.timestamp() + length.total_seconds(), self._zone)

    def _at_hour(self, days: Days | None) -> Moment | None:
        clocks = self._clocks
        bounded = [piece for piece in clocks if piece.limit is not Limit.NONE]
        if len(clocks) > 1 and (_is_range(clocks[-2], clocks[-1]) or len(bounded) == len(clocks)):
            return self._between(days, clocks[-2], clocks[-1])
        piece = clocks[-1] if not clocks[-1].alternative else clocks[0]
        if piece.limit is Limit.NONE and days is None and (chosen := self._offered_at(piece)):
            return Moment(chosen, chosen)
        if piece.same_hour:
            piece.hour, piece.minute = self._now.hour, self._now.minute
        start = self._hour(days, piece)
        if piece.limit in (Limit.AFTER, Limit.FROM):
            end = self._part_end(start) if self._parts else self._later(start, _LONG)
            return Moment(start, max(end, self._later(start, HOUR)))
        if piece.limit in (Limit.BEFORE, Limit.UNTIL):
            begin = self._join(start.date(), self._earliest())
            if start.date() == self._today:
                begin = max(begin, self._now.replace(second=0, microsecond=0))
            return Moment(min(begin, self._later(start, -HOUR)), start)
        return Moment(start, start)

    def _earliest(self) -> time:
        part = self._parts[-1].part if self._parts else None
        return part.start if part is not None else _DAY_BEGINS

    def _part_end(self, start: datetime) -> datetime:
        part = self._parts[-1].part
        assert part is not None  # noqa: S101 - every PART has its part
        return self._join(start.date(), part.end)

    def _between(self, days: Days | None, first: Piece, second: Piece) -> Moment:
        low, high = self._clock(first, self._part()), self._clock(second, self._part())
        if low >= high:
            low, high = (low - 12, high) if low > 12 and low - 12 < high else (low, high + 12)
        elif self._part() is None and low >= 13 and first.hour == 12:
            low -= 12
        day = self._day_for(days, high * 60 + second.minute)  # what has begun is still to come as long as it lasts
        return self._from_now(
            self._join(day, time(low % 24, first.minute)),
            self._join(day + (high > 23) * DAY, time(high % 24, second.minute)),
        )

    def _hour(self, days: Days | None, piece: Piece) -> datetime:
        hour = self._clock(piece, self._part())
        if piece.midnight:
            day = days[0] if days and days[0] > self._today else self._today + DAY
            return self._join(day, time(0, piece.minute))
        day = self._day_for(days, hour * 60 + piece.minute)
        moment = self._join(day + (hour > 23) * DAY, time(hour % 24, piece.minute))
        named_today = days is not None or any(part.today for part in self._parts)
        if moment <= self._now and hour < 12 and named_today and self._part() is None:
            return self._join(day, time(hour + 12, piece.minute))
        return moment

    def _clock(self, piece: Piece, part: DayPart | None) -> int:
        """The hour of the day, 0 to 24."""
        if part is not None:
            return part.hour(piece.hour)
        return piece.hour + 12 if piece.hour in _AFTERNOON_HOURS else piece.hour

    def _day_for(self, days: Days | None, minutes: int) -> date:
        if days is not None:
            return days[0]
        if any(part.today for part in self._parts):
            return self._today
        if minutes > self._now.hour * 60 + self._now.minute:
            return self._today
        return self._today + DAY

    def _offered_at(self, piece: Piece) -> datetime | None:
        """The only slot offered at this hour."""
        hour = self._clock(piece, self._part())
        fitting = [slot for slot in self._offered if (slot.hour, slot.minute) == (hour % 24, piece.minute)]
        return fitting[0].astimezone(self._zone) if len(fitting) == 1 else None

    def _part(self) -> DayPart | None:
        return self._parts[-1].part if self._parts else None

    def _in_part(self, days: Days | None) -> Moment | None:
        piece = self._parts[-1]
        if piece.alternative and len(self._parts) > 1:
            piece = self._parts[-2]
        part = piece.part
        assert part is not None  # noqa: S101 - every PART has its part
        begins, ends = part.start, part.end
        if days is not None and any(each.limit is Limit.FROM and each.kind in DAYS for each in self._pieces):
            days, ends = (days[0], days[0] + DAY), max(part.end, _DAY_ENDS)  # לא לפני מחר בצהריים
        first = self._parts[0].part
        if len(self._parts) > 1 and first is not None and piece.prefix == "ל" and first.start < part.start:
            begins, ends = first.start, part.start  # "between noon and the evening"
        if piece.limit in (Limit.UNTIL, Limit.BEFORE):
            begins, ends = _DAY_BEGINS, max(time(12), part.start)
        elif piece.limit is Limit.AFTER:
            begins, ends = part.end, _DAY_ENDS if part.end < _DAY_ENDS else time(23, 59)
        if days is None:
            day = self._today
            over = self._join(day, begins) + (self._join(day, ends) - self._join(day, begins)) / 2
            if piece.today and self._now >= self._join(day, ends):
                return None  # "this morning", in the evening
            if not piece.today and self._now >= over:
                day += DAY
            days = (day, day + DAY)
        return self._from_now(self._join(days[0], begins), self._join(days[1] - DAY, ends))

    def _from_now(self, start: datetime, end: datetime) -> Moment:
        """A window without what is over of it. One whose end was said to be before its beginning is its beginning."""
        if start < self._now < end:
            start = self._now.replace(second=0, microsecond=0)
        return Moment(start, max(start, end))

    def _saturday(self) -> Moment:
        days = self._today + ((5 - self._today.weekday()) % 7) * DAY
        evening = self._join(days, time(20))
        dusk = time(20) if evening.dst() else time(16, 30)
        if self._clocks:
            piece = self._clocks[-1]
            return Moment(*(self._join(days, time(piece.hour % 12 + 12, piece.minute)),) * 2)
        return Moment(self._join(days, dusk), self._join(days + DAY, time(0)))

    def _join(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self._zone)


def _is_range(first: Piece, second: Piece) -> bool:
    """ארבע חמש, בין תשע לעשר, מתשע עד עשר: from one to the other."""
    if second.limit is Limit.UNTIL or (second.prefix == "ל" and second.start - first.end <= 2):
        return True
    if second.instead:
        return False
    following = first.hour % 12 + 1 == (second.hour % 12 or 12) and first.minute in (0, 30) and second.minute == 0
    return following and second.start == first.end and second.prefix == ""
