"""The time a caller named, from the words to a moment or a window."""

from collections.abc import Sequence
from datetime import datetime

from services.conversation.hebrew import time_scan
from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_composition import Composition
from services.conversation.hebrew.time_corrections import corrected
from services.conversation.hebrew.time_pieces import Kind, Limit, Piece
from services.conversation.hebrew.words import word_set

__all__ = ["Moment", "compose", "resolve"]

_TOO = word_set("מדי מידי לי לנו בשבילי")


def resolve(text: str | Utterance, now: datetime, offered: Sequence[datetime] = ()) -> Moment | None:
    """The time that is named, or None. `now` is aware, in the caller's zone; `offered` are slots spoken of before."""
    said = text if isinstance(text, Utterance) else Utterance(text)
    words = [word.folded for word in said.kept]
    pieces = time_scan.scan(words, now.date())
    _too_early_or_late(words, pieces)
    pieces = corrected(said, pieces)
    if not any(piece.kind is not Kind.NOTHING for piece in pieces):
        return None
    return compose(pieces, now, offered)


def compose(pieces: Sequence[Piece], now: datetime, offered: Sequence[datetime] = ()) -> Moment | None:
    """The time that pieces tell together, in whatever language they were said."""
    return Composition(now, pieces, offered).moment()


def _too_early_or_late(words: Sequence[str], pieces: Sequence[Piece]) -> None:
    """שמונה זה מוקדם מדי: then later."""
    for piece in pieces:
        behind = words[piece.end : piece.end + 4]
        if "מוקדם" in behind and piece.limit is Limit.NONE and not _TOO.isdisjoint(behind):
            piece.limit = Limit.AFTER
        elif "מאוחר" in behind and piece.limit is Limit.NONE and not _TOO.isdisjoint(behind):
            piece.limit = Limit.BEFORE
