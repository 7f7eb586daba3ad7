"""The time a caller named, from the words to a moment or a window."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from services.conversation.hebrew import time_scan
from services.conversation.hebrew.durations import DAY, HOUR
from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_days import sunday
from services.conversation.hebrew.time_pieces import Kind, Limit, Piece
from services.conversation.hebrew.time_words import DayPart
from services.conversation.hebrew.words import word_set

__all__ = ["Moment", "compose", "corrected", "resolve"]

_AFTERNOON_HOURS = range(1, 7)
"""Hours that are meant in the afternoon when nothing else is said."""
_DAY_BEGINS, _DAY_ENDS = time(8), time(20)
_LONG = 3 * HOUR
"""How long "after four" lasts."""
_FRIDAY = 4
_DAYS = (Kind.DAY, Kind.WEEKDAY, Kind.SPAN)
_TOO = word_set("מדי מידי לי לנו בשבילי")


def resolve(text: str | Utterance, now: datetime, offered: Sequence[datetime] = ()) -> Moment | None:
    """The time that is named, or None. `now` is aware, in the caller's zone; `offered` are slots spoken of before."""
    said = text if isinstance(text, Utterance) else Utterance(text)
    words = [word.folded for word in said.kept]
    pieces = time_scan.scan(words, now.date())
    _too_early_or_late(words, pieces)
    pieces = corrected(said, pieces)
    if not any(piece.kind is not Kind.NOTHING or piece.today for piece in pieces):
        return None
    return compose(pieces, now, offered)


def compose(pieces: Sequence[Piece], now: datetime, offered: Sequence[datetime] = ()) -> Moment | None:
    """The time that pieces tell together, in whatever language they were said."""
    return _Composition(now, pieces, offered).moment()


def _too_early_or_late(words: Sequence[str], pieces: Sequence[Piece]) -> None:
    """שמונה זה מוקדם מדי: then later."""
    for piece in pieces:
        behind = words[piece.end : piece.end + 4]
        if "מוקדם" in behind and piece.limit is Limit.NONE and not _TOO.isdisjoint(behind):
            piece.limit = Limit.AFTER
        elif "מאוחר" in behind and piece.limit is Limit.NONE and not _TOO.isdisjoint(behind):
            piece.limit = Limit.BEFORE


def corrected(said: Utterance, pieces: list[Piece]) -> list[Piece]:
    """Without what was taken back: רביעי לא חמישי is Thursday, שלישי הבא לא השלישי הזה is the next one."""
    words = [word.folded for word in said.kept]
    kept: list[Piece] = []
    for place, piece in enumerate(pieces):
        later = pieces[place + 1 :]
        if any(_same_kind(other, piece) for other in later) and is_denied(words, piece.end, later[0].start):
            continue
        if not piece.negated:
            kept.append(piece)
            continue
        same = [other for other in kept if _same_kind(other, piece)]
        if same:
            if piece.this or (piece.weekday >= 0 and piece.weekday == same[-1].weekday):
                continue
            kept = [other for other in kept if other not in same]
            kept.append(piece)
        elif not any(_same_kind(other, piece) for other in pieces[place + 1 :]):
            only_not = words[max(0, piece.start - 2) : piece.start - 1] == ["רק"]
            bare = piece.prefix == "" and piece.kind in (Kind.WEEKDAY, Kind.CLOCK) and not only_not
            if said.kept[piece.start].pause or (bare and said.kept[piece.start].folded != "יום"):
                kept.append(piece)
    return kept


_DENIALS = word_set("לא אין עסוק עסוקה בחול בעייתי בעייתית קשה תפוס תפוסה")
_BUT = word_set("אבל רק אז אולי עדיף כן")


def is_denied(words: Sequence[str], end: int, until: int) -> bool:
    """Whether the words from `end` up to `until` deny what was said before them: שלישי אני לא יכול.

    A "not" right before `until` denies what comes there instead: שלישי, לא רביעי.
    """
    for index in range(end, min(until, end + 5)):
        if words[index] in _BUT:
            return False
        if words[index] in _DENIALS:
            return not (words[index] == "לא" and until < len(words) and index + 1 == until)
    return False


