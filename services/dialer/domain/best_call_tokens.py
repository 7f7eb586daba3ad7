"""Takes a wish for a time apart into the days and hours that are named in it."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import time
from enum import Enum, auto

from services.dialer.domain.best_call_words import ANY_TIME, CLOCK, DAY_GROUPS, FILLERS, HOUR_WORDS, PARTS, WEEKDAYS
from services.dialer.domain.calling_hours import Span

_MIDNIGHT = 24 * 60
_HALF_DAY = 12 * 60
_AN_HOUR = 60
_AFTERNOON_UNTIL = 6
"""A bare hour up to six is one of the afternoon."""


class Mark(Enum):
    """What joins the named days and hours, or turns them round."""

    NOT = auto()
    AND = auto()
    STOP = auto()


@dataclass(frozen=True)
class Named:
    """Days or hours that were named."""

    days: frozenset[int] = frozenset()
    spans: tuple[Span, ...] = ()
    part: bool = False
    """A part of the day and no clock time."""


def tokens(written: str) -> Iterator[Named | Mark]:
    """The days, hours and marks in `written`. Raises ValueError if there is anything else in it."""
    text = _plain(written)
    at = 0
    while at < len(text):
        for pattern, read in _PATTERNS:
            if found := pattern.match(text, at):
                if (token := read(found)) is not None:
                    yield token
                at = found.end()
                break
        else:
            raise ValueError(f"{text[at:]!r} is neither a day nor an hour")


def _plain(written: str) -> str:
    text = "".join(each for each in unicodedata.normalize("NFKC", written) if unicodedata.category(each) != "Cf")
    text = re.sub("[׳’‘`´]", "'", text)
    text = re.sub("''|[״”“„]", '"', text)
    text = re.sub("[‐-―־−]", "-", text).casefold()
    return re.sub(r"[^\S\n]+", " ", text).strip(" .!?-\n")


def _clock(found: re.Match[str], name: str) -> int:
    """Minutes since midnight. Raises ValueError."""
    word, hour, minute, half = (found[f"{name}_{each}"] for each in ("word", "hour", "minute", "half"))
    hours, minutes = HOUR_WORDS[word] if word else int(hour), int(minute or 0)
    if hours > 24 or minutes > 59:
        raise ValueError(f"{found[0]!r} is no time of day")
    early = half is not None and half.startswith(("a", "בבוקר"))
    if (half is not None and not early and hours < 12) or (
        half is None and 1 <= hours <= _AFTERNOON_UNTIL and not (hour or "").startswith("0")
    ):
        hours += 12
    elif early and hours == 12:
        hours = 0
    return hours * 60 + minutes


def _span(start: int, end: int) -> Named:
    if not 0 <= start < min(end, _MIDNIGHT):
        raise ValueError("these hours are not within one day")
    return Named(spans=((_time(start), _time(end)),))


def _time(minutes: int) -> time:
    return time.max if minutes >= _MIDNIGHT else time(minutes // 60, minutes % 60)


def _between(found: re.Match[str]) -> Named:
    start, end = _clock(found, "start"), _clock(found, "end")
    return _span(start, end + _HALF_DAY if end <= start < _HALF_DAY else end)


def _at(found: re.Match[str]) -> Named:
    start = _clock(found, "start")
    return _span(start, start + _AN_HOUR)


def _about(found: re.Match[str]) -> Named:
    start = _clock(found, "start")
    return _span(start - _AN_HOUR // 2, start + _AN_HOUR // 2)


def _from(found: re.Match[str]) -> Named:
    return _span(_clock(found, "start"), _MIDNIGHT)


def _until(found: re.Match[str]) -> Named:
    return _span(0, _clock(found, "end"))


def _days(first: int, last: int) -> Named:
    return Named(days=frozenset((first + each) % 7 for each in range((last - first) % 7 + 1)))


def _day_range(found: re.Match[str]) -> Named:
    return _days(WEEKDAYS[found["first"]], WEEKDAYS[found["last"]])


def _day(found: re.Match[str]) -> Named:
    return Named(days=frozenset({WEEKDAYS[found["day"]]}))


def _day_list(found: re.Match[str]) -> Named:
    days: frozenset[int] = frozenset()
    for one in re.split(_NEXT_LETTER, found["list"]):
        first, _, last = re.sub(r"[ ']", "", one).partition("-")
        days |= _days(WEEKDAYS[first], WEEKDAYS[last or first]).days
    return Named(days=days)


def _day_group(found: re.Match[str]) -> Named:
    return _days(*DAY_GROUPS[found["group"]])


def _part(found: re.Match[str]) -> Named:
    return Named(spans=(PARTS[found["part"]],), part=True)


def _nothing(_: re.Match[str]) -> None:
    return None


def _is(mark: Mark) -> Callable[[re.Match[str]], Mark]:
    return lambda _: mark


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(each) for each in sorted(words, key=len, reverse=True))


def _pattern(text: str) -> re.Pattern[str]:
    for name in ("start", "end"):
        text = text.replace(f"<{name}>", CLOCK.replace("NAME", name))
    return re.compile(text + r"(?![\w'\"])")


_WEEKDAY = _any_of(WEEKDAYS)
_LONG_DAY = _any_of(name for name in WEEKDAYS if len(name) > 1)
_LETTER = _any_of(name for name in WEEKDAYS if len(name) == 1)
_LETTER_OR_RANGE = rf"(?:{_LETTER})'?(?: ?- ?(?:{_LETTER})'?)?"
_NEXT_LETTER = " ?[,/] ?| ו-?"
_OF_DAY = r"(?:(?:ב|ו|וב|מ|ל)?(?:יום|ימי|ימים) )"
_THE_HOUR = r" ?-? ?(?:ה?שעה |ב)?"

_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Named | Mark | None]], ...] = (
    (re.compile(r"[ :()]+"), _nothing),
    (re.compile(r"[;,./|\n]+"), _is(Mark.STOP)),
    (_pattern(_any_of(ANY_TIME)), _nothing),
    (_pattern(r"ו?לא|לא ב|לא כולל|חוץ|פרט|למעט|not|except|no|never|but not"), _is(Mark.NOT)),
    (_pattern(r"אבל|but"), _is(Mark.STOP)),
    (_pattern(rf"(?:ו|וב|ב)?(?P<group>{_any_of(DAY_GROUPS)})"), _day_group),
    (
        # Several letters are days, even before an hour; a single one may also be "at", "the" or "and".
        _pattern(
            rf"{_OF_DAY}?(?P<list>{_LETTER_OR_RANGE}(?:(?:{_NEXT_LETTER}){_LETTER_OR_RANGE})+)"
            rf"(?! ?- ?(?:{_LETTER})|-?\d)"
        ),
        _day_list,
    ),
    (
        _pattern(
            rf"{_OF_DAY}?(?:ב|ו|וב|מ|ה)?(?P<first>{_WEEKDAY})['s]? ?(?:-|ועד|עד|to|through|thru|until|till) ?"
            rf"{_OF_DAY}?(?:ל|ה)?(?P<last>{_WEEKDAY})['s]?"
        ),
        _day_range,
    ),
    (_pattern(rf"{_OF_DAY}(?:ה)?(?P<day>{_WEEKDAY})'?"), _day),
    (_pattern(rf"(?:ו|וב|ב|ה|מ|מה|ש)?(?P<day>{_LONG_DAY})['s]?"), _day),
    (_pattern(rf"ו?-?(?P<day>{_LETTER})(?:'|(?! ?-? ?\d))"), _day),
    (_pattern(rf"(?:ו|ב|ה|וב|מה|in the )?(?P<part>{_any_of(PARTS)})s?"), _part),
    (
        _pattern(
            r"(?:(?:ו?בין|בין השעות|ב?שעות|מ|משעה|ב|between|from) ?-? ?(?:ה?שעות )?)?<start> ?"
            r"(?:-|עד|ועד|ל-?|ו-?|to|until|till|and) ?(?:ה?שעה )?<end>"
        ),
        _between,
    ),
    (_pattern(rf"(?:ו?אחרי|ו?לאחר|ו?החל מ|ו?מ|ו?משעה|after|from|since|past){_THE_HOUR}<start>(?: ואילך)?"), _from),
    (_pattern(r"<start> ?(?:ואילך|והלאה|onwards|or later|and later)"), _from),
    (re.compile(CLOCK.replace("NAME", "start") + r" ?\+"), _from),
    (_pattern(rf"(?:ו?לפני|ו?עד|before|until|till|by){_THE_HOUR}<end>"), _until),
    (_pattern(rf"(?:ב?סביבות|ב?סביב|ב?ערך|around|about|~){_THE_HOUR}<start>"), _about),
    (_pattern(r"(?:ו?ב|ו|בשעה|at)?(?: ?-? ?)<start>"), _at),
    (re.compile(r"(?:או|and|or|ו)(?![\w'\"])|[&+-]"), _is(Mark.AND)),
    (_pattern(_any_of(FILLERS)), _nothing),
)
"""Tried in this order at each place."""
