"""Where what is said of one day or hour ends, and what is said of the next begins: היום לא, מחר אחרי שתיים."""

from collections.abc import Sequence

from services.conversation.hebrew.glued import at
from services.conversation.hebrew.time_pieces import DAYS, SINGLE_DAYS, Kind, Limit, Piece
from services.conversation.hebrew.words import word_set

_NOT = word_set("לא אל שלא ולא ואל אין ואין שאין")
_BOUNDS = word_set("אחרי לאחר אחר לפני")
_EARLY = 7
"""Before it nobody means a morning: בבוקר לא, אחרי חמש is the afternoon."""


def clause_begins(words: Sequence[str], piece: Piece, before: Sequence[Piece]) -> int:
    """The index from which on what stands before a piece belongs to it: 0 where nothing shows that it does not.

    A "not" refuses the day or the part of it that it stands beside, and leaves alone what is said instead of that.
    """
    if before and is_outside(before[-1], piece) and at(words, piece.start - 1) in _BOUNDS:
        return max(before[-1].end, piece.start - 1)
    place = next((index for index in reversed(range(len(before))) if before[index].kind in DAYS), 0)
    if not place:
        return 0
    day = before[place]
    for other in before[:place]:
        denied = other.negated or not _NOT.isdisjoint(words[other.end : day.start])
        instead = other.kind in SINGLE_DAYS or other.kind is day.kind or is_of_hours(other)
        if denied and instead:
            return day.start
    return 0


def is_of_hours(piece: Piece) -> bool:
    """Whether a piece tells when on a day."""
    return piece.kind in (Kind.PART, Kind.CLOCK)


def is_outside(part: Piece, clock: Piece) -> bool:
    """Whether an hour cannot lie in a part of the day that was named before it: בבוקר, ארבע."""
    if part.kind is not Kind.PART or part.part is None or clock.kind is not Kind.CLOCK:
        return False
    hour = part.part.hour(clock.hour)
    return not max(_EARLY, part.part.start.hour) <= hour <= part.part.end.hour


def is_beside_a_day(pieces: Sequence[Piece], place: int) -> bool:
    """Whether a day was named right before an hour: רביעי בעשר."""
    while place and is_of_hours(pieces[place]) and pieces[place - 1].end == pieces[place].start:
        place -= 1
    return not is_of_hours(pieces[place])


def last_beside(pieces: Sequence[Piece], place: int) -> int:
    """The place of the last of the pieces that stand side by side with the one at `place`: רביעי בבוקר בעשר."""
    while place + 1 < len(pieces) and pieces[place + 1].start == pieces[place].end:
        place += 1
    return place


def is_of_one_clause(words: Sequence[str], pieces: Sequence[Piece], place: int) -> bool:
    """Whether a "not" behind a piece is said of the bound that follows it: בבוקר אני לא פנוי לפני עשר."""
    bound = pieces[place + 1]
    if bound.limit is Limit.NONE or is_outside(pieces[place], bound):
        return False
    return clause_begins(words, bound, pieces[: place + 1]) <= pieces[place].end


def same_kind(first: Piece, second: Piece) -> bool:
    """Whether two pieces tell the same thing, so that one may be said instead of the other."""
    return first.kind is second.kind or (first.kind in DAYS and second.kind in DAYS)
