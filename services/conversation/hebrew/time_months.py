"""Months, quarters and years in an utterance, whole or an edge of one: בחודש הבא, תחילת דצמבר, ברבעון הבא."""

import re
from collections.abc import Sequence
from datetime import date

from services.conversation.hebrew.durations import DAY
from services.conversation.hebrew.glued import at, has, look_up
from services.conversation.hebrew.numerals import number_at
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import MONTHS, NEXT, ORDINALS, THIS, Edge

_YEAR = re.compile(r"20\d\d")
_BOUNDS = frozenset(("אחרי", "לפני", "עד", "ועד", "לאחר", "מ"))


def month_start(day: date, ahead: int) -> date:
    """The first of the month, so many months ahead."""
    month = day.year * 12 + day.month - 1 + ahead
    return date(month // 12, month % 12 + 1, 1)


def year_at(words: Sequence[str], index: int) -> tuple[int, int] | None:
    """A year told behind a date, and the index behind it: 2027, שנת 2027, אלפיים עשרים ושבע."""
    index += at(words, index) in ("שנת", "בשנת", "לשנת")
    word = at(words, index)
    if _YEAR.fullmatch(word):
        return int(word), index + 1
    if word not in ("אלפים", "באלפים"):
        return None
    rest = number_at([at(words, index + 1).removeprefix("ו"), *words[index + 2 :]], 0)
    return (2000 + rest.value, index + 1 + rest.end) if rest and 20 <= rest.value < 100 else None


def month_of(words: Sequence[str], index: int, today: date) -> Piece | None:
    """The month that a day or a week is told to be of: של דצמבר, של החודש הבא."""
    word = at(words, index)
    if not (has(word, MONTHS) or has(word, ("חודש",))):
        return None
    return month(words, index, index, None, today) or month([f"ב{word}"], 0, 0, None, today)


def month(words: Sequence[str], start: int, index: int, edge: Edge | None, today: date) -> Piece | None:
    word, end = words[index], index + 1
    named = look_up(word, MONTHS)
    if named is None and has(word, ("חודש",)):
        named = look_up(at(words, end), MONTHS)
        end += named is not None
    if named is not None:
        number, prefix = named
        bounded = at(words, index - 1) in _BOUNDS
        if (told := year_at(words, end)) is not None:
            year, end = told
            days = _edge(date(year, number, 1), edge)
            return Piece(Kind.SPAN if days[1] > today else Kind.NOTHING, start, end, days=days)
        following = at(words, end) in NEXT
        if edge is None and not prefix and end == index + 1 and not (bounded or following):
            return None
        end += following
        first = date(today.year + (number < today.month), number, 1)
        days = _edge(first, edge)
        if days[1] <= today:
            days = _edge(month_start(first, 12), edge)
        return Piece(Kind.SPAN, start, end, days=days)
    following, near = at(words, end) in NEXT, at(words, end) in THIS
    if has(word, ("רבעון",)):
        quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
        first = month_start(quarter, 3) if following else quarter
        which = look_up(at(words, end), ORDINALS)
        if edge is not None:
            return Piece(Kind.SPAN, start, end + (following or near), days=_edge_of_quarter(first, edge))
        if which is not None and which[0] <= 4:
            first = date(today.year, 3 * which[0] - 2, 1)
            first = month_start(first, 12 * (month_start(first, 3) <= today))
            return Piece(Kind.SPAN, start, end + 1, days=(first, month_start(first, 3)))
        return Piece(Kind.SPAN, start, end + (following or near), days=(first, month_start(first, 3)))
    definite = "ה" in word[:2]
    if has(word, ("שנה",)):
        if not (following or edge):
            return None
        january = date(today.year + (following or edge is not Edge.END), 1, 1)
        months = {None: (0, 12), Edge.BEGINNING: (0, 1), Edge.MIDDLE: (5, 7), Edge.END: (11, 12)}[edge]
        days = (month_start(january, months[0]), month_start(january, months[1]))
        return Piece(Kind.SPAN, start, end + (following or near), days=days)
    if not (following or near or definite or edge):
        return None
    first = month_start(today, 1 if following else 0)
    days = _edge(first, edge)
    if not following and days[1] <= today:
        days = _edge(month_start(today, 1), edge)
    elif edge is None and not following:
        days = (today, days[1])
    return Piece(Kind.SPAN, start, end + (following or near), days=days)


def _edge_of_quarter(first: date, edge: Edge) -> tuple[date, date]:
    behind = month_start(first, 3)
    if edge is Edge.MIDDLE:
        return month_start(first, 1), month_start(first, 2)
    return (first, first + 14 * DAY) if edge is Edge.BEGINNING else (behind - 14 * DAY, behind)


def _edge(first: date, edge: Edge | None) -> tuple[date, date]:
    following = month_start(first, 1)
    if edge is Edge.BEGINNING:
        return first, first + 7 * DAY
    if edge is Edge.MIDDLE:
        return first + 11 * DAY, first + 18 * DAY
    if edge is Edge.END:
        return following - 7 * DAY, following
    return first, following