def _same_kind(first: Piece, second: Piece) -> bool:
    return first.kind is second.kind or (first.kind in _DAYS and second.kind in _DAYS)


class _Composition:
    """Puts the pieces of one phrase together."""

    def __init__(self, now: datetime, pieces: Sequence[Piece], offered: Sequence[datetime]) -> None:
        self._now = now
        self._today = now.date()
        self._zone = now.tzinfo
        self._days = [piece for piece in pieces if piece.kind in _DAYS]
        if any(piece.kind is Kind.OFFSET for piece in pieces):  # "a week from today" is not today
            self._days = [piece for piece in self._days if piece.days != (self._today, self._today + DAY)]
        self._parts = [piece for piece in pieces if piece.kind is Kind.PART]
        self._clocks = [piece for piece in pieces if piece.kind is Kind.CLOCK]
        self._offset = next((piece for piece in pieces if piece.kind is Kind.OFFSET), None)
        self._saturday_night = any(piece.kind is Kind.NOTHING and piece.today for piece in pieces)
        self._offered = offered

    def moment(self) -> Moment | None:
        if self._saturday_night:
            return self._saturday()
        if self._offset is not None and self._offset.duration is not None and not self._offset.duration.in_days:
            return self._soon(self._offset)
        days = self._day_window()
        if self._clocks:
            return self._at_hour(days)
        if self._parts:
            return self._in_part(days)
        if days is None:
            return None
        return self._window(days[0], time(0), days[1], time(0))

    # days

    def _day_window(self) -> tuple[date, date] | None:
        base = self._offset_days()
        spans = [piece for piece in self._days if piece.kind is Kind.SPAN]
        if base is None and spans:
            base = _narrowed(spans)
        limited = [piece for piece in self._days if piece.limit is not Limit.NONE]
        free = [piece for piece in self._days if piece.limit is Limit.NONE and piece.kind is not Kind.SPAN]
        dates = [piece for piece in free if piece.kind is Kind.DAY]
        if dates:
            chosen = dates[-1].days
            assert chosen is not None  # noqa: S101 - every DAY has its days
            until = next(
                (piece for piece in limited if piece.limit is Limit.UNTIL and piece.start > dates[-1].start), None
            )
            return (chosen[0], self._of(until, base)[1]) if until else chosen
        if free:
            return self._weekdays(free, limited, base)
        if limited:
            return self._limited(limited, base)
        return base

    def _weekdays(
        self, free: Sequence[Piece], limited: Sequence[Piece], base: tuple[date, date] | None
    ) -> tuple[date, date]:
        last = free[-1]
        chosen = self._of(last, base)
        until = next((piece for piece in limited if piece.limit is Limit.UNTIL and piece.start > last.start), None)
        if until is not None:
            end = self._of(until, (chosen[0], chosen[0] + 7 * DAY))
            return chosen[0], max(end[1], chosen[1])
        if last.alternative and len(free) > 1:
            first = self._of(free[-2], base)
            if timedelta(0) < chosen[0] - first[0] <= 2 * DAY:
                return first[0], chosen[1]
            return first
        return chosen

    def _of(self, piece: Piece, base: tuple[date, date] | None) -> tuple[date, date]:
        """The days of a piece; a weekday is the next one, or the one within `base`."""
        if piece.days is not None:
            return piece.days
        if base is not None:
            start = max(base[0], self._today)
            first = start + (piece.weekday - start.weekday()) % 7 * DAY
            if first < base[1]:
                return first, first + DAY
        if piece.following:
            week = sunday(self._today) + 7 * DAY
            first = week + (piece.weekday + 1) % 7 * DAY
        else:
            first = self._today + ((piece.weekday - self._today.weekday()) % 7 or 7) * DAY
        return first, first + DAY

    def _limited(self, limited: Sequence[Piece], base: tuple[date, date] | None) -> tuple[date, date]:
        start, end = None, None
        for piece in limited:
            days = self._of(piece, base)
            if piece.limit is Limit.FROM:
                start = days[0]
            elif piece.limit is Limit.AFTER:
                start = days[1]
            elif piece.limit is Limit.BEFORE:
                end = days[0]
            else:
                end = days[1]
        if start is None:
            start = self._today
        if end is None:
            end = start + ((_FRIDAY - start.weekday()) % 7 or 1) * DAY
        elif end <= start:
            end += 7 * DAY if end + 7 * DAY > start else start - end + DAY
        return start, end

    def _offset_days(self) -> tuple[date, date] | None:
        if self._offset is None or self._offset.duration is None:
            return None
        duration = self._offset.duration
        if self._offset.limit is Limit.WITHIN:
            return self._today, self._today + duration.high + DAY
        if duration.months:
            day = _months_ahead(self._today, duration.months)
            return day, day + DAY
        first, last = self._today + duration.low, self._today + duration.high
        if self._days and duration.low >= 7 * DAY:  # "in two weeks on Tuesday"
            return sunday(first), sunday(first) + 7 * DAY
        return first, last + DAY

    # hours

    def _soon(self, offset: Piece) -> Moment:
        assert offset.duration is not None  # noqa: S101 - every OFFSET has its duration
        now = self._now.replace(second=0, microsecond=0)
        low, high = offset.duration.low, offset.duration.high
        return Moment(self._later(now, low), self._later(now, high))

    def _later(self, moment: datetime, length: timedelta) -> datetime:
        """So much later by the clock on the wall, across a change of the hour too."""
        return datetime.fromtimestamp(moment.timestamp() + length.total_seconds(), self._zone)

    def _at_hour(self, days: tuple[date, date] | None) -> Moment | None:
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

    def _between(self, days: tuple[date, date] | None, first: Piece, second: Piece) -> Moment:
        low, high = self._clock(first, self._part()), self._clock(second, self._part())
        if low >= high:
            low, high = (low - 12, high) if low > 12 and low - 12 < high else (low, high + 12)
        elif self._part() is None and low >= 13 and first.hour == 12:
            low -= 12
        day = self._day_for(days, low * 60 + first.minute)
        return Moment(
            self._join(day, time(low % 24, first.minute)),
            self._join(day + (high > 23) * DAY, time(high % 24, second.minute)),
        )

    def _hour(self, days: tuple[date, date] | None, piece: Piece) -> datetime:
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

    def _day_for(self, days: tuple[date, date] | None, minutes: int) -> date:
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

    def _in_part(self, days: tuple[date, date] | None) -> Moment:
        piece = self._parts[-1]
        if piece.alternative and len(self._parts) > 1:
            piece = self._parts[-2]
        part = piece.part
        assert part is not None  # noqa: S101 - every PART has its part
        begins, ends = part.start, part.end
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
            if not piece.today and self._now >= over:
                day += DAY
            days = (day, day + DAY)
        start, end = self._join(days[0], begins), self._join(days[1] - DAY, ends)
        if start < self._now < end:
            start = self._now.replace(second=0, microsecond=0)
        return Moment(start, end)

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

    def _window(self, first: date, begins: time, last: date, ends: time) -> Moment:
        return Moment(self._join(first, begins), self._join(last, ends))


def _is_range(first: Piece, second: Piece) -> bool:
    """ארבע חמש, בין תשע לעשר, מתשע עד עשר: from one to the other."""
    if second.limit is Limit.UNTIL or (second.prefix == "ל" and second.start - first.end <= 2):
        return True
    following = first.hour % 12 + 1 == (second.hour % 12 or 12) and first.minute in (0, 30) and second.minute == 0
    return following and second.start == first.end and second.prefix == ""


def _narrowed(spans: Sequence[Piece]) -> tuple[date, date] | None:
    """The days of the last span; "next week, at the beginning of the week" is the beginning of that week."""
    last = spans[-1]
    for other in spans[:-1]:
        if last.edge and last.days and other.days and last.days[0] < other.days[0]:
            return last.days[0] + 7 * DAY, last.days[1] + 7 * DAY
    return last.days


def _months_ahead(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, 28)
