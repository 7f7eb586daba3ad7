"""Reads a wish for a time as people write it in an address or on a command line.

    2026-11-25, 25.11, 25.11.2026             a day
    2026-11-25/2026-11-27                     from one day to another, both included
    2026-11-25/afternoon, רביעי אחר הצהריים    a part of a day
    2026-11-25T10:00, monday 10:00, מחר ב-10:00  that moment
    2026-11-25T10:00/2026-11-25T14:00         between two moments
    wednesday, tomorrow, מחר, יום ד'           the next such day
    this week, next week, שבוע הבא             from Sunday to Saturday

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
_WEEKS = {"this week": 0, "השבוע": 0, "next week": 1, "שבוע הבא": 1, "בשבוע הבא": 1}
_CLOCK = re.compile(r"^(.+?),?\s+(?:at\s+|בשעה\s+|ב-?)?(\d{1,2}:\d{2})$")
"""A day and what the clock shows then."""
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?$")
"""A date as Israelis write it; without a year it is the next such day."""
_LOST_PLUS = re.compile(r"(T\d{2}:\d{2}(?::\d{2})?) (\d{2}:?\d{2})")
"""An offset whose + was read as a space, as in every unescaped address."""
_DAY = timedelta(days=1)
HOW = (
    "write a day (2026-11-25, 25.11, wednesday, מחר), a part of one (2026-11-25/afternoon), a moment "
    "(2026-11-25T10:00, monday 10:00), two of them with a / in between, or `next week`"
)


def read_wish(written: str, now: datetime, zone: ZoneInfo) -> TimeWindow:
    """The window that is meant. Raises ValueError that says how wishes are written."""
    text = _LOST_PLUS.sub(r"\1+\2", written.strip())
    first, slash, second = (part.strip() for part in text.partition("/"))
    if not slash:
        first, second = _day_and_part(first)
    today = now.astimezone(zone).date()
    try:
        begin = _span(first, today, zone, now)
        if not second:
            return begin
        if (part := _WORDS.get(second, second.lower())) in _PARTS:
            return _part(first, part, today, zone, now)
        since = begin.start.astimezone(zone).date() if _weekday(second) is not None else today
        return TimeWindow(start=begin.start, end=_span(second, since, zone, now).end)
    except (ValueError, OverflowError) as error:
        why = "it ends before it starts" if "ends before" in str(error) else "it is no time we know"
        raise ValueError(f"{written!r}: {why}; {HOW}") from error


def _day_and_part(text: str) -> tuple[str, str]:
    """`רביעי אחר הצהריים` as its day and its part of the day."""
    for part in sorted((*_WORDS, *_PARTS), key=len, reverse=True):
        if text.lower().endswith(" " + part):
            return text[: -len(part)].strip(), part
    return text, ""


def _span(text: str, today: date, zone: ZoneInfo, now: datetime) -> TimeWindow:
    """A moment as itself, a day or a week as all of it."""
    if "T" in text:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        return TimeWindow(start=moment, end=moment)
    if clock := _CLOCK.match(text):
        wall = time.fromisoformat(f"{clock[2]:0>5}")
        moment = _wall(_coming(clock[1], wall, today, zone, now), wall, zone)
        return TimeWindow(start=moment, end=moment)
    if (weeks := _WEEKS.get(text.lower())) is not None:
        sunday = today + (7 * weeks - (today.weekday() + 1) % 7) * _DAY
        return TimeWindow(start=_wall(sunday, time.min, zone), end=_wall(sunday + 7 * _DAY, time.min, zone))
    day = _day(text, today)
    return TimeWindow(start=_wall(day, time.min, zone), end=_wall(day + _DAY, time.min, zone))


def _part(text: str, part: str, today: date, zone: ZoneInfo, now: datetime) -> TimeWindow:
    opens, closes = _PARTS[part]
    day = _coming(text, closes, today, zone, now)
    return TimeWindow(start=_wall(day, opens, zone), end=_wall(day, closes, zone))


def _coming(text: str, until: time, today: date, zone: ZoneInfo, now: datetime) -> date:
    """A day; of a weekday that is today, the next week's once `until` has passed."""
    day = _day(text, today)
    over = day == now.astimezone(zone).date() and _wall(day, until, zone) <= now
    return day + 7 * _DAY if over and _weekday(text) is not None else day


def _day(text: str, today: date) -> date:
    if text.lower() in _FROM_TODAY:
        return today + _FROM_TODAY[text.lower()] * _DAY
    if dotted := _DOTTED.match(text):
        day = date(int(dotted[3] or today.year), int(dotted[2]), int(dotted[1]))
        return day if dotted[3] or day >= today else day.replace(year=day.year + 1)
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
