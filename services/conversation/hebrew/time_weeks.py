"""Weeks and the days to come in an utterance, and the edges of a span: תחילת שבוע הבא, סוף החודש, בימים הקרובים."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.conversation.hebrew.durations import DAY
from services.conversation.hebrew.glued import at, has, look_up, prefix_of
from services.conversation.hebrew.time_months import month, month_of, month_start
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import EDGES, MONTHS, NEXT, OF_THIS, PAST, THIS, Edge
from services.conversation.hebrew.words import word_set

_AFTER_WEEK = NEXT | THIS | frozenset(("אחרי", "שאחרי"))
_WEEKS = {"ראשון": 0, "שני": 1, "שלישי": 2, "רביעי": 3, "אחרון": -1}
_COMING = {"ימים": 4, "יומים": 3, "שבועות": 21, "שבועים": 14, "חודשים": 60}
"""How many days ahead the coming ones are: בשבועות הקרובים."""
COMING_STARTS = {"יום", *_COMING}
SPAN_STARTS = word_set("לקראת סופש סופשבוע חצי מחצית שבוע חודש שנה רבעון") | set(EDGES) | set(MONTHS)
"""What the pieces found here begin with, letters glued to it aside."""


def sunday(day: date) -> date:
    """The first day of the day's week."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def span(words: Sequence[str], index: int, today: date) -> Piece | None:
    """A week or a month, or an edge of one."""
    word = words[index]
    start, edge = index, None
    towards = word == "לקראת" and has(at(words, index + 1), ("סוף",))
    if towards:
        index, word = index + 1, at(words, index + 1)
    if has(word, ("סופש", "סופשבוע")) and at(words, index + 1) in ("האחרון", *PAST):
        return Piece(Kind.PAST, start, index + 2)
    if has(word, ("סופש", "סופשבוע")):
        return _week(words, start, index + 1, Edge.END, today)
    if has(word, ("חצי", "מחצית")) and (half := look_up(at(words, index + 1), _HALVES)):
        return _half(words, start, index + 2, half[0], today)
    found = look_up(word, EDGES)
    if found is not None:
        edge, index = found[0], index + 1
        word = at(words, index)
    if at(words, index + 1) in ("נעים", "טוב", "נעימה", "שקט"):
        return None
    if edge is None and index > 0 and words[index - 1] in ("עוד", "בעוד") and not word.startswith("ה"):
        return None
    if has(word, ("שבוע",)) and (which := look_up(at(words, index + 1), _WEEKS)) and has(at(words, index + 2), ("של",)):
        return _week_of_month(words, start, index + 3, which[0], today)
    if has(word, ("שבוע",)):
        definite = "ה" in prefix_of(word, "שבוע")
        if edge is None and not definite and at(words, index + 1) not in _AFTER_WEEK:
            return None
        week = _week(words, start, index + 1, edge, today)
        if towards and week.days is not None:
            week.days = (week.days[0] - 2 * DAY, week.days[0])
        return week
    if has(word, ("חודש",)) or has(word, MONTHS) or has(word, ("שנה", "רבעון")):
        return month(words, start, index, edge, today)
    return None


def _half(words: Sequence[str], start: int, index: int, second: bool, today: date) -> Piece | None:
    """בחצי השני של דצמבר, במחצית הראשונה של השבוע."""
    index += has(at(words, index), ("של",))
    if index >= len(words):
        return None
    whole = span(words, index, today) or month_of(words, index, today)
    if whole is None or whole.days is None:
        return None
    first, last = whole.days
    middle = first + (last - first) // 2
    days = (max(middle, today), last) if second else (first, middle)
    return Piece(Kind.SPAN, start, max(whole.end, index + 1), days=days)


_HALVES = {"ראשון": False, "ראשונה": False, "שני": True, "שניה": True}


def _week_of_month(words: Sequence[str], start: int, index: int, which: int, today: date) -> Piece | None:
    """בשבוע השני של דצמבר, בשבוע האחרון של החודש."""
    of = month_of(words, index, today)
    if of is None or of.days is None:
        return None
    first = month_start(of.days[0], 0) + which * 7 * DAY if which >= 0 else of.days[1] - 7 * DAY
    return Piece(Kind.SPAN, start, index + 1, days=(max(first, today), max(first + 7 * DAY, today + DAY)))


def _week(words: Sequence[str], start: int, end: int, edge: Edge | None, today: date) -> Piece:
    later = at(words, end) in ("אחרי", "שאחרי") and at(words, end + 1) in NEXT
    past_it = at(words, end + 1) in ("זה", "אלא", "בזה") and at(words, end + 2) in NEXT
    if later or (at(words, end) in NEXT and (past_it or at(words, end + 1) in NEXT)):
        first = sunday(today) + 14 * DAY
        return Piece(Kind.SPAN, start, end + 2 + past_it, days=(first, first + 7 * DAY), skips=past_it)
    if past_it and at(words, end) in THIS:  # לא בשבוע הקרוב בזה שאחריו
        first = sunday(today) + 7 * DAY
        return Piece(Kind.SPAN, start, end + 3, days=(first, first + 7 * DAY), skips=True)
    following = at(words, end) in NEXT
    near = at(words, end) in THIS
    first = sunday(today) + 7 * DAY * following
    ends = {None: (0, 7), Edge.BEGINNING: (0, 3), Edge.MIDDLE: (2, 4), Edge.END: (5, 7)}[edge]
    if not following and today >= first + ends[1] * DAY:
        first += 7 * DAY
    days = (first + ends[0] * DAY, first + ends[1] * DAY)
    if near and edge is None and at(words, end) not in OF_THIS:  # בשבוע הקרוב
        days = (today, today + 7 * DAY)
    elif not following and edge is None:
        days = (today, days[1])
    current = edge is None and not following and not near
    end += following or near
    return Piece(Kind.SPAN, start, end, days=days, edge=edge is not None and not following, this=current)


def coming_days(words: Sequence[str], index: int, today: date) -> Piece | None:
    """בימים הקרובים, בשבועות הקרובים."""
    if at(words, index + 1) == "יומים" and has(words[index], ("יום",)) and at(words, index + 2) == "הקרובים":
        return Piece(Kind.SPAN, index, index + 3, days=(today, today + 3 * DAY))
    if at(words, index + 1) not in ("הקרובים", "הקרובות"):
        return None
    for noun, days in _COMING.items():
        if has(words[index], (noun,)):
            return Piece(Kind.SPAN, index, index + 2, days=(today + DAY, today + days * DAY))
    return None
