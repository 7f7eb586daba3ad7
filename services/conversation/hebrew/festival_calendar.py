"""The holidays by their names, and when each is: those of the Hebrew calendar, with the days that are moved for Saturday."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from services.conversation.hebrew.durations import DAY
from services.conversation.hebrew.words import fold, word_set

_MONDAY, _FRIDAY, _SATURDAY = 0, 4, 5
_NEAR = timedelta(days=62)
"""How soon a season is that is meant: in spring nobody speaks of September by "after the holidays"."""


class Festival(NamedTuple):
    """A holiday in the Hebrew calendar: its month (Nisan is 1), its first day there, and how many days it lasts."""

    month: int
    day: int
    lasts: int = 1
    season: bool = False
    """Whether it is a season of holidays, which is meant only where it is soon."""
    moved: tuple[int, ...] = (0,) * 7
    """By how many days it is moved, for each weekday it may fall on."""


_AFTER_SATURDAY = tuple(1 if weekday == _SATURDAY else 0 for weekday in range(7))
_BESIDE_SATURDAY = tuple({_MONDAY: 1, _FRIDAY: -1, _SATURDAY: -2}.get(weekday, 0) for weekday in range(7))
_DAY_BEFORE_IT = _BESIDE_SATURDAY[1:] + _BESIDE_SATURDAY[:1]

_FESTIVALS = {
    tuple(fold(word) for word in name.split()): festival
    for names, festival in {
        "פסח,חג פסח,חג הפסח,הפסח,ליל הסדר,הסדר": Festival(1, 15, 7),
        "יום הזיכרון,יום הזכרון": Festival(2, 4, moved=_DAY_BEFORE_IT),
        "יום העצמאות,העצמאות,עצמאות": Festival(2, 5, moved=_BESIDE_SATURDAY),
        'ל"ג בעומר,ל"ג לעומר': Festival(2, 18),
        "יום ירושלים": Festival(2, 28),
        "חג שבועות,חג השבועות": Festival(3, 6),
        "תשעה באב,תשע באב,ט באב": Festival(5, 9, moved=_AFTER_SATURDAY),
        'ט"ו באב': Festival(5, 15),
        "ראש השנה,ראש השנה העברית": Festival(7, 1, 2),
        "החגים,כל החגים,חגי תשרי": Festival(7, 1, 22, season=True),
        "יום כיפור,כיפור,יום הכיפורים": Festival(7, 10),
        "סוכות,חג סוכות,חג הסוכות": Festival(7, 15, 8),
        "הושענא רבה,הושענא רבא": Festival(7, 21),
        "חול המועד סוכות": Festival(7, 16, 6),
        "חול המועד פסח": Festival(1, 16, 5),
        "שמחת תורה": Festival(7, 22),
        "חנוכה,חג חנוכה,חג החנוכה,החנוכה": Festival(9, 25, 8),
        'ט"ו בשבט': Festival(11, 15),
        "פורים,חג פורים,הפורים": Festival(12, 14),
        "שושן פורים": Festival(12, 15),
    }.items()
    for name in names.split(",")
}
_LONGEST = max(map(len, _FESTIVALS))
STARTS = frozenset(name[0] for name in _FESTIVALS) | {"שבועות"}
"""What the name of a holiday begins with, ב before it aside."""
_SHAVUOT = Festival(3, 6)
_WEEKS_BEHIND = word_set("ערב בערב אחרי שאחרי לאחר שלאחר למחרת מחרת")
_ADAR = 12


def festival_at(words: Sequence[str], index: int, today: date, *, glued: bool = False) -> tuple[Festival, int] | None:
    """The holiday named at an index, with ב before it if that is asked for, and the index behind it."""
    if index >= len(words):
        return None
    first = words[index]
    if first.endswith("שבועות") and _is_shavuot(words, index, glued=glued):
        return _SHAVUOT, index + 1
    apart = glued and not first.startswith("ב")
    if glued and not apart:
        first = first[1:]
    for length in range(_LONGEST, apart, -1):  # a name of one word is a holiday only with something before it
        found = _FESTIVALS.get((first, *words[index + 1 : index + length]))
        if found is not None:
            soon = not found.season or next_days(found, today)[1] - today <= _NEAR
            return (found, min(index + length, len(words))) if soon else None
    return None


def _is_shavuot(words: Sequence[str], index: int, *, glued: bool) -> bool:
    """Whether שבועות is the holiday, rather than weeks: ערב שבועות, בשבועות; but בשבועות הקרובים, אחרי שבועות של."""
    following = words[index + 1] if index + 1 < len(words) else ""
    if words[index] == "בשבועות":
        return glued and not following.startswith(("ה", "של"))
    return words[index] == "שבועות" and words[index - 1] in _WEEKS_BEHIND and following != "של"


@lru_cache(maxsize=64)
def next_days(found: Festival, today: date) -> tuple[date, date]:
    """The first day of the holiday that is not over yet, and the day after its last."""
    from pyluach.dates import HebrewDate
    from pyluach.hebrewcal import Year

    for year in range(today.year + 3760, today.year + 3763):
        leap = found.month == _ADAR and Year(year).leap
        first = HebrewDate(year, found.month + leap, found.day).to_pydate()
        first += found.moved[first.weekday()] * DAY
        if first + found.lasts * DAY > today:
            return first, first + found.lasts * DAY
    raise AssertionError("a holiday comes every year")
