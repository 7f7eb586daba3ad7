"""Days, weeks and months in an utterance: יום ג, מחר, בעשרים וחמישה לנובמבר, תחילת שבוע הבא."""

import re
from calendar import monthrange
from collections.abc import Container, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

from services.conversation.hebrew.numerals import Gender, number_at
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import (
    COUNTED,
    DAY_LETTERS,
    EDGES,
    MONTHS,
    NEAR_DAYS,
    NEXT,
    NO_PLURALS,
    OF_THIS,
    ORDINALS,
    PREFIXES,
    THIS,
    WEEKDAYS,
    Edge,
)
from services.conversation.hebrew.words import word_set

Value = TypeVar("Value")
_DAY = timedelta(days=1)
_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{2,4}))?")
_OF_MONTH = word_set("לחודש בחודש חודש")
_NOT_A_DAY = word_set("לציון פעם דבר שלב מקום קומה יד מדרגה דרגה כיתה אחוז גיל בית מין")
_AFTER_NO_DAY = word_set("לציון במעלה ראשון אחוז במספר")
_WORKS = word_set("עובד(|ת|ים) משתמש(|ת|ים) מנהל(ים|ת) יש אין עושים מתעסקים")
_HOLIDAYS = word_set(
    "חג חגים החג החגים פסח סוכות שבועות פורים חנוכה ראש יוםכיפור כיפור בחירות הבחירות המלחמה מילואים"
    " החופש הקיץ החורף הלידה החתונה חופשה האביב הסתיו החופשה תשעה"
)


def look_up(folded: str, table: Mapping[str, Value]) -> tuple[Value, str] | None:
    """What a word is in a table, and the letters glued to its front."""
    for prefix, rest in _readings(folded):
        if rest in table:
            return table[rest], prefix
    return None


def has(folded: str, table: Container[str]) -> bool:
    """Whether a word is among others, with or without letters glued to its front."""
    return any(rest in table for _, rest in _readings(folded))


@lru_cache(maxsize=4096)
def _readings(folded: str) -> tuple[tuple[str, str], ...]:
    """The letters that may be glued to the front of a word, and what each leaves of it."""
    return tuple((prefix, folded[len(prefix) :]) for prefix in PREFIXES if folded.startswith(prefix))


def is_counted(word: str) -> bool:
    """Whether a number before this word counts it, rather than telling a day or an hour."""
    if word in COUNTED:
        return True
    if number_at((word,), 0) is not None:
        return False
    return len(word) > 4 and word.endswith(("ים", "ות")) and word not in NO_PLURALS


def has_number(word: str) -> bool:
    """Whether a word is a number with ב before it."""
    number = number_at((word,), 0)
    return number is not None and number.prefix == "ב"


def at(words: Sequence[str], index: int) -> str:
    """The word at an index, or nothing beyond the ends."""
    return words[index] if 0 <= index < len(words) else ""


