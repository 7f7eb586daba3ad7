"""Days told by what was said before them: למחרת, יומיים אחרי זה, בשבוע שאחריו, באותו יום."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.conversation.hebrew.durations import DAY, WEEK, duration_at
from services.conversation.hebrew.glued import at, has, look_up
from services.conversation.hebrew.numerals import number_at
from services.conversation.hebrew.time_days import days_of
from services.conversation.hebrew.time_months import month_start
from services.conversation.hebrew.time_pieces import DAYS, SINGLE_DAYS, Kind, Limit, Piece
from services.conversation.hebrew.time_weeks import span
from services.conversation.hebrew.time_words import NEXT, PARTS, Edge
from services.conversation.hebrew.words import word_set

_THIS_ONE = word_set("זה בזה לזה זו בזו")
_BEHIND_IT = word_set("שאחריו אחריו שאחריה אחריה שלאחריו")
_THEN = _BEHIND_IT | word_set("אחרכך שאחרכך")
_AFTER, _IT = word_set("אחרי שאחרי לאחר שלאחר"), word_set("זה כן מכן")
_ALONE = word_set("באותו אותו") | {""}
"""Behind שבוע אחרי these leave it what it is: שבוע אחרי, באותו יום."""
_DAY_AFTER = word_set("למחרת מחרת במחרת")
_SAME, _A_DAY = word_set("אותו באותו"), word_set("יום היום")
STARTS = _SAME | _THIS_ONE | NEXT | _DAY_AFTER
"""What a piece found here begins with, beside lengths of time."""
_EDGES_OF_IT = {
    "התחלה": Edge.BEGINNING,
    "אמצע": Edge.MIDDLE,
    "סוף": Edge.END,
    "תחילתו": Edge.BEGINNING,
    "אמצעו": Edge.MIDDLE,
    "סופו": Edge.END,
    "תחילתה": Edge.BEGINNING,
    "סופה": Edge.END,
}


def one_after(words: Sequence[str], index: int, pieces: Sequence[Piece], today: date) -> Piece | None:
    """לא בשלישי הקרוב אלא בזה שאחריו, ביום שני לא, למחרת: the week or the day after the one said before it."""
    word, following = words[index], at(words, index + 1)
    if word in _SAME and following in _A_DAY:
        return _same_day_of(words, index, pieces, today)
    before = next((piece for piece in reversed(pieces) if piece.kind in DAYS and not piece.whole), None)
    if before is None or before.limit is not Limit.NONE:
        return None
    if (word in _THIS_ONE and following in _BEHIND_IT) or (word in NEXT and at(words, index - 1) == "אלא"):
        end = index + 1 + (following in _BEHIND_IT)
        if before.kind is Kind.WEEKDAY:
            return Piece(Kind.WEEKDAY, index, end, weekday=before.weekday, skips=True)
        return _span_after(words, before, index, end)
    later = _later(words, index)
    if later is None:
        return None
    length, end = later
    if before.kind is Kind.SPAN and not before.festival:
        return _span_after(words, before, index, end) if length >= WEEK else None
    weeks = [piece for piece in pieces if piece.kind is Kind.SPAN and piece is not before]
    days = days_of([*weeks, before], today)
    return Piece(Kind.DAY, index, end, days=(days[1] - DAY + length, days[1] + length)) if days else None


def _later(words: Sequence[str], index: int) -> tuple[timedelta, int] | None:
    """How long after it, and the index behind the words: למחרת, ביום שאחריו, יומיים אחרי זה, שבוע אחר כך."""
    if words[index] in _DAY_AFTER:
        return DAY, index + 1 + (at(words, index + 1) in _BEHIND_IT)
    length = duration_at([words[index].removeprefix("ב").removeprefix("ה"), *words[index + 1 :]], 0)
    if length is None or not length.in_days or length.months:
        return None
    end = index + length.end
    if at(words, end) in _THEN:
        return length.low, end + 1
    following = at(words, end + 1)
    if at(words, end) in _AFTER and (following in _IT or following in _ALONE or _is_at_an_hour(following)):
        return length.low, end + 1 + (following in _IT)
    return None


def _is_at_an_hour(word: str) -> bool:
    """יום אחרי, בעשר; but יום אחרי בחירות."""
    return word.startswith("ב") and (number_at((word,), 0) is not None or has(word, PARTS))


def _span_after(words: Sequence[str], before: Piece, index: int, end: int) -> Piece | None:
    if before.kind is not Kind.SPAN or before.days is None:
        return None
    first, last = before.days
    by_month = any(has(word, ("חודש",)) for word in words[before.start : before.end])
    return Piece(
        Kind.SPAN, index, end, days=(last, month_start(last, 1) if by_month else last + max(last - first, WEEK))
    )


def follow(words: Sequence[str], piece: Piece, pieces: Sequence[Piece]) -> None:
    """שבוע הבא אני בכנס, אז בשבוע שאחריו: the week after the one said before."""
    before = [other.days for other in pieces if other.kind is Kind.SPAN and other.days is not None]
    if before and piece.kind is Kind.SPAN and words[piece.end - 1] == "שאחריו" and has(words[piece.start], ("שבוע",)):
        piece.days = before[-1][1], before[-1][1] + WEEK
    refused = any(other.negated and other.weekday == piece.weekday for other in pieces if other.weekday >= 0)
    if refused and piece.following and words[piece.end - 1] == "שאחריו":  # לא בשלישי הקרוב אלא בשלישי שאחריו
        piece.following, piece.skips = False, True


def narrow(words: Sequence[str], index: int, pieces: Sequence[Piece], today: date) -> None:
    """בחודש הבא, בתחילתו: an edge of the week or month said before. שבוע הבא באותו יום is a day of that week."""
    week = pieces[-1] if pieces and pieces[-1].kind is Kind.SPAN else None
    if week is None or week.days is None:
        return
    if words[index] in _SAME and at(words, index + 1) in _A_DAY:
        week.days = _same_day(week.days, pieces[:-1], today) or week.days
    elif (found := look_up(words[index], _EDGES_OF_IT)) is not None:
        first, last = week.days
        third = (last - first) // 3
        place = list(Edge).index(found[0])
        week.days = (first + place * third, last if place == 2 else first + (place + 1) * third)


def _same_day_of(words: Sequence[str], index: int, pieces: Sequence[Piece], today: date) -> Piece | None:
    """באותו יום בשבוע הבא."""
    week = span(words, index + 2, today) if index + 2 < len(words) else None
    days = _same_day(week.days, pieces, today) if week is not None and week.days is not None else None
    return Piece(Kind.SPAN, index, week.end, days=days) if week is not None and days is not None else None


def _same_day(week: tuple[date, date], pieces: Sequence[Piece], today: date) -> tuple[date, date] | None:
    """The day of a whole week that was said before, or is today's."""
    if week[1] - week[0] != WEEK:
        return None
    said = next((piece for piece in reversed(pieces) if piece.kind in SINGLE_DAYS and not piece.whole), None)
    days = days_of([said], today) if said is not None else None
    day = week[0] + ((days[0] if days else today).weekday() - week[0].weekday()) % 7 * DAY
    return day, day + DAY
