"""Times as they are said on the phone, resolved against a moment and its zone.

A bare hour from one to six is after noon, the week begins on Sunday, and a weekday's name is the next such day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from services.conversation.hebrew.calendar_words import (
    AFTERNOON,
    DAY_PARTS,
    LETTERS,
    MONTHS,
    ORDINALS,
    WEEKDAYS,
    DayPart,
)
from services.conversation.hebrew.numerals import TENS, UNITS, number
from services.conversation.hebrew.words import bare, tokens

DAY = timedelta(days=1)
_COUNTED = {
    "ילדים",
    "אנשים",
    "עובדים",
    "לקוחות",
    "דברים",
    "סניפים",
    "משרדים",
    "שותפים",
    "מנהלים",
    "שקלים",
    "אחוז",
    "שנים",
}
_NO_NOUNS = {"מתאים", "מסכים", "מתאימים", "נעים", "לפעמים", "אם", "גם", "צהריים", "בצהריים", "הצהריים"}
_AFTER_HOLIDAYS = {"החגים", "חגים", "החג"}
_CORRECTION = re.compile(r"\s(?:לא|סליחה|בעצם|רגע)\s+(?=(?:ב|ל|ה)?(?:יום|ראשון|שני|שלישי|רביעי|חמישי|שישי|מחר|היום))")


@dataclass(frozen=True)
class Moment:
    """From `start` up to, and without, `end`; an exact moment has `end` equal to `start`. Both are aware."""

    start: datetime
    end: datetime


@dataclass
class _Found:
    """What a sentence says of a time, piece by piece."""

    days: tuple[date, date] | None = None
    """First day and the day after the last."""
    clocks: list[time] = field(default_factory=list)
    said_part: bool = False
    part: DayPart | None = None
    exact: datetime | None = None
    after: bool = False
    before: bool = False
    between: bool = False


def resolve(text: str, now: datetime) -> Moment | None:
    """The time a sentence names, or None if it names none."""
    pieces = _CORRECTION.split(f" {text.replace(',', ' ')}")
    for piece in reversed(pieces):
        found = _read(tokens(piece), now)
        if found is not None and (moment := _moment(found, now)):
            return moment
    return None


def _read(words: list[str], now: datetime) -> _Found | None:
    found = _Found()
    index = 0
    while index < len(words):
        for rule in _RULES:
            after = rule(words, index, now, found)
            if after is not None:
                index = after
                break
        else:
            index += 1
    return found


def _moment(found: _Found, now: datetime) -> Moment | None:
    if found.exact is not None:
        return Moment(found.exact, found.exact)
    zone = now.tzinfo
    days = found.days
    if days is None and not found.clocks and found.part is None:
        return None
    if days is None:
        days = (now.date(), now.date() + DAY)
        guess = _clock(found.clocks[-1], found.part) if found.clocks else None
        ends = found.part.end if found.part and not found.clocks else None
        if (guess and guess <= now.time() and not found.before) or (ends and ends <= now.time()):
            days = (days[0] + DAY, days[1] + DAY)
    first = days[0]
    if found.clocks:
        clock = _clock(found.clocks[0], found.part)
        start = datetime.combine(first, clock, zone)
        if found.between and len(found.clocks) > 1:
            end = datetime.combine(first, _clock(found.clocks[1], found.part), zone)
            return Moment(start, max(end, start))
        if found.before:
            return Moment(
                max(
                    datetime.combine(first, time(5), zone),
                    now if first == now.date() else datetime.min.replace(tzinfo=zone),
                ),
                start,
            )
        if found.after:
            return Moment(start, datetime.combine(first, found.part.end if found.part else time(20), zone))
        return Moment(start, start)
    if found.part is not None:
        begin, finish = found.part.start, found.part.end
        if found.before:
            begin, finish = time(5), found.part.start
        return Moment(datetime.combine(first, begin, zone), datetime.combine(first, finish, zone))
    midnight = time(0)
    if found.after:
        return Moment(datetime.combine(first, midnight, zone), datetime.combine(first + 7 * DAY, midnight, zone))
    if found.before:
        return Moment(now, datetime.combine(first, midnight, zone))
    return Moment(datetime.combine(first, midnight, zone), datetime.combine(days[1], midnight, zone))


def _clock(clock: time, part: DayPart | None) -> time:
    if clock.hour == 0 or clock.hour > 12:
        return clock
    if part is not None:
        late = part.afternoon and clock.hour < 12
        return (
            clock.replace(hour=clock.hour + 12) if late and not (part.start.hour == 11 and clock.hour == 11) else clock
        )
    return clock.replace(hour=clock.hour + 12) if clock.hour <= 6 else clock


Rule = Callable[[list[str], int, datetime, _Found], int | None]


def _at(words: list[str], index: int) -> str:
    return words[index] if index < len(words) else ""


def _limits(words: list[str], index: int, now: datetime, found: _Found) -> int | None:
    word, following = words[index], _at(words, index + 1)
    if word == "לא" and following in ("לפני", "מוקדם"):
        found.after = True
        return index + 2
    if word == "אחרי" and following in ("הצהריים", "צהריים"):
        found.part = AFTERNOON
        return index + 2
    if word in ("אחר", "אחה") and following == "הצהריים":
        found.part = AFTERNOON
        return index + 2
    if word in ("אחרי", "החל", "מ", "מאז", "מהשעה") and following not in _AFTER_HOLIDAYS:
        found.after = True
        return index + 1
    if word in ("עד", "לפני"):
        found.before = True
        return index + 1
    if word in ("בין", "מבין"):
        found.between = True
        return index + 1
    return None


_UNITS_OF_TIME = {"דקה": 1, "דקות": 1, "שעה": 60, "שעות": 60}
_DUALS = {"שעתיים": timedelta(hours=2), "יומיים": 2 * DAY, "שבועיים": 14 * DAY}


def _relative(words: list[str], index: int, now: datetime, found: _Found) -> int | None:
    """בעוד חצי שעה, עוד שעתיים, עוד שלושת רבעי שעה, עוד שבוע."""
    if words[index] not in ("עוד", "בעוד", "תוך"):
        return None
    index += 1
    if _at(words, index) == "איזה":
        index += 1
    word, following = _at(words, index), _at(words, index + 1)
    soon = now.replace(second=0, microsecond=0)
    if word == "חצי" and following == "שעה":
        found.exact = soon + timedelta(minutes=30)
        return index + 2
    if word == "רבע" and following == "שעה":
        found.exact = soon + timedelta(minutes=15)
        return index + 2
    if word in ("שלושת", "שלושה") and following in ("רבעי", "רבע"):
        found.exact = soon + timedelta(minutes=45)
        return index + 3
    if word in _DUALS:
        return _set_relative(found, soon, _DUALS[word], index + 1)
    if word in ("שעה", "דקה", "שבוע", "חודש", "יום"):
        span = {"שעה": timedelta(hours=1), "דקה": timedelta(minutes=1), "שבוע": 7 * DAY, "חודש": 30 * DAY, "יום": DAY}
        end = _set_relative(found, soon, span[word], index + 1)
        if word == "שעה" and following == "וחצי":
            found.exact = soon + timedelta(minutes=90)
            return index + 2
        return end
    counted = number(words, index)
    if counted is None:
        return index
    count, index = counted
    unit = _at(words, index)
    if unit in _UNITS_OF_TIME:
        found.exact = soon + timedelta(minutes=count * _UNITS_OF_TIME[unit])
        return index + 1
    days = {"ימים": 1, "יום": 1, "שבועות": 7, "חודשים": 30}.get(unit)
    if days is not None:
        return _set_relative(found, soon, count * days * DAY, index + 1)
    found.exact = soon + timedelta(minutes=count) if count >= 10 else None
    return index


def _set_relative(found: _Found, now: datetime, span: timedelta, index: int) -> int:
    if span < DAY:
        found.exact = now + span
    else:
        first = now.date() + span
        found.days = (first, first + DAY)
    return index


_NAMED_DAYS = {"היום": 0, "מחר": 1, "מחרתיים": 2}
_THIS, _NEXT = ("הזה", "הקרוב", "הקרובה", "זה"), ("הבא", "הבאה")


def _weeks(words: list[str], index: int, now: datetime, found: _Found) -> int | None:
    """שבוע הבא, תחילת השבוע, אמצע השבוע, סוף השבוע, חודש הבא, מוצאי שבת."""
    word = words[index]
    sunday = now.date() - timedelta(days=(now.weekday() + 1) % 7)
    edge = bare(word, ("תחילת", "אמצע", "סוף", "מוצאי", "מוצש"))
    if edge in ("מוצאי", "מוצש"):
        saturday = sunday + 6 * DAY
        found.days, found.part = (saturday, saturday + DAY), DayPart(time(16, 30), time(23, 59, 59), afternoon=True)
        return index + (2 if _at(words, index + 1) == "שבת" else 1)
    offset = 1 if edge else 0
    week = bare(_at(words, index + offset), ("שבוע", "חודש"))
    if week is None:
        return None
    later = _at(words, index + offset + 1) in _NEXT
    if not later and not edge and _at(words, index + offset + 1) not in _THIS and words[index] != "השבוע":
        return None
    end = index + offset + 1 + (1 if later or _at(words, index + offset + 1) in _THIS else 0)
    if week == "חודש":
        start = _month(now.date(), 1 if later else 0)
        spans = {"תחילת": (0, 10), "אמצע": (10, 20), "סוף": (20, None)}.get(edge or "", (0, None))
        following = _month(start, 1)
        found.days = (start + spans[0] * DAY, following if spans[1] is None else start + spans[1] * DAY)
        return end
    start = sunday + (7 * DAY if later else 0 * DAY)
    if found.days is not None and not edge:
        if later and found.days[0] < start:  # "ביום שלישי שבוע הבא"
            found.days = (found.days[0] + 7 * DAY, found.days[1] + 7 * DAY)
        return end
    first, last = {"תחילת": (0, 2), "אמצע": (2, 4), "סוף": (4, 7)}.get(edge or "", (0, 7))
    found.days = (start + first * DAY, start + last * DAY)
    return end


def _month(day: date, ahead: int) -> date:
    month = day.month - 1 + ahead
    return date(day.year + month // 12, month % 12 + 1, 1)


def _dates(words: list[str], index: int, now: datetime, found: _Found) -> int | None:
    """בעשרים וחמישה לנובמבר, ב 26 לחודש, בראשון לדצמבר, 2.12."""
    numeric = re.fullmatch(r"(\d{1,2})[./](\d{1,2})(?:[./]\d{2,4})?", words[index])
    if numeric:
        return _set_date(found, now, int(numeric[1]), int(numeric[2]), index + 1)
    ordinal = bare(words[index], ORDINALS)
    counted = (ORDINALS[ordinal], index + 1) if ordinal else number(words, index)
    if counted is None:
        return None
    day, after = counted
    month = bare(_at(words, after), MONTHS)
    if month is not None:
        return _set_date(found, now, day, MONTHS[month], after + 1)
    if _at(words, after) in ("לחודש", "בחודש"):
        ahead = 0 if day >= now.day else 1
        return _set_date(found, now, day, _month(now.date(), ahead).month, after + 1)
    return None


def _set_date(found: _Found, now: datetime, day: int, month: int, index: int) -> int | None:
    try:
        first = date(now.year, month, day)
        if first < now.date():
            first = date(now.year + 1, month, day)
    except ValueError:
        return None
    found.days = (first, first + DAY)
    return index


def _days(words: list[str], index: int, now: datetime, found: _Found) -> int | None:
    """היום, מחר, יום ג, ביום שלישי הבא."""
    word = words[index]
    named = bare(word, _NAMED_DAYS)
    if named == "היום" and word != "היום":
        named = None
    if named is not None:
        first = now.date() + _NAMED_DAYS[named] * DAY
        found.days = (first, first + DAY)
        return index + 1
    is_day = bare(word, ("יום",)) is not None
    name = _at(words, index + 1) if is_day else word
    letter = name.strip("'\"")
    weekday = bare(name, WEEKDAYS)
    if weekday is None and is_day and letter in LETTERS:
        return _set_weekday(found, now, LETTERS[letter], words, index + 2)
    if weekday is None:
        return None
    after = index + (2 if is_day else 1)
    if not is_day and weekday == "שני" and (_at(words, after) in _COUNTED or _is_noun(_at(words, after))):
        return after
    if not is_day and _at(words, index - 1 if index else len(words)) in ("פעם", "שאלה", "אדם", "דבר"):
        return after
    return _set_weekday(found, now, WEEKDAYS[weekday], words, after)


def _set_weekday(found: _Found, now: datetime, weekday: int, words: list[str], index: int) -> int:
    ahead = (weekday - now.weekday()) % 7 or 7
    if found.days is not None and found.days[1] - found.days[0] > DAY:
        first = found.days[0] + ((weekday - found.days[0].weekday()) % 7) * DAY  # "שבוע הבא ביום שלישי"
    else:
        first = now.date() + ahead * DAY
    if _at(words, index) in _NEXT:
        sunday = now.date() - timedelta(days=(now.weekday() + 1) % 7)
        if first < sunday + 7 * DAY and (weekday + 1) % 7 > (now.weekday() + 1) % 7 + 1:
            first += 7 * DAY
        index += 1
    elif _at(words, index) in _THIS:
        index += 1
    found.days = (first, first + DAY)
    return index


def _parts(words: list[str], index: int, now: datetime, found: _Found) -> int | None:
    part = bare(words[index], DAY_PARTS)
    if part is None:
        return None
    if found.after and _at(words, index - 1) == "אחרי" and part in ("צהריים", "הצהריים"):
        found.after, found.part = False, AFTERNOON
        return index + 1
    found.part = DAY_PARTS[part]
    return index + 1


_MINUTES_BEFORE = {"רבע": 15, "עשרה": 10, "חמישה": 5, "עשרים": 20}
_MINUTE_NUMBERS = {*UNITS, *TENS}
_MINUTE_WORDS = ("דקה", "דקות")
_MINUTES_AFTER = {"וחצי": 30, "ורבע": 15, "ועשרה": 10, "וחמישה": 5, "ועשרים": 20, "וחמש": 5, "ועשר": 10}


def _hours(words: list[str], index: int, now: datetime, found: _Found) -> int | None:
    """בעשר וחצי, ברבע לאחת עשרה, עשרים לשלוש, 10:30, בשעה שלוש."""
    word = words[index]
    written = re.fullmatch(r"(\d{1,2}):(\d{2})", word)
    if written:
        if int(written[1]) > 23 or int(written[2]) > 59:
            return None
        found.clocks.append(time(int(written[1]), int(written[2])))
        return index + 1
    before = bare(word, _MINUTES_BEFORE)
    following = _at(words, index + 1)
    if following in _MINUTE_WORDS and _at(words, index + 2).startswith("ל") and (minutes_said := number(words, index)):
        hour = number([words[index + 2][1:], *words[index + 3 :]], 0)
        if hour is not None and 1 <= hour[0] <= 12:
            left = (hour[0] * 60 - minutes_said[0]) % (12 * 60)
            found.clocks.append(time(left // 60 or 12, left % 60))
            return index + 2 + hour[1]
    if before is not None and following.startswith("ל"):
        hour = number([following[1:], *words[index + 2 :]], 0)
        if hour is not None and 1 <= hour[0] <= 12:
            minutes = (hour[0] * 60 - _MINUTES_BEFORE[before]) % (12 * 60)
            found.clocks.append(time(minutes // 60 or 12, minutes % 60))
            return index + 1 + hour[1]
    counted = number(words, index)
    if counted is None:
        return None
    hour_said, after = counted
    if not 1 <= hour_said <= 23 or not _is_an_hour(words, index, after, found):
        return None
    minute = _MINUTES_AFTER.get(_at(words, after), 0)
    if minute:
        after += 1
    elif (
        (spoken := number(words, after)) and spoken[0] in range(10, 60) and words[after].lstrip("ו") in _MINUTE_NUMBERS
    ):
        minute, after = spoken[0], spoken[1]
    found.clocks.append(time(hour_said, minute))
    return after


def _is_an_hour(words: list[str], index: int, after: int, found: _Found) -> bool:
    """A number is an hour if it is said as one: with a ב or a ל, half past, a part of a day, or beside a day."""
    word, following = words[index], _at(words, after)
    if following in _COUNTED or following in _UNITS_OF_TIME or _is_noun(following):
        return False
    if _at(words, index - 1) in (
        "שעה",
        "בשעה",
        "לשעה",
        "השעה",
        "נגיד",
        "בסביבות",
        "סביב",
        "ב",
        "ל",
        "עד",
        "אחרי",
        "לפני",
        "בין",
        "ועד",
    ):
        return True
    if word[0] in "בל" and not word.isdigit() and number([word[1:]], 0) is not None:
        return True
    if following in _MINUTES_AFTER or bare(following, DAY_PARTS) or following in ("אחרי", "אחר"):
        return True
    return found.days is not None or found.between or bool(found.clocks)


def _is_noun(word: str) -> bool:
    """Whether a number before this word counts it: a plural."""
    return (
        len(word) > 3
        and word.endswith(("ים", "ות"))
        and word not in _NO_NOUNS
        and number([word], 0) is None
        and bare(word, DAY_PARTS) is None
    )


_RULES: tuple[Rule, ...] = (_limits, _relative, _weeks, _dates, _days, _hours, _parts)
