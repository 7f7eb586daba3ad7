"""Hours and dates as they are written, and how they are read: 10:30, 26/11, יום ג', ב-1 בדצמבר."""

import re

from services.conversation.hebrew.cardinals import cardinal
from services.conversation.hebrew.saying import MONTH_NAMES, clock, part_of_day
from services.conversation.hebrew.words import listed

PREFIX = r"(?<![א-ת\d.,/:])(?P<prefix>[ושכ]?(?:[בלמ]ה|[בלמהכשו])?)-?"
"""Hebrew letters glued to the front of a figure, with or without a hyphen."""

_DAY_LETTERS = {"א": "ראשון", "ב": "שני", "ג": "שלישי", "ד": "רביעי", "ה": "חמישי", "ו": "שישי", "ש": "שבת"}
_LETTER = r"([אבגדהוש](?!-\d))['\"]?"
"""A letter of a weekday. With a hyphen and a figure behind it, it is glued to that: ביום א, ב-10:00, מהיום ה-5."""
_LETTER_DAYS = re.compile(
    rf"(?<![א-ת])(?!\S*היום [בהוש]\s?-?\s?\d)(?!(?:(?<=כל )|(?<=מדי )|(?<=אותו ))יום ב \d)([ובלמהכש]{{0,2}}(?:יום|ימי|ימים)) {_LETTER}"
    rf"(?:\s*(-|–|,|ו-?|עד|או)\s*(?:יום )?{_LETTER})?(?![א-ת\"])"
)
_FURTHER_LETTER = re.compile(
    rf"(?P<said>(?<![א-ת])[בלה]?ימים [^.!?]*?(?:{'|'.join(_DAY_LETTERS.values())}))(?P<join>\s*,\s*|\s+ו-?|\s+או\s+)(?P<letter>[אבגדהוש])'"
)
"""The third and the following of several days: ימים א', ג' ו-ה'."""
_LETTER_RANGE = re.compile(r"(?<![א-ת])([בלמ]?)-?([אבגדהו])'\s*[-–]\s*([אבגדהו])'(?![א-ת])")
_LETTERS_BETWEEN = re.compile(r"(?<![א-ת])(בין |מ)-?([אבגדהו])'\s+(ל|עד)\s?-?\s?([אבגדהו])'(?![א-ת])")
_JOINED = {"-": " עד ", "–": " עד ", "עד": " עד ", ",": ", ", "או": " או "}

_LOOSE = re.compile(r"(?<![א-ת\"'])(ו?[בלמהכ])\s(?=[₪$€£]?\d)")
"""A letter written apart from the figure it belongs to: ב 9:00."""

