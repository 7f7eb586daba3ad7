"""Finds the pieces of a time phrase in English, with what bounds or denies each."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from datetime import time as clock_time

from services.conversation.english.words import NUMBER, ORDINAL, number
from services.conversation.hebrew.durations import DAY, HOUR, MINUTE, WEEK, Duration
from services.conversation.hebrew.time_pieces import Kind, Limit, Piece
from services.conversation.hebrew.time_words import (
    AFTER_WORK,
    AFTERNOON,
    EARLY,
    END_OF_DAY,
    EVENING,
    LATE_MORNING,
    MORNING,
    NIGHT,
    NOON,
    DayPart,
)

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = {"mon": 0, "tues": 1, "tue": 1, "wed": 2, "thurs": 3, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_WEEKDAYS = {name: value for value, name in enumerate(_DAYS)} | _SHORT
_MONTHS = {
    name: value
    for value, names in enumerate(
        [
            "january/jan",
            "february/feb",
            "march/mar",
            "april/apr",
            "may",
            "june/jun",
            "july/jul",
            "august/aug",
            "september/sept/sep",
            "october/oct",
            "november/nov",
            "december/dec",
        ],
        1,
    )
    for name in names.split("/")
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_BEFORE_NOON = DayPart(clock_time(0), clock_time(12), range(0))
_PAST_NOON = DayPart(clock_time(12), clock_time(22), range(1, 12))
_PARTS = {
    "early morning": EARLY, "early in the morning": EARLY, "first thing": EARLY, "late morning": LATE_MORNING,
    "before lunch": LATE_MORNING, "morning": MORNING, "lunchtime": NOON, "lunch time": NOON, "lunch": NOON,
    "after lunch": AFTERNOON, "late afternoon": END_OF_DAY, "afternoon": AFTERNOON, "after work": AFTER_WORK,
    "end of the day": END_OF_DAY, "end of day": END_OF_DAY, "evening": EVENING, "night": NIGHT,
    "am": _BEFORE_NOON, "pm": _PAST_NOON,
}  # fmt: skip
_UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK, "month": 30 * DAY}
_LENGTH = rf"(?P<half>half an hour)|(?P<count>a couple of|a few|several|{NUMBER}|an?)(?P<and> and a half)? (?P<unit>minute|hour|day|week|month)s?(?P<more> and a half)?"
_HOUR_WORD = r"(?:1[0-2]|[1-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MINUTE_WORD = r"(?:fifteen|thirty|forty five|twenty|ten|forty|fifty|oh five|15|30|45|20|10|40|50)"
_LIMITS = (
    (r"(?:not|no) (?:before|until|till|earlier than|sooner than)(?: the)?", Limit.FROM),
    (r"(?:not|no) (?:after|later than)(?: the)?", Limit.UNTIL),
    (r"(?:any ?time )?(?:from|starting|as of)(?: the)?", Limit.FROM),
    (r"(?:any ?time )?(?:after|past)(?: the)?", Limit.AFTER),
    (r"(?:any ?time )?before(?: the)?", Limit.BEFORE),
    (r"(?:by|until|till|to|through)(?: the)?", Limit.UNTIL),
)
_BOUNDS = [(re.compile(rf"\b{words} $"), limit) for words, limit in _LIMITS]
_RANGE = re.compile(r"\bbetween (?:[a-z0-9: ]+) and $")
_DENIED = re.compile(
    r"\b(?:not|never)(?: (?:do|make|on|this|at|meet|talk|speak|it|for|be|in|free|available|work|good|the|around))* $"
)
_DENIED_AFTER = re.compile(
    r"^(?: (?:at|in the|morning|afternoon|evening|is|are|it|that|i|we|would|will|does|do|really|just))* (?:not|bad|impossible|terrible|full|out|no good)\b"
)
_AT = re.compile(
    r"\b(?:at|around|about|by|after|before|until|till|from|to|between|and|or|say|maybe|make it|past|how about|for) $"
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Piece | None]]


def scan(said: str, today: date, *, bare: bool = False) -> list[Piece]:
    """The pieces of a text in its normal form, in the order they were said; places are those of letters."""
    pieces: list[Piece] = []
    place = 0
    while place < len(said):
        piece = _piece(said, place, today, bare) if place == 0 or said[place - 1] == " " else None
        if piece is None:
            place += 1
            continue
        _bound(said, piece)
        pieces.append(piece)
        place = max(piece.end, place + 1)
    return pieces


def _piece(said: str, place: int, today: date, bare: bool) -> Piece | None:
    for pattern, build in _RULES:
        match = pattern.match(said, place)
        if match is not None and (piece := build(match, today)) is not None:
            return piece
    match = _BARE_CLOCK.match(said, place)
    if match is None:
        return None
    a_pronoun = match[0] in ("one", "1")
    if match["sure"] is not None or _AT.search(said[:place]) or (bare and not a_pronoun):
        return _bare_clock(match)
    return None


def _bound(said: str, piece: Piece) -> None:
    """What stands before and behind a piece: a limit, a denial, an or."""
    before, behind = said[: piece.start], said[piece.end :]
    piece.alternative = before.endswith(("or ", "or on ", "or at "))
    if piece.limit is Limit.NONE:
        piece.limit = next((limit for pattern, limit in _BOUNDS if pattern.search(before)), Limit.NONE)
        if piece.limit is Limit.NONE and _RANGE.search(before):
            piece.limit = Limit.UNTIL
    if piece.limit is Limit.NONE and (_DENIED.search(before) or _DENIED_AFTER.search(behind)):
        piece.negated = True


def _offset(match: re.Match[str], today: date) -> Piece:
    limit = Limit.WITHIN if match["within"] else Limit.NONE
    return Piece(Kind.OFFSET, match.start(), match.end(), duration=_duration(match), limit=limit)


def _duration(match: re.Match[str]) -> Duration:
    if match["half"]:
        return Duration(30 * MINUTE, 30 * MINUTE, match.end())
    unit, count = _UNITS[match["unit"]], match["count"]
    months = 0
    if count in ("a couple of", "a few", "several"):
        low, high = (2 * unit, 2 * unit) if count == "a couple of" else (2 * unit, 5 * unit)
        if unit == MINUTE:
            low, high = 5 * unit, 15 * unit
    else:
        low = high = number(count) * unit + (unit / 2 if match["and"] or match["more"] else timedelta(0))
        months = number(count) if match["unit"] == "month" else 0
    return Duration(low, high, match.end(), months=months)


def _near(match: re.Match[str], today: date) -> Piece:
    ahead = 2 if match["after"] else {"today": 0, "tomorrow": 1}[match["day"]]
    day = today + ahead * DAY
    return Piece(Kind.DAY, match.start(), match.end(), days=(day, day + DAY))


def _part_of_today(match: re.Match[str], today: date) -> Piece:
    part = EVENING if match["part"] is None else _PARTS[match["part"]]
    return Piece(Kind.PART, match.start(), match.end(), part=part, today=True)


def _weekday(match: re.Match[str], today: date) -> Piece:
    return Piece(
        Kind.WEEKDAY,
        match.start(),
        match.end(),
        weekday=_WEEKDAYS[match["day"]],
        following=match["which"] == "next" or match["week"] is not None,
        this=match["which"] == "this",
    )


def _week(match: re.Match[str], today: date) -> Piece:
    sunday = today - (today.weekday() + 1) % 7 * DAY + (7 * DAY if match["which"] == "next" else timedelta(0))
    edge = match["edge"]
    if edge in ("beginning", "start", "early"):
        days = (sunday, sunday + 2 * DAY)
    elif edge == "middle":
        days = (sunday + 2 * DAY, sunday + 4 * DAY)
    elif edge in ("end", "late"):
        days = (sunday + 3 * DAY, sunday + 5 * DAY)
    else:
        days = (sunday, sunday + 7 * DAY)
    return Piece(
        Kind.SPAN, match.start(), match.end(), days=(max(days[0], today), max(days[1], today + DAY)), edge=bool(edge)
    )


def _next_month(match: re.Match[str], today: date) -> Piece:
    first = (today.replace(day=1) + 32 * DAY).replace(day=1)
    return Piece(Kind.SPAN, match.start(), match.end(), days=(first, (first + 32 * DAY).replace(day=1)))


def _dated(match: re.Match[str], today: date) -> Piece | None:
    day = number(match["day"] or match["last"])
    month = _MONTHS.get(match["month"] or match["first"] or "", 0)
    for ahead in range(13):
        index = today.year * 12 + today.month - 1 + ahead
        try:
            found = date(index // 12, index % 12 + 1, day)
        except ValueError:
            continue
        if found >= today and month in (0, found.month):
            return Piece(Kind.DAY, match.start(), match.end(), days=(found, found + DAY))
    return None


def _part(match: re.Match[str], today: date) -> Piece:
    return Piece(Kind.PART, match.start(), match.end(), part=_PARTS[match["part"]])


def _noon(match: re.Match[str], today: date) -> Piece:
    return Piece(Kind.CLOCK, match.start(), match.end(), hour=12)


def _past(match: re.Match[str], today: date) -> Piece:
    minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(match["minutes"]) or number(match["minutes"])
    hour = number(match["hour"])
    if match["side"] == "to":
        hour, minutes = (hour - 1) or 12, 60 - minutes
    return Piece(Kind.CLOCK, match.start(), match.end(), hour=hour, minute=minutes)


def _digital(match: re.Match[str], today: date) -> Piece:
    return Piece(Kind.CLOCK, match.start(), match.end(), hour=int(match["hour"]), minute=int(match["minutes"]))


def _bare_clock(match: re.Match[str]) -> Piece:
    said = (match["minutes"] or "").removeprefix("oh ")
    return Piece(Kind.CLOCK, match.start(), match.end(), hour=number(match["hour"]), minute=number(said) if said else 0)


def _nothing(match: re.Match[str], today: date) -> Piece:
    return Piece(Kind.NOTHING, match.start(), match.end())


_RULES: tuple[Rule, ...] = (
    (re.compile(rf"(?:good (?:morning|afternoon|evening|night)|have a (?:good|nice|great) (?:day|evening|one)|all day|every day|one (?:second|sec|moment|minute)|(?:a|one) second|last (?:week|month|{'|'.join(_DAYS)})|yesterday|right now|today is not|(?:this|what) time|one time)\b"), _nothing),
    (re.compile(rf"(?:in|give me|(?P<within>within|in the next))(?: about| around| maybe)? (?:{_LENGTH})\b"), _offset),
    (re.compile(rf"(?:{_LENGTH})(?P<within>)? (?:from now|later)\b"), _offset),
    (re.compile(r"(?P<after>(?:the )?day after )?(?P<day>tomorrow)\b"), _near),
    (re.compile(r"(?P<after>$)?(?P<day>today)\b"), _near),
    (re.compile(r"(?:this (?P<part>morning|afternoon|evening)|(?:to)(?:night))\b"), _part_of_today),
    (re.compile(rf"(?:on )?(?:(?P<which>next|this|coming) )?(?P<day>{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})(?P<week> (?:of )?next week)?\b"), _weekday),
    (re.compile(r"(?:(?:at |in |towards )?(?:the )?(?P<edge>beginning|start|middle|end|early|late)(?: of)? )?(?P<which>next|this|the) week\b(?! end)"), _week),
    (re.compile(r"next month\b"), _next_month),
    (re.compile(rf"(?:on )?(?:the )?(?:(?P<first>{_MONTH}) (?:the )?(?P<last>{ORDINAL}|\d{{1,2}})|(?P<day>{ORDINAL}) (?:of )?(?P<month>{_MONTH}))\b"), _dated),
    (re.compile(r"(?:on )?the (?P<day>\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty) (?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)(?P<last>$)?(?P<first>$)?(?P<month>$)?\b"), _dated),
    (re.compile(rf"(?<!from )(?P<minutes>half|quarter|a quarter|twenty five|five|ten|twenty|5|10|20|25|{NUMBER}(?= minutes))(?: minutes)? (?P<side>past|to) (?P<hour>{_HOUR_WORD})\b"), _past),
    (re.compile(r"(?P<hour>\d{1,2}):(?P<minutes>\d{2})\b"), _digital),
    (re.compile(r"(?:noon|midday)\b"), _noon),
    (re.compile(rf"(?:in the |the )?(?P<part>{'|'.join(sorted(_PARTS, key=len, reverse=True))})\b"), _part),
)  # fmt: skip
_BARE_CLOCK = re.compile(
    rf"(?P<hour>{_HOUR_WORD})(?: (?P<minutes>{_MINUTE_WORD}))?(?P<sure>(?: oclock)(?! not)|(?= [ap]m\b))?(?! (?:people|reps|minutes|hours|days|percent|of|years|employees|hundred|thousand|times)\b)\b"
)
