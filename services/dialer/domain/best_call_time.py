"""When a lead would like to be called, read from what people write into such a column.

Hebrew and English, days and hours: "בוקר", "אחה״צ", "9:00-12:00", "ימי א-ג", "after 14:00", "לא בשישי". Reading is all
or nothing: a wish with a word in it that is not understood might mean the opposite, so it is not heeded at all.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from contracts.reasons import said
from services.dialer.domain.best_call_tokens import Mark, Named, tokens
from services.dialer.domain.calling_hours import CallingHours, Span
from services.dialer.domain.weekly_hours import ALL_WEEK, EVERY_DAY, WHOLE_DAY, Narrowed, WeeklyHours


class UnreadableWish(ValueError):
    """The wish cannot be read; the message says how to write it."""


@lru_cache(maxsize=4096)
def read_wish(written: str | None) -> WeeklyHours | None:
    """The hours of the week that were asked for; None if none were. Raises UnreadableWish."""
    try:
        wanted, unwanted = _sorted_out(tokens(written or ""))
    except ValueError as error:
        raise UnreadableWish(said("wish_unreadable", wish=written)) from error
    week = _week(wanted) if wanted else ALL_WEEK
    for each in unwanted:
        week -= _week(each)
    return None if week == ALL_WEEK else week


def heeding(hours: CallingHours, written: str | None, now: datetime) -> tuple[CallingHours, str | None]:
    """Calling hours narrowed to a lead's wish. One that cannot be read, or is never met, changes nothing, and the
    second answer says so in words."""
    try:
        week = read_wish(written)
    except UnreadableWish as unreadable:
        return hours, str(unreadable)
    if week is None:
        return hours, None
    narrowed = Narrowed(hours, week)
    if narrowed.first(now) is None:
        return hours, said("wish_impossible", wish=written)
    return narrowed, None


def _sorted_out(found: Iterable[Named | Mark]) -> tuple[list[Named], list[list[Named]]]:
    """What is wanted, and what is not, each "not" by itself. A clock time makes the part of the day beside it more
    exact."""
    wanted: list[Named] = []
    unwanted: list[list[Named]] = []
    items = wanted
    beside: Named | None = None
    for token in found:
        if isinstance(token, Mark):
            if token is Mark.NOT:
                unwanted.append(items := [])
            elif token is Mark.STOP:
                items = wanted
            beside = None
            continue
        if beside is not None and beside.part is not token.part and _overlap(beside.spans, token.spans):
            if token.part:
                continue
            items.remove(beside)
        items.append(token)
        beside = token if token.spans else None
    return wanted, unwanted


def _overlap(one: tuple[Span, ...], other: tuple[Span, ...]) -> bool:
    return any(start < until and begins < end for start, end in one for begins, until in other)


def _week(items: Iterable[Named]) -> WeeklyHours:
    """Days and hours that are named beside each other belong together."""
    week = WeeklyHours.on(())
    days: set[int] = set()
    spans: list[Span] = []
    last_were_days = False
    for item in items:
        are_days = bool(item.days)
        if days and spans and are_days is not last_were_days:
            week |= WeeklyHours.on(days, spans)
            days, spans = set(), []
        days |= item.days
        spans += item.spans
        last_were_days = are_days
    if not days and not spans:
        return week
    return week | WeeklyHours.on(days or EVERY_DAY, spans or (WHOLE_DAY,))
