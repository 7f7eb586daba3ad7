"""The days that the pieces of a time phrase name together."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.conversation.hebrew.durations import DAY
from services.conversation.hebrew.time_pieces import DAYS, Kind, Limit, Piece
from services.conversation.hebrew.time_weeks import sunday

_FRIDAY, _SUNDAY = 4, 6

Days = tuple[date, date]
"""The first day and the day after the last."""


def days_of(pieces: Sequence[Piece], today: date) -> Days | None:
    """The days that were named, or None if only an hour was."""
    return _Named(pieces, today).together()


class _Named:
    """The pieces of a phrase that tell days."""

    def __init__(self, pieces: Sequence[Piece], today: date) -> None:
        self._today = today
        self._days = [piece for piece in pieces if piece.kind in DAYS]
        self._offset = next((piece for piece in pieces if piece.kind is Kind.OFFSET), None)
        if self._offset is not None:  # "a week from today" is not today
            self._days = [piece for piece in self._days if piece.days != (today, today + DAY)]
        self._days = [piece for piece in self._days if not piece.whole] or self._days

    def together(self) -> Days | None:
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
            first = dates[-2].days if dates[-1].alternative and len(dates) > 1 else None
            if first is not None and timedelta(0) < chosen[0] - first[0] <= 2 * DAY:  # מחר או מחרתיים
                return first[0], chosen[1]
            return (chosen[0], self._of(until, base)[1]) if until else chosen
        if free:
            return self._weekdays(free, limited, base)
        if limited:
            return self._limited(limited, base)
        return base

    def _weekdays(self, free: Sequence[Piece], limited: Sequence[Piece], base: Days | None) -> Days:
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

    def _of(self, piece: Piece, base: Days | None) -> Days:
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
        first += 7 * DAY * piece.skips
        return first, first + DAY

    def _limited(self, limited: Sequence[Piece], base: Days | None) -> Days:
        start, end, length = None, None, timedelta(0)
        for piece in limited:
            days = self._of(piece, base)
            length = days[1] - days[0]
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
        if end is None and length >= 7 * DAY:  # after January: February
            end = start + length
        elif end is None and start.weekday() == _SUNDAY:  # after the weekend: its first day
            end = start + DAY
        elif end is None:
            end = start + ((_FRIDAY - start.weekday()) % 7 or 1) * DAY
        elif end <= start:
            end += 7 * DAY if end + 7 * DAY > start else start - end + DAY
        return start, end

    def _offset_days(self) -> Days | None:
        if self._offset is None or self._offset.duration is None:
            return None
        duration = self._offset.duration
        if self._offset.limit is Limit.WITHIN:
            return self._today, self._today + duration.high + DAY
        if duration.months:
            day = months_ahead(self._today, duration.months)
            return day, day + DAY
        first, last = self._today + duration.low, self._today + duration.high
        if self._days and duration.low >= 7 * DAY:  # "in two weeks on Tuesday"
            return sunday(first), sunday(first) + 7 * DAY
        return first, last + DAY


def _narrowed(spans: Sequence[Piece]) -> Days | None:
    """The days of the last span; "next week, at the beginning of the week" is the beginning of that week."""
    last = spans[-1]
    for other in spans[:-1]:
        if last.edge and last.days and other.days and last.days[0] < other.days[0]:
            return last.days[0] + 7 * DAY, last.days[1] + 7 * DAY
    return last.days


def months_ahead(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has none."""
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, 28)
