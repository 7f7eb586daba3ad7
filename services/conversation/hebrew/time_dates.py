"""Days told by their number in a month: בעשרים וחמישה לנובמבר, בראשון לחודש, 2.12."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from services.conversation.hebrew.counted import is_counted
from services.conversation.hebrew.durations import DAY
from services.conversation.hebrew.glued import at, has, look_up, prefix_of
from services.conversation.hebrew.numerals import Gender, number_at
from services.conversation.hebrew.time_months import month_of, month_start, year_at
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import MONTHS, NEXT, ORDINALS, THIS
from services.conversation.hebrew.words import word_set

_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{2,4}))?")
_YEAR_MONTH_DAY = re.compile(r"(20\d\d)-(\d{1,2})-(\d{1,2})")
_LAST_WEEKDAY = 6
"""The seventh day has a name of its own: שביעי is only a date."""
_OF_MONTH = word_set("לחודש בחודש חודש")
_ON = word_set("ב ל ה מ עד תאריך בתאריך")
STARTS = _ON | {"יום", *MONTHS, *ORDINALS}
"""What a piece found here begins with, beside numbers and letters glued to it."""


def dated(words: Sequence[str], index: int, today: date) -> Piece | None:
    """בעשרים וחמישה לנובמבר, ב 26 לחודש, בראשון לדצמבר, 2.12, בשלושים לחודש."""
    if has(words[index], ("יום",)) and at(words, index + 2) == "של" and (piece := _day_of(words, index, today)):
        return piece
    start = index
    prefix = ""
    if words[index] in _ON and index + 1 < len(words):
        prefix, index = words[index], index + 1
    if iso := _YEAR_MONTH_DAY.fullmatch("-".join(words[index : index + 3])):
        return _date(start, index + 3, int(iso[3]), int(iso[2]), today, prefix, int(iso[1]))
    numeric = _DATE.fullmatch(words[index])
    if numeric:
        year = 2000 + int(numeric[3]) % 100 if numeric[3] else None
        return _date(start, index + 1, int(numeric[1]), int(numeric[2]), today, prefix, year)
    if (by_month := _month_and_day(words, start, index, today)) is not None:
        return by_month
    ordinal = look_up(words[index], ORDINALS)
    if ordinal is not None:
        day, after, gender, glued = ordinal[0], index + 1, Gender.MASCULINE, ordinal[1]
        if not (has(at(words, after), MONTHS) or at(words, after) in _OF_MONTH or _month_number(words, after)):
            ordinal = None
    if ordinal is None:
        number = number_at(words, index)
        if number is None:
            return None
        day, after, gender, glued = number.value, number.end, number.gender, number.prefix
    prefix = prefix or glued
    hour = number_at(words, after)
    if day % 5 == 0 and hour and hour.prefix == "ל" and hour.gender is Gender.FEMININE:  # בעשרים וחמישה לחמש
        return None
    if not 1 <= day <= 31:
        return None
    if at(words, after) == "ב" or at(words, after) == "ל":
        after += 1
    following = at(words, after)
    if (day, gender, prefix) == (1, Gender.FEMININE, ""):  # אחת לחודש: once a month
        return None
    month = look_up(following, MONTHS)
    if month is not None:
        return _named_date(words, start, after + 1, day, month[0], today, prefix)
    this_month = following == "החודש" and prefix[-1:] in ("ב", "ה", "ל", "מ") and bool(prefix)  # ב-15 החודש
    if following in _OF_MONTH or this_month:
        named = look_up(at(words, after + 1), MONTHS)
        if named is not None:
            return _named_date(words, start, after + 2, day, named[0], today, prefix)
        following_month = at(words, after + 1) in NEXT
        end = after + 1 + (at(words, after + 1) in NEXT | THIS)
        return _date(start, end, day, _month_with(day, today, following_month), today, prefix)
    numbered = _month_number(words, after)
    between = ordinal is None and at(words, start - 1) == "בין"  # בין שלושה לחמישה
    if (
        numbered
        and not between
        and (gender is not Gender.FEMININE or day > 12)
        and (ordinal or day > 24 or numbered[2] is Gender.MASCULINE)
    ):
        return _date(start, numbered[1], day, numbered[0], today, prefix)
    among = day <= 2 or at(words, start - 1) in ("בין", "מבין", "אחד", "אחת")
    alone = "ה" in prefix and not among and (day > 12 or gender is Gender.MASCULINE) and not is_counted(following)
    if alone or (day > 24 and prefix[-1:] in ("ב", "ל", "ה") and prefix and not _is_amount(following)):
        return _date(start, after, day, _month_with(day, today), today, prefix)
    return None


def _month_with(day: int, today: date, ahead: int = 0) -> int:
    """The first month, from so many ahead, in which this day is still to come: not every month has a 31st."""
    while True:
        first = month_start(today, ahead)
        if day <= monthrange(first.year, first.month)[1] and (ahead or day >= today.day):
            return first.month
        ahead += 1


def _day_of(words: Sequence[str], index: int, today: date) -> Piece | None:
    """ביום הראשון של דצמבר, ביום האחרון של החודש."""
    which = look_up(at(words, index + 1), {**ORDINALS, "אחרון": -1})
    of = month_of(words, index + 3, today)
    if which is None or of is None or of.days is None:
        return None
    day = month_start(of.days[0], 0) + (which[0] - 1) * DAY if which[0] > 0 else of.days[1] - DAY
    return Piece(Kind.DAY, index, max(of.end, index + 4), days=(day, day + DAY), prefix=prefix_of(words[index], "יום"))


def _is_amount(following: str) -> bool:
    return is_counted(following) or following in ("דקות", "דקה", "שעות", "ימים", "שניות", "אחוז", "שקל")


def _month_number(words: Sequence[str], index: int) -> tuple[int, int, Gender] | None:
    """לאחד עשר, לשנים עשר: a month told by its number."""
    number = number_at(words, index)
    ordinal = ORDINALS.get(at(words, index).removeprefix("ל"))
    day = look_up(at(words, index - 1), ORDINALS)
    # מראשון לשלישי is from day to day, beside בראשון לשלישי
    between_days = day is not None and day[0] <= _LAST_WEEKDAY and day[1] not in ("ב", "ה") and day[0] != ordinal
    if ordinal is not None and not between_days and (at(words, index).startswith("ל") or at(words, index - 1) == "ל"):
        return ordinal, index + 1, Gender.MASCULINE
    if at(words, index - 1) != "ל" and (number is None or number.prefix != "ל"):
        return None
    if number is None or not 1 <= number.value <= 12 or number.gender is Gender.FEMININE:
        return None
    return number.value, number.end, number.gender


def _month_and_day(words: Sequence[str], start: int, index: int, today: date) -> Piece | None:
    """פברואר 15: the day in figures behind the month."""
    month, day = look_up(words[index], MONTHS), at(words, index + 1)
    if month is None or not day.isdigit() or not 1 <= int(day) <= 31 or is_counted(at(words, index + 2)):
        return None
    return _named_date(words, start, index + 2, int(day), month[0], today, month[1])


def _named_date(
    words: Sequence[str], start: int, end: int, day: int, month: int, today: date, prefix: str
) -> Piece | None:
    year = year_at(words, end)
    return _date(start, year[1] if year else end, day, month, today, prefix, year[0] if year else None)


def _date(
    start: int, end: int, day: int, month: int, today: date, prefix: str, year: int | None = None
) -> Piece | None:
    """The day of this year, of the next or of the one that was told; nothing if there is none to come."""
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    for each in (year,) if year else range(today.year, today.year + 5):
        if day <= monthrange(each, month)[1] and date(each, month, day) >= today:
            first = date(each, month, day)
            return Piece(Kind.DAY, start, end, days=(first, first + DAY), prefix=prefix)
    return Piece(Kind.NOTHING, start, end)  # there is no 31st of November
