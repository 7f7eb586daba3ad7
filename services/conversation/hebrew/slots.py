"""Which of the offered slots a caller chose: by number, by being earlier or later, by day, or by hour."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from services.conversation.hebrew.calendar_words import DAY_PARTS, WEEKDAYS
from services.conversation.hebrew.times import resolve
from services.conversation.hebrew.words import bare, tokens

_FIRST = {"הראשון", "הראשונה", "ראשונה"}
_SECOND = {"השני", "השנייה", "השניה", "שנייה", "שניה", "האחרון", "האחרונה"}
_EARLIER = {"מוקדם", "המוקדם", "המוקדמת", "מוקדמת", "קודם", "הקודם"}
_LATER = {"מאוחר", "המאוחר", "המאוחרת", "מאוחרת"}
_NEAR = {"היום": 0, "מחר": 1, "מחרתיים": 2}


def choose(text: str, offered: Sequence[datetime], now: datetime) -> int | None:
    """The index of the slot that was chosen, or None. The slots' zone is the caller's, as is that of `now`."""
    if not offered:
        return None
    words = tokens(text)
    if len(words) > 1 and words[0] == "לא" and len(offered) == 2 and words[1] in _FIRST | _SECOND:
        return None
    named = _days_named(words, now)
    if named:
        fitting = [index for index, slot in enumerate(offered) if named[-1] in (slot.weekday(), slot.date())]
        if len(fitting) != 1 or not _part_fits(words, offered[fitting[0]]):
            return None
        return fitting[0]
    by_order = _by_order(words, offered)
    if by_order is not None:
        return by_order
    return _by_time(text, words, offered)


def _days_named(words: list[str], now: datetime) -> list[int | date]:
    """Weekdays and dates that are named: שלישי, מחר. השני is the second slot, not Monday."""
    days: list[int | date] = []
    for word in words:
        near = bare(word, _NEAR)
        if near is not None:
            days.append(now.date() + timedelta(days=_NEAR[near]))
        elif word not in _FIRST | _SECOND and (day := bare(word, WEEKDAYS)):
            days.append(WEEKDAYS[day])
    return days


def _part_fits(words: list[str], slot: datetime) -> bool:
    """Whether a part of the day that is named with a day is the slot's."""
    parts = [DAY_PARTS[part] for word in words if (part := bare(word, DAY_PARTS))]
    after_noon = any(first == "אחרי" or first == "אחר" for first in words)
    return all(part.start <= slot.time() < (time(18) if after_noon else part.end) for part in parts)


def _by_order(words: list[str], offered: Sequence[datetime]) -> int | None:
    said = set(words)
    ordered = sorted(range(len(offered)), key=lambda index: offered[index])
    if said & _EARLIER:
        return ordered[0]
    if said & _LATER:
        return ordered[-1]
    if said & _SECOND and len(offered) > 1:
        return len(offered) - 1 if said & {"האחרון", "האחרונה"} else 1
    if said & _FIRST or (said & {"אופציה", "האופציה"} and said & {"אחת", "א"}):
        return 0
    if said & {"אופציה", "האופציה"} and said & {"שתיים", "ב"} and len(offered) > 1:
        return 1
    return None


def _by_time(text: str, words: list[str], offered: Sequence[datetime]) -> int | None:
    day = offered[0].replace(hour=0, minute=1)
    moment = resolve(text if any(word[0] in "בל" for word in words if word) else f"בשעה {text}", day)
    if moment is not None and moment.start == moment.end:
        exact = [
            i for i, slot in enumerate(offered) if (slot.hour, slot.minute) == (moment.start.hour, moment.start.minute)
        ]
        if len(exact) == 1:
            return exact[0]
        hour = [i for i, slot in enumerate(offered) if slot.hour == moment.start.hour and not moment.start.minute]
        return hour[0] if len(hour) == 1 else None
    parts = [DAY_PARTS[part] for word in words if (part := bare(word, DAY_PARTS))]
    if parts:
        fitting = [i for i, slot in enumerate(offered) if parts[0].start <= slot.time() < parts[0].end]
        return fitting[0] if len(fitting) == 1 else None
    return None
