"""Reads a wish for a time as people write it in an address or on a command line.

    2026-11-25                                a day
    2026-11-25/2026-11-27                     from one day to another, both included
    2026-11-25/afternoon, רביעי אחר הצהריים    a part of a day
    2026-11-25T10:00                          that moment
    2026-11-25T10:00/2026-11-25T14:00         between two moments
    wednesday, tomorrow, מחר, יום ד'           the next such day

Times without an offset are wall times of `zone`. What is said aloud is understood by the conversation, not here.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.values import TimeWindow

_PARTS = {
    "morning": (time(8), time(12)),
    "noon": (time(12), time(14)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(21)),
}
_WORDS = {
    "בוקר": "morning",
    "בבוקר": "morning",
    "צהריים": "noon",
    "בצהריים": "noon",
    "אחר הצהריים": "afternoon",
    "אחרי הצהריים": "afternoon",
    "אחה״צ": "afternoon",
    'אחה"צ': "afternoon",
    "ערב": "evening",
    "בערב": "evening",
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HEBREW_WEEKDAYS = (
    ("שני", "ב"),
    ("שלישי", "ג"),
    ("רביעי", "ד"),
    ("חמישי", "ה"),
    ("שישי", "ו"),
    ("שבת", "ש"),
    ("ראשון", "א"),
)
_FROM_TODAY = {"today": 0, "היום": 0, "tomorrow": 1, "מחר": 1, "מחרתיים": 2}
_LOST_PLUS = re.compile(r"(T\d{2}:\d{2}(?::\d{2})?) (\d{2}:?\d{2})")
"""An offset whose + was read as a space, as in every unescaped address."""
_DAY = timedelta(days=1)
HOW = (
    "write a day (2026-11-25, wednesday, מחר), a part of one (2026-11-25/afternoon), a moment (2026-11-25T10:00), or "
    "two of them with a / in between"
)


def read_wish(written: str, now: datetime, zone: ZoneInfo) -> TimeWindow:
    """The window that is meant. Raises ValueError that says how wishes are written."""
    text = _LOST_PLUS.sub(r"\1+\2", written.strip())
    first, slash, second = (part.strip() for part in text.partition("/"))
    if not slash:
        first, second = _day_and_part(first)
    today = now.astimezone(zone).date()
    try:
        begin = _span(first, today, zone)
        if not second:
            return begin
        if (part := _WORDS.get(second, second.lower())) in _PARTS:
            return _part(first, part, today, zone, now)
        return TimeWindow(start=begin.start, end=_span(second, today, zone).end)
    except ValueError as error:
        why = "it ends before it starts" if "ends before" in str(error) else "it is no time we know"
        raise ValueError(f"{written!r}: {why}; {HOW}") from error


def _day_and_part(text: str) -> tuple[str, str]:
    """`רביעי אחר הצהריים` as its day and its part of the day."""
    for part in sorted((*_WORDS, *_PARTS), key=len, reverse=True):
        if text.lower().endswith(" " + part):
            return text[: -len(part)].strip(), part
    return text, ""


def _span(text: str, today: date, zone: ZoneInfo) -> TimeWindow:
    """A moment as itself, a day as all of it."""
    if "T" in text:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        return TimeWindow(start=moment, end=moment)
    day = _day(text, today)
    return TimeWindow(start=_wall(day, time.min, zone), end=_wall(day + _DAY, time.min, zone))


def _part(text: str, part: str, today: date, zone: ZoneInfo, now: datetime) -> TimeWindow:
    """A part of a day; of a weekday that is today, the next week's once it is over."""
    day = _day(text, today)
    opens, closes = _PARTS[part]
    if day == today and _weekday(text) is not None and _wall(day, closes, zone) <= now:
        day += 7 * _DAY
    return TimeWindow(start=_wall(day, opens, zone), end=_wall(day, closes, zone))


def _day(text: str, today: date) -> date:
    if text.lower() in _FROM_TODAY:
        return today + _FROM_TODAY[text.lower()] * _DAY
    weekday = _weekday(text)
    return date.fromisoformat(text) if weekday is None else today + (weekday - today.weekday()) % 7 * _DAY


def _weekday(text: str) -> int | None:
    """How `date.weekday` counts a day, named in English (three letters will do) or in Hebrew."""
    name = text.lower().removeprefix("ביום ").removeprefix("יום ").rstrip("'׳")
    for index, (english, (hebrew, letter)) in enumerate(zip(_WEEKDAYS, _HEBREW_WEEKDAYS, strict=True)):
        if name in (hebrew, f"ב{hebrew}", letter) or (len(name) >= 3 and english.startswith(name)):
            return index
    return None


def _wall(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, zone).astimezone(UTC)