_CLOCK = re.compile(PREFIX + r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::00)?(?![\d:])")
_RANGE = re.compile(
    r"(?<![\d:])(?P<first>(?:[01]?\d|2[0-3]):[0-5]\d)\s*[-–]\s*(?P<second>(?:[01]?\d|2[0-3]):[0-5]\d)(?![\d:])"
)
_LENGTH = re.compile(r"(?<![\d:])(?P<whole>\d{1,2}):(?P<part>[0-5]\d) (?P<unit>שעות|דקות)(?![א-ת])")
_PART_AFTER = re.compile(
    r"\s*(?:ב?אחה\"צ|לפנה\"צ|ב?בוקר|ה?בוקר|לפנות|ב?צהריים|ב?צהרים|אחר|אחרי|לפני|ב?ערב|ה?ערב|ב?לילה|ה?לילה|AM|PM)(?![א-ת])",
    re.IGNORECASE,
)
_PART_AFTER_RANGE = re.compile(r"\s*(?:-|עד|ועד|ל)\s?-?\s?\d{1,2}:\d\d\s+(?:ב?בוקר|בצהריים|ב?ערב|ב?לילה|אחר|אחרי|לפני)")
"""Of בין 9:00 ל-10:00 בבוקר the part of the day is said once."""
_LAST_OF_RANGE = re.compile(r"\s?(?:-|–|עד|ועד|ל)\s?-?\s?(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?!\d)")
"""Of בין 10:00 ל-10:30 too, where nothing tells it: behind the last hour, for both are in it."""
_PART_BEFORE = re.compile(
    r"(?P<part>בוקר|צהריים|צהרים|אחה\"צ|לפנה\"צ|ערב|לילה)"
    r"(?:[\s,(–-]+(?:[בלמ]?ה?שעה|בסביבות|לקראת|סביב|בערך|בין|או|עד|ועד|רק|אחרי|לפני|של|היום|מחר|מחרתיים|ב?ה?יום|[ובלמ]|(?:[ובלמ]-?)?\d?\d:\d\d"
    rf"|ב?(?:{'|'.join(_DAY_LETTERS.values())}))(?![א-ת]))*[\s,(–-]*$"
)
"""The part of the day, said before its hour: מחר אחה"צ ב-17:00, בערב בין 20:00 ל-21:00."""
_SAID_OF = {
    "בוקר": ("לפנות בוקר", "בבוקר"),
    "ערב": ("אחר הצהריים", "בערב", "בלילה"),
    "לילה": ("בערב", "בלילה", "לפנות בוקר"),
}
_SAID_OF |= dict.fromkeys(("צהריים", "צהרים", 'אחה"צ', 'לפנה"צ'), ("בבוקר", "בצהריים", "אחר הצהריים", "בערב"))
"""The parts of the day that need not be said after an hour once one was said before it."""

_MONTHS = "|".join((*MONTH_NAMES, "מרס"))
_NAMED_DATE = re.compile(
    PREFIX + rf"(?P<day>[0-3]?\d)(?:(?P<range>[-–])(?P<last>[0-3]?\d))?(?= [בל](?:{_MONTHS})(?![א-ת]))"
)
_OF_THE_MONTH = re.compile(PREFIX + r"(?P<day>[0-3]?\d)(?= [לב]חודש(?![א-ת]))")
_FROM_DAY = re.compile(
    rf"(?P<prefix>(?<![א-ת])(?:מה?|בין ה?))-?(?P<day>[0-3]?\d)(?= (?:עד|ועד|ל)\s?ה?-?[0-3]?\d [בל](?:חודש|{_MONTHS})(?![א-ת]))"
)
"""The first of two days of one month: מה-1 עד ה-5 בחודש."""
_NUMERIC_DATE = re.compile(
    PREFIX
    + r"(?P<day>0?[1-9]|[12]\d|3[01])(?P<sign>[./])(?P<month>0?[1-9]|1[0-2])"
    + r"(?:(?P=sign)(?P<year>(?:20)?\d\d))?(?![\d/.%]\d|\d|[%₪])"
)
_LAST_DATE = re.compile(
    r"\s?(?:עד|ועד|ל)\s?ה?-?\s?(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])(?:[./](?:20)?\d\d)?(?![\d/%₪$€])"
)
"""The last day of a range, whose first might be a fraction: מ-1.1 עד 31.3."""
_UNIT = re.compile(
    r"\s?(?:[%₪$€]|(?:אחוז|אלף|מיליון|מיליארד|שקל|שח|ש\"ח|דולר|יורו|אירו|שעות|דקות|ימים|שבועות|חודשים|שנים|מטר|מ\"ר|קילו|ק\"מ|ליטר|טון))"
)
"""What an amount has behind it: ב-2.5 מיליון."""
_ISO_DATE = re.compile(PREFIX + r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?!\d)")


