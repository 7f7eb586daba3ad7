"""Holidays in an utterance: אחרי פסח, בחנוכה, לפני ראש השנה, ערב סוכות. Which day they are the Hebrew calendar tells."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from services.conversation.hebrew.durations import Duration, duration_at
from services.conversation.hebrew.glued import look_up
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import EDGES, Edge
from services.conversation.hebrew.words import fold, word_set

_DAY = timedelta(days=1)
_WEEK = 7 * _DAY


class _Festival(NamedTuple):
    """A holiday in the Hebrew calendar: its month (Nisan is 1), its first day there, and how many days it lasts."""

    month: int
    day: int
    lasts: int


_FESTIVALS = {
    tuple(fold(word) for word in name.split()): festival
    for names, festival in {
        "פסח,חג פסח,חג הפסח,הפסח,ליל הסדר,הסדר": _Festival(1, 15, 7),
        "יום העצמאות,העצמאות,עצמאות": _Festival(2, 5, 1),
        "חג שבועות,חג השבועות": _Festival(3, 6, 1),
        "תשעה באב,תשע באב,ט באב": _Festival(5, 9, 1),
        "ראש השנה,ראש השנה העברית": _Festival(7, 1, 2),
        "יום כיפור,כיפור,יום הכיפורים": _Festival(7, 10, 1),
        "סוכות,חג סוכות,חג הסוכות": _Festival(7, 15, 8),
        "שמחת תורה": _Festival(7, 22, 1),
        "חנוכה,חג חנוכה,חג החנוכה,החנוכה": _Festival(9, 25, 8),
        "פורים,חג פורים,הפורים": _Festival(12, 14, 1),
    }.items()
    for name in names.split(",")
}
_LONGEST = max(map(len, _FESTIVALS))
_BOUNDS = {
    "אחרי": "אחרי", "שאחרי": "אחרי", "לאחר": "אחרי", "שלאחר": "אחרי", "לפני": "לפני", "שלפני": "לפני", "ערב": "ערב",
    "בערב": "ערב", "עד": "עד",
}  # fmt: skip
_DAY_AFTER = word_set("מחרת למחרת במחרת ממחרת")
_ADAR = 12


def festival(words: Sequence[str], index: int, today: date) -> Piece | None:
    """The days a holiday names: those after it, before it, its eve, or itself."""
    word, start = words[index], index
    if (away := _days_away(words, index, today)) is not None:
        return away
    bound = _BOUNDS.get(word, "")
    edge = look_up(word, EDGES)
    told_of = word == "של" or edge is not None  # בשבוע של חנוכה, בסוף חנוכה
    if bound or told_of:
        index += 1
    known = _at(words, index, glued=not (bound or told_of))
    if known is None:
        return None
    found, end = known
    first, behind = _next(found, today)
    if bound == "לפני" and index > 1 and words[index - 2] in ("לא", "אל"):
        bound = "אחרי"
    if bound in ("לפני", "עד"):
        eve = max(first - _DAY, today + _DAY)
        days = max(today, eve - _WEEK), eve
    elif bound == "ערב":
        days = first - _DAY, first
    elif bound:
        days = behind, behind + _WEEK
    elif edge is not None:
        third = (behind - first) // 3
        days = {
            Edge.BEGINNING: (first, first + third),
            Edge.MIDDLE: (first + third, behind - third),
            Edge.END: (behind - third, behind),
        }[edge[0]]
    else:
        days = max(first, today), behind
    return Piece(Kind.SPAN, start, end, days=days)


def _days_away(words: Sequence[str], index: int, today: date) -> Piece | None:
    """למחרת יום העצמאות, יומיים אחרי פסח, שבוע לפני ראש השנה."""
    if words[index] in _DAY_AFTER:
        side, behind, length = "אחרי", index + 1, Duration(_DAY, _DAY, index + 1)
    else:
        found = duration_at([words[index].removeprefix("ב"), *words[index + 1 :]], 0)
        if found is None or not found.in_days or found.months or index + found.end >= len(words):
            return None
        behind, length = index + found.end + 1, found
        side = _BOUNDS.get(words[behind - 1], "")
    known = _at(words, behind, glued=False) if side in ("אחרי", "לפני") else None
    if known is None:
        return None
    first, last = _next(known[0], today)
    day = first - length.low if side == "לפני" else last - _DAY + length.low
    if day < today:
        return None
    if length.low < _WEEK:
        return Piece(Kind.DAY, index, known[1], days=(day, day + _DAY))
    week = day - (day.weekday() + 1) % 7 * _DAY
    return Piece(Kind.SPAN, index, known[1], days=(max(week, today), week + _WEEK))


def is_festival(words: Sequence[str], index: int) -> bool:
    """Whether a holiday is named at an index."""
    return _at(words, index, glued=False) is not None


def _at(words: Sequence[str], index: int, *, glued: bool) -> tuple[_Festival, int] | None:
    """The holiday named at an index, with ב before it if that is asked for, and the index behind it."""
    if index >= len(words):
        return None
    first = words[index]
    apart = glued and not first.startswith("ב")
    if glued and not apart:
        first = first[1:]
    for length in range(_LONGEST, apart, -1):  # a name of one word is a holiday only with something before it
        found = _FESTIVALS.get((first, *words[index + 1 : index + length]))
        if found is not None:
            return found, min(index + length, len(words))
    return None


@lru_cache(maxsize=64)
def _next(found: _Festival, today: date) -> tuple[date, date]:
    """The first day of the holiday that is not over yet, and the day after its last."""
    from pyluach.dates import HebrewDate
    from pyluach.hebrewcal import Year

    for year in range(today.year + 3760, today.year + 3763):
        leap = found.month == _ADAR and Year(year).leap
        first = HebrewDate(year, found.month + leap, found.day).to_pydate()
        if first + found.lasts * _DAY > today:
            return first, first + found.lasts * _DAY
    raise AssertionError("a holiday comes every year")
