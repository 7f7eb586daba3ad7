"""What is told of days rather than wished: מחר שבת אז ביום ראשון, אף יום לא טוב לי."""

from collections.abc import Sequence

from services.conversation.hebrew.glued import at
from services.conversation.hebrew.time_clauses import is_of_hours
from services.conversation.hebrew.time_pieces import DAYS, Kind, Piece
from services.conversation.hebrew.words import word_set

_CALLED = word_set("(|ו|ש)היום (|ו|ש)מחר (|ו|ש)מחרתיים")
_IS = word_set("זה זו כבר הוא יש אצלנו יהיה")
_FREE_DAYS = word_set("חג שבתון צום חופש חופשה חופשי בחירות פסח כיפור יוםכיפור פורים סוכות")
SUITS = word_set("טוב מתאים מצוין מעולה אפשר בסדר סבבה יכול יכולה פנוי פנויה נוח עדיף גם וגם")
_AFTER = word_set("אחרי לאחר")
"""Of אחרי החג it is known at least that it is not tomorrow."""
_NOT = word_set("לא אין")
_NO, _TIMES = word_set("אף שום ואף ושום"), word_set("יום זמן שעה מועד תאריך שבוע")
_OTHER = word_set("אחר אחרת")
_EXCEPT = word_set("חוץ מלבד למעט אלא")


def without_facts(words: Sequence[str], pieces: Sequence[Piece], wished: Sequence[Piece]) -> list[Piece]:
    """Without what today or tomorrow is told to be, where another day is wished for behind it: מחר שבת, אז ראשון."""
    left = list(wished)
    for place in reversed(range(len(pieces))):
        told = _told(words, pieces, place)
        if not told:
            continue
        later = pieces[place + len(told) :]
        days = [piece for piece in left if piece.kind in DAYS or words[piece.start] in _AFTER]
        wish = next((piece for piece in days if piece.start >= told[-1].end), None)
        if wish is None or wish.alternative or (is_of_hours(later[0]) and later[0].start == told[-1].end):
            continue
        between = words[told[-1].end : wish.start]
        if SUITS.isdisjoint(between) or not _NOT.isdisjoint(between):
            left = [piece for piece in left if not any(piece is other for other in told)]
    return left


def _told(words: Sequence[str], pieces: Sequence[Piece], place: int) -> Sequence[Piece]:
    """The pieces of "tomorrow is Saturday" or "tomorrow is a holiday", if that is what begins at `place`."""
    day = pieces[place]
    if day.kind is not Kind.DAY or day.days is None or words[day.start] not in _CALLED:
        return ()
    index = day.end
    while at(words, index) in _IS:
        index += 1
    called = pieces[place + 1] if place + 1 < len(pieces) else None
    if called is not None and called.start == index and called.kind in DAYS:
        eve = words[called.start] == "ערב"
        apart = (called.prefix and not eve) or called.alternative or called.negated or called.this
        on_it = called.weekday == day.days[0].weekday() or (
            called.kind is Kind.SPAN and called.days is not None and called.days[0] <= day.days[0] < called.days[1]
        )
        return () if apart or not on_it else pieces[place : place + 2]
    index += at(words, index) in ("ערב", "יום")
    return pieces[place : place + 1] if at(words, index) in _FREE_DAYS else ()


def none_suits(words: Sequence[str], piece: Piece) -> bool:
    """Whether it is told behind a piece that no time suits: שלישי, רביעי, אף יום לא טוב לי."""
    return any(
        _is_no_time(words, index) and not no_other(words, index) and not _NOT.isdisjoint(words[index - 2 :])
        for index in range(piece.end, len(words))
    )


def no_other(words: Sequence[str], index: int) -> bool:
    """רביעי בעשר, אף יום אחר לא מתאים: what was said before it does."""
    return _is_no_time(words, index) and at(words, index + 2) in _OTHER


def is_only_one(words: Sequence[str], piece: Piece) -> bool:
    """Whether a piece is told to be the only one that suits: אף יום לא טוב לי חוץ מרביעי."""
    before = range(piece.start)
    excepted = not _EXCEPT.isdisjoint(words[max(0, piece.start - 2) : piece.start])
    return excepted and any(_is_no_time(words, index) for index in before)


def _is_no_time(words: Sequence[str], index: int) -> bool:
    return words[index] in _NO and at(words, index + 1) in _TIMES