def read_times(text: str) -> str:
    """Weekday letters, dates and hours in words."""
    text = _LETTER_DAYS.sub(_letter_days, text)
    while (further := _FURTHER_LETTER.sub(_further_day, text)) != text:
        text = further
    text = _LOOSE.sub(r"\1", text)
    text = _LETTERS_BETWEEN.sub(
        lambda days: f"{days[1]}{_DAY_LETTERS[days[2]]} {days[3]}{_DAY_LETTERS[days[4]]}".replace("עד", "עד "), text
    )
    text = _LETTER_RANGE.sub(lambda days: f"{days[1]}{_DAY_LETTERS[days[2]]} עד {_DAY_LETTERS[days[3]]}", text)
    if not any(each.isdigit() for each in text):
        return text
    text = _ISO_DATE.sub(_date, text)
    text = _NUMERIC_DATE.sub(lambda match: match[0] if _is_a_fraction(match) else _date(match), text)
    text = _FROM_DAY.sub(lambda match: match["prefix"] + _ordinal(int(match["day"])), text)
    text = _NAMED_DATE.sub(_day, text)
    text = _OF_THE_MONTH.sub(_day, text)
    text = _LENGTH.sub(_length, text)
    text = _RANGE.sub(lambda match: f"{match['first']} עד {match['second']}", text)
    return _CLOCK.sub(_hour, text)


def _length(match: re.Match[str]) -> str:
    """2:30 שעות is a length: two hours and a half."""
    part = {"00": "", "30": ".5", "15": ".25"}.get(match["part"])
    smaller = "דקות" if match["unit"] == "שעות" else "שניות"
    if part is not None:
        return f"{match['whole']}{part} {match['unit']}"
    return f"{match['whole']} {match['unit']} ו-{int(match['part'])} {smaller}"


def _further_day(match: re.Match[str]) -> str:
    return f"{match['said']}{_JOINED.get(match['join'].strip(), ' ו')}{_DAY_LETTERS[match['letter']]}"


def _letter_days(match: re.Match[str]) -> str:
    day, first, joined, second = match.groups()
    said = f"{day} {_DAY_LETTERS[first]}"
    return f"{said}{_JOINED.get(joined, ' ו')}{_DAY_LETTERS[second]}" if second else said


def _is_a_fraction(match: re.Match[str]) -> bool:
    """2.5 שעות and 1/2 are amounts; 2.12, 26/11 and whatever follows ב or יום are days."""
    last = _LAST_DATE.match(match.string, match.end())
    if match["sign"] == "." and not match["year"] and _UNIT.match(match.string, last.end() if last else match.end()):
        return True
    if match["year"] or not _PREFIXES_OF_DATES.isdisjoint(match["prefix"]):
        return False
    before = match.string[: match.start()].split()[-1:]
    if before and before[0].strip(",") in _DATE_WORDS:
        return False
    if last and (before == ["בין"] or match["prefix"].endswith("מ")):
        return False
    if match["sign"] == "/":
        return match[0] in ("1/2", "1/3", "1/4", "2/3", "3/4", "24/7")
    return len(match["month"]) < 2


_PREFIXES_OF_DATES = frozenset("בהל")
_DATE_WORDS = listed("תאריך בתאריך ליום ביום יום עד ראשון שני שלישי רביעי חמישי שישי שבת")


def _date(match: re.Match[str]) -> str:
    said = f"{match['prefix']}{_ordinal(int(match['day']))} ב{MONTH_NAMES[int(match['month']) - 1]}"
    if match["year"]:
        year = int(match["year"])
        said += f" {cardinal(year if year > 100 else 2000 + year)}"
    return said


def _day(match: re.Match[str]) -> str:
    day = int(match["day"])
    if not 1 <= day <= 31:
        return match[0]
    said = match["prefix"] + _ordinal(day)
    last = match.groupdict().get("last")
    return f"{said} עד {_ordinal(int(last))}" if last else said


def _ordinal(day: int) -> str:
    return cardinal(day, masculine=True)


def _hour(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]) % 24, int(match["minute"])
    said = match["prefix"] + clock(hour, minute)
    told = _PART_AFTER.match(match.string, match.end()) or _PART_AFTER_RANGE.match(match.string, match.end())
    if told:
        return said
    part = part_of_day(hour, minute)
    last = _LAST_OF_RANGE.match(match.string, match.end())
    if last and part == part_of_day(int(last["hour"]) % 24, int(last["minute"])):
        return said
    before = _PART_BEFORE.search(match.string, 0, match.start())
    return said if before and part in _SAID_OF[before["part"]] else f"{said} {part}".rstrip()