def month_start(day: date, ahead: int) -> date:
    """The first of the month, so many months ahead."""
    month = day.year * 12 + day.month - 1 + ahead
    return date(month // 12, month % 12 + 1, 1)


def sunday(day: date) -> date:
    """The first day of the day's week."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def vague(words: Sequence[str], index: int, today: date) -> Piece | None:
    """אחרי החגים, עד היום: no time can be made of these."""
    if words[index] in ("אחרי", "לפני", "אחר", "עד", "ערב", "בין", "מאז") and at(words, index + 1) in _HOLIDAYS:
        return Piece(Kind.NOTHING, index, index + 2)
    if words[index] in ("עד", "מאז") and at(words, index + 1) == "היום" and not at(words, index + 2).startswith("ב"):
        return Piece(Kind.NOTHING, index, index + 2)
    return None


def near_day(words: Sequence[str], index: int, today: date) -> Piece | None:
    """היום, מחר, ממחרתיים."""
    found = look_up(words[index], NEAR_DAYS)
    if found is None or words[index] in ("כיום", "שהיום"):
        return None
    ahead, prefix = found
    if ahead == 0 and (at(words, index - 1) in _WORKS or at(words, index + 1) in _WORKS):
        return Piece(Kind.NOTHING, index, index + 1)
    day = today + ahead * _DAY
    return Piece(Kind.DAY, index, index + 1, days=(day, day + _DAY), prefix=prefix)


def weekday(words: Sequence[str], index: int, today: date) -> Piece | None:
    """יום ג, ברביעי, שלישי הבא. השני is an option and שני ילדים are two."""
    word = words[index]
    named_day = has(word, ("יום", "ימי", "ימים"))
    name = at(words, index + 1) if named_day else word
    after = index + 2 if named_day else index + 1
    if named_day and name in DAY_LETTERS:
        return _weekday(words, index, after, DAY_LETTERS[name], _prefix(word, "יום"))
    if not named_day and word in ("ב", "ל") and at(words, index + 1) in WEEKDAYS:
        return _weekday(words, index, index + 2, WEEKDAYS[at(words, index + 1)], word)
    if index == 0 and word in ("ג", "ד") and has_number(at(words, 1)):
        return _weekday(words, 0, 1, DAY_LETTERS[word], "")
    found = look_up(name, WEEKDAYS)
    if found is None or (name == "רבעי" and at(words, after) in ("שעה", "השעה")):
        return None
    number, prefix = found
    following = at(words, after)
    definite = prefix in ("ה", "וה", "שה", "לה", "בה", "מה")
    if definite and not named_day and name != "השבת" and following not in NEXT | THIS:
        return None
    if not named_day and (at(words, index - 1) in _NOT_A_DAY or following in _AFTER_NO_DAY):
        return None
    if not named_day and name.endswith("שני") and (is_counted(following) or following == "ה"):
        return None
    if has(following, MONTHS) or following in ("לחודש", "בחודש"):
        return None
    return _weekday(words, index, after, number, _prefix(word, "יום") if named_day else prefix)


def _prefix(word: str, of: str) -> str:
    return word.partition(of[0])[0]


def _weekday(words: Sequence[str], start: int, end: int, number: int, prefix: str) -> Piece:
    following = at(words, end)
    piece = Piece(Kind.WEEKDAY, start, end, weekday=number, prefix=prefix)
    if following in NEXT or (
        following == "של" and at(words, end + 1) in ("שבוע", "השבוע") and at(words, end + 2) in NEXT
    ):
        piece.following = True
        piece.end = end + (1 if following in NEXT else 3)
    elif following in THIS:
        piece.this = following in OF_THIS
        piece.end = end + 1
    return piece


def saturday_night(words: Sequence[str], index: int, today: date) -> Piece | None:
    """במוצאי שבת, במוצ"ש; and ערב שבת, which is Friday."""
    if words[index] in ("ערב", "בערב", "לערב") and at(words, index + 1) in ("שבת", "השבת"):
        return Piece(Kind.WEEKDAY, index, index + 2, weekday=4, prefix="ב")
    if has(words[index], ("מוצש", "מוצאש")):
        return Piece(Kind.NOTHING, index, index + 1, today=True)
    if has(words[index], ("מוצאי", "צאת")) and at(words, index + 1) in ("שבת", "השבת"):
        return Piece(Kind.NOTHING, index, index + 2, today=True)
    return None


def span(words: Sequence[str], index: int, today: date) -> Piece | None:
    """A week or a month, or an edge of one."""
    word = words[index]
    start, edge = index, None
    if at(words, index + 1) in ("נעים", "טוב", "נעימה", "שקט"):
        return None
    towards = word == "לקראת" and has(at(words, index + 1), ("סוף",))
    if towards:
        index, word = index + 1, at(words, index + 1)
    if has(word, ("סופש", "סופשבוע")):
        return _week(words, start, index + 1, Edge.END, today)
    found = look_up(word, EDGES)
    if found is not None:
        edge, index = found[0], index + 1
        word = at(words, index)
    if edge is None and index > 0 and words[index - 1] in ("עוד", "בעוד"):
        return None
    if has(word, ("שבוע",)) and (which := look_up(at(words, index + 1), _WEEKS)) and has(at(words, index + 2), ("של",)):
        return _week_of_month(words, start, index + 3, which[0], today)
    if has(word, ("שבוע",)):
        definite = "ה" in _prefix(word, "שבוע")
        if edge is None and not definite and at(words, index + 1) not in _AFTER_WEEK:
            return None
        week = _week(words, start, index + 1, edge, today)
        if towards and week.days is not None:
            week.days = (week.days[0] - 2 * _DAY, week.days[0])
        return week
    if has(word, ("חודש",)) or has(word, MONTHS) or has(word, ("שנה", "רבעון")):
        return _month(words, start, index, edge, today)
    return None


_AFTER_WEEK = NEXT | THIS | frozenset(("אחרי", "שאחרי"))
_WEEKS = {"ראשון": 0, "שני": 1, "שלישי": 2, "רביעי": 3, "אחרון": -1}


def _week_of_month(words: Sequence[str], start: int, index: int, which: int, today: date) -> Piece | None:
    """בשבוע השני של דצמבר, בשבוע האחרון של החודש."""
    month = _month(words, index, index, None, today) or _month([f"ב{at(words, index)}"], 0, 0, None, today)
    if month is None or month.days is None:
        return None
    first = month_start(month.days[0], 0) + which * 7 * _DAY if which >= 0 else month.days[1] - 7 * _DAY
    return Piece(Kind.SPAN, start, index + 1, days=(max(first, today), max(first + 7 * _DAY, today + _DAY)))


def _week(words: Sequence[str], start: int, end: int, edge: Edge | None, today: date) -> Piece:
    later = at(words, end) in ("אחרי", "שאחרי") and at(words, end + 1) in NEXT
    if later or (at(words, end) in NEXT and at(words, end + 1) in NEXT):
        first = sunday(today) + 14 * _DAY
        return Piece(Kind.SPAN, start, end + 2, days=(first, first + 7 * _DAY))
    following = at(words, end) in NEXT
    near = at(words, end) in THIS
    first = sunday(today) + 7 * _DAY * following
    ends = {None: (0, 7), Edge.BEGINNING: (0, 3), Edge.MIDDLE: (2, 4), Edge.END: (5, 7)}[edge]
    if not following and today >= first + ends[1] * _DAY:
        first += 7 * _DAY
    days = (first + ends[0] * _DAY, first + ends[1] * _DAY)
    if near and edge is None and at(words, end) not in OF_THIS:  # בשבוע הקרוב
        days = (today, today + 7 * _DAY)
    elif not following and edge is None:
        days = (today, days[1])
    return Piece(Kind.SPAN, start, end + (following or near), days=days, edge=edge is not None and not following)


def edge_of_it(words: Sequence[str], index: int, pieces: Sequence[Piece]) -> bool:
    """בחודש הבא, בתחילתו: narrows the week or month said before."""
    found = look_up(words[index], _EDGES_OF_IT)
    if found is None or not pieces or pieces[-1].kind is not Kind.SPAN or pieces[-1].days is None:
        return False
    first, last = pieces[-1].days
    third = (last - first) // 3
    place = list(Edge).index(found[0])
    pieces[-1].days = (first + place * third, last if place == 2 else first + (place + 1) * third)
    return True


_EDGES_OF_IT = {
    "תחילתו": Edge.BEGINNING,
    "אמצעו": Edge.MIDDLE,
    "סופו": Edge.END,
    "תחילתה": Edge.BEGINNING,
    "סופה": Edge.END,
}


def _month(words: Sequence[str], start: int, index: int, edge: Edge | None, today: date) -> Piece | None:
    word, end = words[index], index + 1
    named = look_up(word, MONTHS)
    if named is None and has(word, ("חודש",)):
        named = look_up(at(words, end), MONTHS)
        end += named is not None
    if named is not None:
        number, prefix = named
        if edge is None and not prefix and end == index + 1:
            return None
        first = date(today.year + (number < today.month), number, 1)
        return Piece(Kind.SPAN, start, end, days=_edge(first, edge))
    following, near = at(words, end) in NEXT, at(words, end) in THIS
    if has(word, ("רבעון",)):
        quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
        first = month_start(quarter, 3) if following else quarter
        return Piece(Kind.SPAN, start, end + (following or near), days=(first, month_start(first, 3)))
    definite = "ה" in word[:2]
    if has(word, ("שנה",)):
        if not (following or (edge and definite)):
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


def _edge(first: date, edge: Edge | None) -> tuple[date, date]:
    following = month_start(first, 1)
    if edge is Edge.BEGINNING:
        return first, first + 7 * _DAY
    if edge is Edge.MIDDLE:
        return first + 11 * _DAY, first + 18 * _DAY
    if edge is Edge.END:
        return following - 7 * _DAY, following
    return first, following


def coming_days(words: Sequence[str], index: int, today: date) -> Piece | None:
    """בימים הקרובים, בשבועות הקרובים."""
    if at(words, index + 1) == "יומים" and has(words[index], ("יום",)) and at(words, index + 2) == "הקרובים":
        return Piece(Kind.SPAN, index, index + 3, days=(today, today + 3 * _DAY))
    if at(words, index + 1) not in ("הקרובים", "הקרובות"):
        return None
    ahead = {"ימים": 4, "יומים": 3, "שבועות": 21, "שבועים": 14, "חודשים": 60}
    for noun, days in ahead.items():
        if has(words[index], (noun,)):
            return Piece(Kind.SPAN, index, index + 2, days=(today + _DAY, today + days * _DAY))
    return None


def dated(words: Sequence[str], index: int, today: date) -> Piece | None:
    """בעשרים וחמישה לנובמבר, ב 26 לחודש, בראשון לדצמבר, 2.12, בשלושים לחודש."""
    start = index
    prefix = ""
    if words[index] in ("ב", "ל", "ה", "מ", "עד", "תאריך", "בתאריך") and index + 1 < len(words):
        prefix, index = words[index], index + 1
    numeric = _DATE.fullmatch(words[index])
    if numeric:
        return _date(start, index + 1, int(numeric[1]), int(numeric[2]), today, prefix)
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
    if not 1 <= day <= 31:
        return None
    if at(words, after) == "ב" or at(words, after) == "ל":
        after += 1
    following = at(words, after)
    month = look_up(following, MONTHS)
    if month is not None:
        return _date(start, after + 1, day, month[0], today, prefix)
    if following in _OF_MONTH or following == "לחודש":
        named = look_up(at(words, after + 1), MONTHS)
        if named is not None:
            return _date(start, after + 2, day, named[0], today, prefix)
        ahead = 1 if at(words, after + 1) in NEXT else 0
        if ahead == 0 and day < today.day:
            ahead = 1
        return _date(
            start,
            after + 1 + (at(words, after + 1) in NEXT | THIS),
            day,
            month_start(today, ahead).month,
            today,
            prefix,
        )
    numbered = _month_number(words, after)
    if (
        numbered
        and (gender is not Gender.FEMININE or day > 12)
        and (ordinal or day > 24 or numbered[2] is Gender.MASCULINE)
    ):
        return _date(start, numbered[1], day, numbered[0], today, prefix)
    among = day <= 2 or at(words, start - 1) in ("בין", "מבין", "אחד", "אחת")
    alone = "ה" in prefix and not among and (day > 12 or gender is Gender.MASCULINE) and not is_counted(following)
    if alone or (day > 24 and prefix[-1:] in ("ב", "ל", "ה") and prefix and not _is_amount(following)):
        ahead = 0 if day >= today.day else 1
        return _date(start, after, day, month_start(today, ahead).month, today, prefix)
    return None


def _is_amount(following: str) -> bool:
    return is_counted(following) or following in ("דקות", "דקה", "שעות", "ימים", "שניות", "אחוז", "שקל")


def _month_number(words: Sequence[str], index: int) -> tuple[int, int, Gender] | None:
    """לאחד עשר, לשנים עשר: a month told by its number."""
    number = number_at(words, index)
    ordinal = ORDINALS.get(at(words, index).removeprefix("ל"))
    day_is_ordinal = look_up(at(words, index - 1), ORDINALS) is not None
    if ordinal is not None and not day_is_ordinal and (at(words, index).startswith("ל") or at(words, index - 1) == "ל"):
        return ordinal, index + 1, Gender.MASCULINE
    if at(words, index - 1) != "ל" and (number is None or number.prefix != "ל"):
        return None
    if number is None or not 1 <= number.value <= 12 or number.gender is Gender.FEMININE:
        return None
    return number.value, number.end, number.gender


def _date(start: int, end: int, day: int, month: int, today: date, prefix: str) -> Piece | None:
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    for year in range(today.year, today.year + 5):
        if day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            first = date(year, month, day)
            return Piece(Kind.DAY, start, end, days=(first, first + _DAY), prefix=prefix)
    return None
