"""Which of the offered slots a caller chose: by number, by being earlier or later, by day, by hour or part of day."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.conversation.hebrew import time_scan
from services.conversation.hebrew.glued import at
from services.conversation.hebrew.numerals import Gender, number_at
from services.conversation.hebrew.phrasebook import Phrasebook, Utterance
from services.conversation.hebrew.time_corrections import corrected, is_denied
from services.conversation.hebrew.time_pieces import DAYS, Kind, Limit, Piece
from services.conversation.hebrew.time_words import WEEKDAYS, DayPart

_EARLIEST, _LATEST, _MIDDLE = -1, -2, -3
_BY_ORDER = Phrasebook(
    (
        (0, 0.9, """
            הראשון|הראשונה|ראשונה !הבא|הקרוב
            אופציה|אפשרות|האופציה|האפשרות|מספר|באופציה א|אחת|אחד|1|ראשונה
            ^ אופציה|אפשרות? א $
        """),
        (1, 0.9, """
            השני|השנייה|שנייה !ה|הבא|הקרוב
            אופציה|אפשרות|האופציה|האפשרות|מספר|באופציה ב|שתיים|שניים|2|שנייה|שניה
            האחר|האחרת
        """),
        (2, 0.9, """
            השלישית|שלישית
            אופציה|אפשרות|האופציה|האפשרות|מספר ג|שלוש|3|שלישית
        """),
        (3, 0.9, """
            הרביעית|רביעית
        """),
        (_EARLIEST, 0.8, """
            מוקדם|המוקדם|המוקדמת|מוקדמת|הקודם|הקרוב|הקרובה .. יותר|מבין|מביניהם|מהשניים|מהם|ביותר|מהשתיים|שאפשר
            יותר|היותר מוקדם|קרוב|מהר
            המוקדם|המוקדמת
            את|ה הקרוב|הקרובה
            ^ הקרוב|הקרובה
            הכי מוקדם|קרוב|מהר
            כמה שיותר מוקדם|מהר
        """),
        (_LATEST, 0.8, """
            מאוחר|המאוחר|המאוחרת|מאוחרת .. יותר|מבין|מביניהם|מהשניים|מהם|ביותר|מהשתיים|שאפשר
            יותר|היותר מאוחר|רחוק
            המאוחר|המאוחרת
            הכי מאוחר|רחוק
            האחרון|האחרונה
        """),
        (_MIDDLE, 0.9, """
            האמצעי|האמצעית|אמצעי|אמצעית|האמצע
            {this} שבאמצע|באמצע
            ^ באמצע $
        """),
        (0, 0.7, """
            שניהם|שתיהן .. {good}|בסדר|{yes}|מתאימים|מתאימות|נוח|נוחים|אפשר|אפשריים
            ^ שניהם|שתיהן $
            לא משנה|אכפת|איכפת
            אין {to_me} . העדפה|עדיפות|הבדל
            מה שתגידי|שתגיד|שתגידו|שתרצי|שתרצו
            מה נוח|שנוח|שתבחרו|שתבחרי|שבא
            איזה|מה שנוח|שתרצו|שתרצי|שתרצה|שתבחר|שתבחרי|שתבחרו|שבא|שתגידי|שתגיד|שתחליטי|שתחליט|שיותר|שעדיף
            שניהם|שתיהן טובים|טובות|סבבה|מצוין|אחלה|אפשריים|הולך|מסתדר
            תבחר|תבחרי|תבחרו $
        """),
    )
)  # fmt: skip
_NONE = Phrasebook(
    (
        (True, 1.0, """
            שניהם|שתיהן .. לא
            לא . שניהם|שתיהן
            לא {this} לא {this}
            אף אחד|אחת
            אףאחד
            לא {suitable} {to_me}? $
            {not} {able} בזמנים|בשעות|בימים|באלה
            משהו אחר
            זמן|יום|מועד|תאריך|שעה אחר|אחרת
            יש {to_me}|לכם|לך? משהו|עוד|אחר
        """),
    )
)  # fmt: skip


def choose(text: str | Utterance, offered: Sequence[datetime], now: datetime) -> int | None:
    """The index of the slot that was chosen, or None. The slots' zone is the caller's, as is that of `now`."""
    if not offered:
        return None
    said = text if isinstance(text, Utterance) else Utterance(text)
    if next(iter(_NONE.search(said)), None) is not None:
        return None
    words = [word.folded for word in said.kept]
    pieces = time_scan.scan(words, now.date())
    refused = [piece for place, piece in enumerate(pieces) if _is_refused(words, pieces, place)]
    taken = [piece for piece in corrected(said, pieces) if piece not in refused]
    timed = _by_time(words, taken, offered, now)
    left = [piece for piece in pieces if piece.negated or piece in refused]
    if timed is None and len(offered) == 2 and left:
        denied = _by_time(words, left, offered, now)
        return 1 - denied if denied in (0, 1) else None
    if timed is not None:
        return timed if timed >= 0 else None
    return _by_order(said, words, offered)


_NO_SLOT = -1


def _by_time(words: Sequence[str], pieces: Sequence[Piece], offered: Sequence[datetime], now: datetime) -> int | None:
    """The slot that fits everything said of day and hour; -1 if not exactly one does; None if nothing was said."""
    tests: list[Callable[[datetime], bool]] = []
    days = [piece for piece in pieces if piece.kind in DAYS]
    if days:
        tests.append(lambda slot: any(_on(piece, slot, now) for piece in days))
    parts = [piece.part for piece in pieces if piece.kind is Kind.PART and piece.part is not None]
    hours = _hours(words, pieces)
    if parts and hours:
        exact = {(part.hour(hour) % 24, minute) for part in parts for hour, minute in hours}
        tests.append(lambda slot: (slot.hour, slot.minute) in exact)
    elif parts:
        tests.append(lambda slot: any(_in(part, slot) for part in parts))
    elif hours:
        twelve = {(hour % 12, minute) for hour, minute in hours}
        tests.append(lambda slot: (slot.hour % 12, slot.minute) in twelve)
    limits = [piece for piece in pieces if piece.kind is Kind.CLOCK and piece.limit is not Limit.NONE]
    if limits or any(piece.kind is Kind.OFFSET for piece in pieces):
        return _NO_SLOT if not days else _only(offered, tests[:1])
    if not tests:
        return _bare_weekday(words, offered)
    if days and not any(tests[0](slot) for slot in offered) and (loose := _bare_weekday(words, offered)) is not None:
        return loose
    exactly = _only(offered, tests)
    return exactly if exactly >= 0 else _only(offered, [*tests[: bool(days)], *_nearly(parts, hours)])


def _nearly(parts: Sequence[DayPart], hours: set[tuple[int, int]]) -> list[Callable[[datetime], bool]]:
    """What is said of a slot that nothing fits exactly: nine for a quarter past nine, the evening for five."""
    if hours:
        whole = {hour % 12 for hour, minute in hours if minute == 0}
        return [lambda slot: slot.hour % 12 in whole]
    return [lambda slot: any(_in(_wider(part), slot) for part in parts)]


def _wider(part: DayPart) -> DayPart:
    start, end = part.start.hour - 2, part.end.hour + 2
    return DayPart(part.start.replace(hour=max(0, start)), part.end.replace(hour=min(23, end)), part.later)


def _only(offered: Sequence[datetime], tests: Sequence[Callable[[datetime], bool]]) -> int:
    fitting = [index for index, slot in enumerate(offered) if all(test(slot) for test in tests)]
    return fitting[0] if len(fitting) == 1 else _NO_SLOT


def _on(piece: Piece, slot: datetime, now: datetime) -> bool:
    if piece.days is not None:
        return piece.days[0] <= slot.date() < piece.days[1]
    if piece.following and slot.date() < now.date() + timedelta(days=7) - timedelta(days=(now.weekday() + 1) % 7):
        return False
    return slot.weekday() == piece.weekday


def _in(part: DayPart, slot: datetime) -> bool:
    return part.start <= slot.time() < part.end


def _hours(words: Sequence[str], pieces: Sequence[Piece]) -> set[tuple[int, int]]:
    """Hours of the clock that were named; with slots on the table a bare number is one too."""
    hours = {(piece.hour, piece.minute) for piece in pieces if piece.kind is Kind.CLOCK and piece.limit is Limit.NONE}
    if hours:
        return hours
    for index in range(len(words)):
        number = number_at(words, index)
        if number is None or number.gender is not Gender.FEMININE or not 1 <= number.value <= 12:
            continue
        if at(words, index - 1) in ("אופציה", "אפשרות", "מספר", "האופציה", "האפשרות"):
            continue
        following = at(words, number.end)
        minute = {"וחצי": 30, "ורבע": 15}.get(following, 0)
        hours.add((number.value, minute))
    return hours


def _bare_weekday(words: Sequence[str], offered: Sequence[datetime]) -> int | None:
    """השלישי is Tuesday where it cannot be the third; שני is the second where no slot is on a Monday."""
    bares = [word.removeprefix("ה") if word not in WEEKDAYS else word for word in words]
    named = [index for index, bare in enumerate(bares) if bare in WEEKDAYS]
    for index, following in zip(named, [*named[1:], len(words)], strict=False):
        word, bare = words[index], bares[index]
        with_day = at(words, index - 1).endswith("יום")
        if is_denied(words, index + 1, following) or at(words, index - 2 if with_day else index - 1) == "לא":
            continue
        place = 99 if with_day else {"ראשון": 0, "שני": 1, "שלישי": 2, "רביעי": 3}.get(bare, 99)
        on_that_day = [index for index, slot in enumerate(offered) if slot.weekday() == WEEKDAYS[bare]]
        if word != bare and place < len(offered) and (place < 2 or len(on_that_day) != 1):
            return place
        if len(on_that_day) == 1:
            return on_that_day[0]
        if place < len(offered) and not on_that_day:
            return place
    return None


def _by_order(said: Utterance, words: Sequence[str], offered: Sequence[datetime]) -> int | None:
    matches = [(match, weight, place) for place, weight, match in _BY_ORDER.search(said)]
    found = [(match.start, weight, place) for match, weight, place in matches]
    if not found:
        return None
    starts = sorted({match.start for match, _, _ in matches})
    kept = [
        (match.start, weight, place)
        for match, weight, place in matches
        if (match.start == 0 or said.words[match.start - 1].folded != "לא")
        and not is_denied(
            [word.folded for word in said.words],
            match.end,
            next((start for start in starts if start >= match.end), len(said.words)),
        )
    ]
    if not kept:
        other = {0: 1, 1: 0}.get(found[-1][2])
        return other if len(offered) == 2 else None
    place = max(kept, key=lambda each: (each[1], each[0]))[2]
    if place == _EARLIEST:
        return min(range(len(offered)), key=lambda index: offered[index])
    if place == _LATEST:
        return max(range(len(offered)), key=lambda index: offered[index])
    if place == _MIDDLE:
        return (
            sorted(range(len(offered)), key=lambda index: offered[index])[len(offered) // 2]
            if len(offered) % 2
            else None
        )
    return place if place < len(offered) else None


def _is_refused(words: Sequence[str], pieces: Sequence[Piece], place: int) -> bool:
    """Whether what follows a day or an hour, up to the next one, denies it: שלישי אני לא יכול."""
    return is_denied(words, pieces[place].end, pieces[place + 1].start if place + 1 < len(pieces) else len(words))
