"""Holidays as times: after Passover, on the eve of Sukkot, in the week of Hanukkah, the day after Independence Day."""

from collections.abc import Sequence
from datetime import date

from services.conversation.hebrew import festival_calendar
from services.conversation.hebrew.durations import DAY, WEEK, Duration, duration_at
from services.conversation.hebrew.festival_calendar import festival_at, next_days
from services.conversation.hebrew.glued import at, has, look_up
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_weeks import sunday
from services.conversation.hebrew.time_words import EDGES, Edge
from services.conversation.hebrew.words import word_set

_BOUNDS = {
    "אחרי": "אחרי", "שאחרי": "אחרי", "לאחר": "אחרי", "שלאחר": "אחרי", "לפני": "לפני", "שלפני": "לפני", "ערב": "ערב",
    "בערב": "ערב", "עד": "עד",
}  # fmt: skip
_BESIDE = word_set("שאחרי שלאחר שלפני")
_DAY_AFTER = word_set("מחרת למחרת במחרת ממחרת")
STARTS = _DAY_AFTER | festival_calendar.STARTS | frozenset(("של", "שבוע", *_BOUNDS, *EDGES))
"""What a piece found here begins with, beside lengths of time."""


def festival(words: Sequence[str], index: int, today: date) -> Piece | None:
    """The days a holiday names: those after it, before it, its eve, or itself."""
    word, start = words[index], index
    if (away := _days_away(words, index, today)) is not None:
        return away
    if (beside := _week_beside(words, index, today)) is not None:
        return beside
    bound = _BOUNDS.get(word, "")
    edge = look_up(word, EDGES)
    told_of = word == "של" or edge is not None  # בשבוע של חנוכה, בסוף חנוכה
    if bound or told_of:
        index += 1
    known = festival_at(words, index, today, glued=not (bound or told_of))
    if known is None:
        return None
    found, end = known
    first, behind = next_days(found, today)
    if bound == "לפני" and index > 1 and words[index - 2] in ("לא", "אל"):
        bound = "אחרי"
    if bound in ("לפני", "עד"):
        eve = max(first - DAY, today + DAY)
        days = max(today, eve - WEEK), eve
    elif bound == "ערב":
        days = first - DAY, first
    elif bound:
        days = behind, behind + WEEK
    elif edge is not None and behind - first > 2 * DAY:
        third = (behind - first) // 3
        days = {
            Edge.BEGINNING: (first, first + third),
            Edge.MIDDLE: (first + third, behind - third),
            Edge.END: (behind - third, behind),
        }[edge[0]]
    else:
        days = max(first, today), behind
    return Piece(Kind.SPAN, start, end, days=days, festival=True, vague=found.season)


def _days_away(words: Sequence[str], index: int, today: date) -> Piece | None:
    """למחרת יום העצמאות, יומיים אחרי פסח, שבוע לפני ראש השנה, יום לפני ערב פסח."""
    if words[index] in _DAY_AFTER:
        side, behind, length = "אחרי", index + 1, Duration(DAY, DAY, index + 1)
    else:
        found = duration_at([words[index].removeprefix("ב"), *words[index + 1 :]], 0)
        if found is None or not found.in_days or found.months or index + found.end >= len(words):
            return None
        behind, length = index + found.end + 1, found
        side = _BOUNDS.get(words[behind - 1], "")
    eve = at(words, behind) == "ערב"
    known = festival_at(words, behind + eve, today) if side in ("אחרי", "לפני") else None
    if known is None:
        return None
    first, last = next_days(known[0], today)
    if eve:
        first, last = first - DAY, first
    day = first - length.low if side == "לפני" else last - DAY + length.low
    if day < today:
        return None
    if length.low < WEEK:
        return Piece(Kind.DAY, index, known[1], days=(day, day + DAY))
    return Piece(Kind.SPAN, index, known[1], days=_week_of(day, today))


def _week_beside(words: Sequence[str], index: int, today: date) -> Piece | None:
    """בשבוע שאחרי פסח, בשבוע שלפני ראש השנה."""
    if at(words, index + 1) not in _BESIDE or not has(words[index], ("שבוע",)):
        return None
    known = festival_at(words, index + 2, today)
    if known is None:
        return None
    first, behind = next_days(known[0], today)
    day = first - WEEK if words[index + 1] == "שלפני" else behind + WEEK - DAY
    return Piece(Kind.SPAN, index, known[1], days=_week_of(max(day, today), today))


def _week_of(day: date, today: date) -> tuple[date, date]:
    """What is still to come of the week, from Sunday on, that a day is in."""
    first = sunday(day)
    return max(first, today), first + WEEK
