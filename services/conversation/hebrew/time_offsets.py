"""Lengths of time that lead to a time: עוד שעתיים, תוך שעה, שבוע מהיום, שבועיים מיום שני."""

from collections.abc import Sequence
from datetime import date

from services.conversation.hebrew.durations import HOUR, MINUTE, Duration, duration_at
from services.conversation.hebrew.glued import at
from services.conversation.hebrew.time_dates import dated
from services.conversation.hebrew.time_days import days_of, months_ahead
from services.conversation.hebrew.time_pieces import DAYS, Kind, Limit, Piece
from services.conversation.hebrew.time_weekdays import near_day, weekday
from services.conversation.hebrew.words import word_set

_BARE_UNITS = word_set("שעה דקה יום שבוע חודש שנה דקות שעות ימים")
_FROM_NOW = word_set("מעכשיו מהיום קדימה")
_GIVE = word_set("תן תני תנו תנ תנן")
_ON_TRIAL = word_set("ניסיון נסיון התנסות חינם מתנה")
"""תנו לי חודש ניסיון asks for something else."""
_ABOUT = word_set("איזה איזו בערך לפחות אולי גג משהו נגיד בסביבות")
_EVERY, _UNTIL = word_set("כל בכל מדי פעם"), word_set("עד ועד")
"""כל שבוע מיום שני עד רביעי tells a habit."""
_COMING = {
    "שעה": (0 * MINUTE, HOUR),
    "דקות": (0 * MINUTE, 15 * MINUTE),
    "שעות": (0 * MINUTE, 3 * HOUR),
    "דקה": (0 * MINUTE, 5 * MINUTE),
    "שעתים": (0 * MINUTE, 2 * HOUR),
    "חציהשעה": (0 * MINUTE, HOUR / 2),
}
_IN, _WITHIN = word_set("עוד בעוד ועוד שעוד ובעוד"), word_set("תוך בתוך תך")
STARTS = _IN | _WITHIN | _GIVE | frozenset(("אחרי", *_COMING))
"""What a piece found here begins with, beside lengths of time."""


def offset(words: Sequence[str], index: int, today: date) -> Piece | None:
    """עוד שעתיים, בעוד שבוע, תוך שעה, שעה מעכשיו, בשעה הקרובה, שבוע ממחר."""
    word = words[index]
    if at(words, index + 1) in ("הקרובה", "הקרובות"):
        for noun, (low, high) in _COMING.items():
            if word.endswith(noun) and len(word) <= len(noun) + 1:
                return _piece(index, index + 2, Duration(low, high, index + 2), Limit.WITHIN)
    if word in _IN:
        begin = index + 1 + (at(words, index + 1) in _ABOUT)
        found = duration_at(words, begin) or _about(words, begin)
        return _ahead(words, index, found, today) if found else None
    if word in _WITHIN:
        found = duration_at(words, index + 1)
        if found is None:
            return None
        return _piece(index, found.end, Duration(0 * MINUTE, found.high, found.end, found.months), Limit.WITHIN)
    if word in _GIVE and at(words, index + 1) in ("לי", "לנו"):
        found = duration_at(words, index + 2)
        if found is None or at(words, found.end) in _ON_TRIAL:
            return None
        return _ahead(words, index, found, today)
    if word == "אחרי" and at(words, index + 1) not in ("שעה", "יום", "שבוע", "שבועות"):
        found = duration_at(words, index + 1)
        return _piece(index, found.end, found) if found else None
    found = duration_at(words, index)
    if found is None:
        return None
    if at(words, found.end) in _FROM_NOW:
        return _piece(index, found.end + 1, found)
    if (index, found.end) == (0, len(words)) and word not in _BARE_UNITS:
        return _piece(index, found.end, found)
    return _from_a_day(words, index, found, today)


def _ahead(words: Sequence[str], index: int, found: Duration, today: date) -> Piece:
    return _from_a_day(words, index, found, today) or _piece(index, found.end, found)


def _from_a_day(words: Sequence[str], index: int, found: Duration, today: date) -> Piece | None:
    """שבוע ממחר, שבועיים מיום שני, יום אחרי מחר: so long after a day."""
    after = at(words, found.end) == "אחרי"
    if not found.in_days or found.low != found.high or at(words, index - 1) in _EVERY:
        return None
    if not (after or at(words, found.end).startswith("מ")) or found.end + after >= len(words):
        return None
    for rule in (near_day, dated, weekday):
        day = rule(words, found.end + after, today)
        if day is None or day.kind not in DAYS or not (after or day.prefix.startswith("מ")):
            continue
        days = days_of([day], today)
        if days is None or at(words, day.end) in _UNTIL:
            return None
        first = months_ahead(days[0], found.months) if found.months else days[0] + found.low
        return Piece(Kind.DAY, index, day.end, days=(first, first + (days[1] - days[0])))
    return None


def _about(words: Sequence[str], begin: int) -> Duration | None:
    """עוד כחצי שעה, בעוד כשעתיים."""
    if not at(words, begin).startswith("כ"):
        return None
    return duration_at([*words[:begin], words[begin][1:], *words[begin + 1 :]], begin)


def _piece(start: int, end: int, duration: Duration, limit: Limit = Limit.NONE) -> Piece:
    return Piece(Kind.OFFSET, start, end, duration=duration, limit=limit)
