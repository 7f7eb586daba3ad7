"""Lengths of time: שעתיים, חצי שעה, שלושה ימים, שעה וחצי."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.conversation.hebrew.numerals import Gender, number_at
from services.conversation.hebrew.words import fold, word_set

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY

_UNITS = {
    fold(word): unit
    for unit, forms in {
        MINUTE: "דקה דקות דק' דקותיים", HOUR: "שעה שעות", DAY: "יום ימים", WEEK: "שבוע שבועות", 30 * DAY: "חודש",
        365 * DAY: "שנה",
    }.items()
    for word in forms.split()
}  # fmt: skip
_ONE = word_set("דקה שעה יום שבוע חודש שנה")
"""Units that are one by themselves."""
_DUALS = {
    fold(word): length
    for word, length in {
        "שעתיים": 2 * HOUR, "יומיים": 2 * DAY, "שבועיים": 2 * WEEK, "חודשיים": 60 * DAY, "שנתיים": 730 * DAY,
        "דקותיים": 2 * MINUTE, "שעתים": 2 * HOUR,
    }.items()
}  # fmt: skip
_MONTHS = "חודשים"
_MOST = 365
"""Nobody counts further to the time of a call."""
_SEVERAL = word_set("כמה מספר")
_HALVES = {"וחצי": 0.5, "ורבע": 0.25}
STARTS = frozenset(("חצי", "רבע", "שלושת", *_SEVERAL, *_DUALS, *_ONE))
"""What a length of time begins with, beside numbers."""


@dataclass(frozen=True)
class Duration:
    """From `low` to `high`, and the index of the word after it. Whole days and more are meant as days."""

    low: timedelta
    high: timedelta
    end: int
    months: int = 0
    """How many months it is, where it is counted in months: they differ in length."""

    by_clock: bool = False
    """Whether it is counted in hours or minutes, however many."""

    @property
    def in_days(self) -> bool:
        return self.low >= DAY and not self.by_clock


def duration_at(words: Sequence[str], start: int) -> Duration | None:
    """The length of time that begins at `start` of the folded words, or None. שעה שעתיים is from one to the other."""
    first = _single(words, start)
    if first is None:
        return None
    second = _single(words, first.end)
    if second is not None and second.low > first.high and second.low <= 4 * first.low:
        return Duration(first.low, second.high, second.end)
    following = number_at(words, first.end)
    if words[start] in _DUALS and following is not None and following.prefix == "" and following.value == 3:
        return Duration(first.low, first.low * 3 / 2, following.end)
    return first


def _single(words: Sequence[str], start: int) -> Duration | None:
    word = words[start] if start < len(words) else ""
    following = words[start + 1] if start + 1 < len(words) else ""
    if word in ("חצי", "רבע") and following in _UNITS:
        length = _UNITS[following] * (0.5 if word == "חצי" else 0.25)
        return Duration(length, length, start + 2, months=6 if (word, following) == ("חצי", "שנה") else 0)
    if word in ("שלושת", "שלוש", "שלושה", "3") and following == "רבעי" and words[start + 2 : start + 3] == ["שעה"]:
        return Duration(45 * MINUTE, 45 * MINUTE, start + 3)
    if word in _SEVERAL and (following in _UNITS or following == _MONTHS):
        unit = _UNITS.get(following, 30 * DAY)
        return Duration((5 if unit == MINUTE else 2) * unit, (15 if unit == MINUTE else 5) * unit, start + 2)
    if word in _DUALS:
        return _with_half(
            words, start + 1, _DUALS[word], _HALF_OF.get(word, HOUR), months={"חודשים": 2, "שנתים": 24}.get(word, 0)
        )
    if word in _ONE:
        end = start + 2 if following in ("אחת", "אחד") else start + 1
        return _with_half(words, end, _UNITS[word], _UNITS[word], months={"חודש": 1, "שנה": 12}.get(word, 0))
    counted = number_at(words, start)
    if counted is None or counted.prefix not in ("", "כ") or counted.end >= len(words):
        return None
    if counted.value > _MOST:
        return None
    noun = words[counted.end]
    if noun == "ימי" and words[counted.end + 1 : counted.end + 2] in (["עסקים"], ["עבודה"]):
        length = (counted.value + 2 * (counted.value // 5)) * DAY  # five are a week
        return Duration(length, length, counted.end + 2)
    more = number_at(words, counted.end)
    if more is not None and more.prefix == "" and counted.value < more.value <= 2 * counted.value + 2:
        longer = _single(words, counted.end)  # חמש עשרה עשרים דקות
        if longer is not None and longer.high and not longer.months:
            unit = longer.high / more.value
            return Duration(unit * counted.value, longer.high, longer.end)
    if noun == _MONTHS or noun == "חודש":
        return Duration(30 * DAY * counted.value, 30 * DAY * counted.value, counted.end + 1, months=counted.value)
    if noun == "שנים":
        length = 365 * DAY * counted.value
        return Duration(length, length, counted.end + 1, months=12 * counted.value)
    if noun in _HALVES and counted.end + 1 < len(words) and words[counted.end + 1] in _UNITS:
        unit = _UNITS[words[counted.end + 1]]
        return Duration(unit * (counted.value + 0.5), unit * (counted.value + 0.5), counted.end + 2)
    if noun not in _UNITS or (counted.gender is Gender.CONSTRUCT and noun in _ONE):  # לא שני, יום אחרי זה
        return None
    if _UNITS[noun] < DAY and counted.value * _UNITS[noun] >= DAY:
        length = counted.value * _UNITS[noun]
        return Duration(length, length, counted.end + 1, by_clock=True)
    return _with_half(words, counted.end + 1, counted.value * _UNITS[noun], _UNITS[noun])


_HALF_OF = {"יומים": DAY, "שבועים": WEEK, "חודשים": 30 * DAY, "שנתים": 365 * DAY, "שעתים": HOUR}


def _with_half(words: Sequence[str], end: int, length: timedelta, unit: timedelta, months: int = 0) -> Duration:
    """Add וחצי, ורבע, or ועשרים דקות."""
    following = words[end] if end < len(words) else ""
    if following in _HALVES:
        length += unit * _HALVES[following]
        return Duration(length, length, end + 1)
    if unit == HOUR and following.startswith("ו"):
        more = number_at(words, end)
        if more is not None and more.prefix == "ו" and more.value < 60:
            after = words[more.end] if more.end < len(words) else ""
            length += more.value * MINUTE
            return Duration(length, length, more.end + (after == "דקות"))
    return Duration(length, length, end, months=months)
