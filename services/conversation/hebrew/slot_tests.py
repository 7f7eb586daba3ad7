"""What is said of a slot's day and hour, as tests that the offered ones pass or fail."""

from collections.abc import Callable, Sequence
from datetime import datetime, time

from services.conversation.hebrew.durations import HOUR, WEEK
from services.conversation.hebrew.time_pieces import DAYS, Kind, Limit, Piece
from services.conversation.hebrew.time_weeks import sunday
from services.conversation.hebrew.time_words import WORKDAY, DayPart
from services.conversation.hebrew.times import compose

Test = Callable[[datetime], bool]


def day_tests(pieces: Sequence[Piece], now: datetime) -> list[Test]:
    """What a slot's day has to be: one of the days named, within the week or month named with them."""
    spans = [piece for piece in pieces if piece.kind is Kind.SPAN]
    days = [piece for piece in pieces if piece.kind in DAYS and piece.kind is not Kind.SPAN]
    tests: list[Test] = []
    if spans:
        tests.append(lambda slot: any(_on(piece, slot, now) for piece in spans))
    if days:
        tests.append(lambda slot: any(_on(piece, slot, now) for piece in days))
    tests += [_within(piece, now) for piece in pieces if piece.kind is Kind.OFFSET]
    return tests


def _within(offset: Piece, now: datetime) -> Test:
    moment = compose([offset], now)
    return lambda slot: moment is not None and moment.start <= slot < max(moment.end, moment.start + HOUR)


def _is_bound(piece: Piece) -> bool:
    return piece.limit is not Limit.NONE


def _bounded(clock: Piece, parts: Sequence[DayPart]) -> Test:
    """רק אחרי ארבע, עד שתיים."""
    part = parts[-1] if parts else WORKDAY
    bound = time(part.hour(clock.hour) % 24, clock.minute)
    if clock.limit in (Limit.AFTER, Limit.FROM):
        return lambda slot: slot.time() >= bound
    return lambda slot: slot.time() <= bound


def parts_of(pieces: Sequence[Piece]) -> list[DayPart]:
    return [piece.part for piece in pieces if piece.kind is Kind.PART and piece.part is not None]


def hours_of(pieces: Sequence[Piece]) -> set[tuple[int, int]]:
    return {(piece.hour, piece.minute) for piece in pieces if piece.kind is Kind.CLOCK and not _is_bound(piece)}


def hour_tests(pieces: Sequence[Piece]) -> list[Test]:
    """What a slot's hour has to be: the one named, in the part of the day named, within its bounds."""
    parts, hours = parts_of(pieces), hours_of(pieces)
    tests: list[Test] = [_bounded(piece, parts) for piece in pieces if piece.kind is Kind.CLOCK and _is_bound(piece)]
    if parts and hours:
        exact = {(part.hour(hour) % 24, minute) for part in parts for hour, minute in hours}
        tests.append(lambda slot: (slot.hour, slot.minute) in exact)
    elif parts:
        tests.append(lambda slot: any(_in(part, slot) for part in parts))
    elif hours:
        twelve = {(hour % 12, minute) for hour, minute in hours}
        tests.append(lambda slot: (slot.hour % 12, slot.minute) in twelve)
    return tests


def fitting(pieces: Sequence[Piece], offered: Sequence[datetime], now: datetime) -> list[int]:
    tests = [*day_tests(pieces, now), *hour_tests(pieces)]
    return [index for index, slot in enumerate(offered) if tests and all(test(slot) for test in tests)]


def _on(piece: Piece, slot: datetime, now: datetime) -> bool:
    if _is_bound(piece) and (moment := compose([piece], now)) is not None:
        if piece.limit in (Limit.AFTER, Limit.FROM):
            return slot >= moment.start
        return slot < moment.end
    if piece.days is not None:
        return piece.days[0] <= slot.date() < piece.days[1]
    if piece.following and slot.date() < sunday(now.date()) + WEEK:
        return False
    return slot.weekday() == piece.weekday


def _in(part: DayPart, slot: datetime) -> bool:
    return part.start <= slot.time() < part.end
