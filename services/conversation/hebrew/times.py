"""The time a caller named, from the words to a moment or a window."""

from collections.abc import Sequence
from datetime import datetime

from services.conversation.hebrew import time_scan
from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.phrasebook import Utterance, utterance
from services.conversation.hebrew.time_clauses import clause_begins
from services.conversation.hebrew.time_composition import Composition
from services.conversation.hebrew.time_corrections import corrected
from services.conversation.hebrew.time_pieces import Kind, Limit, Piece
from services.conversation.hebrew.words import word_set

__all__ = ["Moment", "compose", "resolve"]

_BUSY = word_set(
    "בישיבה בישיבות בפגישות בשיחות בהדרכות בלימודים בסידורים ישיבה בפגישה פגישה פגישות עסוק עסוקה עסוקים מוצף מוצפת לחוץ לחוצה עמוס עמוסה עמוסים תפוס תפוסה תפוסים באמצע בשיחה שיחה בדרכים בנסיעה נוסע נוסעת"
    " בחופש בחופשה במילואים בחול בעבודה בהדרכה בהרצאה בכנס בכנסים בקורס בטיסה במשמרת עובד עובדת לומד לומדת בלימודים בתור נהיגה נוהג נוהגת"
)
"""Whoever is one of these until two may be called after two."""
_NOT = word_set("לא אין")
_FREE = word_set("זמן פנאי זמין זמינה זמינים פנוי פנויה פנויים יכול יכולה יכולים נמצא נמצאת")
_TOO = word_set("מדי מידי לי לנו בשבילי")


def resolve(text: str | Utterance, now: datetime, offered: Sequence[datetime] = ()) -> Moment | None:
    """The time that is named, or None. `now` is aware, in the caller's zone; `offered` are slots spoken of before."""
    said = text if isinstance(text, Utterance) else utterance(text)
    words = said.folded
    pieces = time_scan.scan(said, now.date())
    if not pieces:
        return None
    _too_early_or_late(words, pieces)
    _busy_until(words, pieces)
    pieces = _without_past(corrected(said, pieces))
    if all(piece.kind is Kind.NOTHING or piece.vague for piece in pieces):
        return None
    return compose(pieces, now, offered)


def compose(pieces: Sequence[Piece], now: datetime, offered: Sequence[datetime] = ()) -> Moment | None:
    """The time that pieces tell together, in whatever language they were said."""
    return Composition(now, pieces, offered).moment()


def _busy_until(words: Sequence[str], pieces: Sequence[Piece]) -> None:
    """אני בישיבה עד שתיים: then after two."""
    for place, piece in enumerate(pieces):
        if piece.limit is not Limit.UNTIL:
            continue
        before = words[max(clause_begins(words, piece, pieces[:place]), piece.start - 6) : piece.start]
        behind = words[piece.end : piece.end + 3]
        kept_away = not _NOT.isdisjoint(before) and not _FREE.isdisjoint(before)
        if kept_away or not _BUSY.isdisjoint([*before, *behind]):
            piece.limit = Limit.AFTER


def _without_past(pieces: Sequence[Piece]) -> list[Piece]:
    """Without yesterday, and the hour that stands beside it: אתמול בעשר."""
    kept: list[Piece] = []
    for place, piece in enumerate(pieces):
        beside = [other for other in pieces[max(0, place - 1) : place + 2] if other.kind is Kind.PAST]
        hour = piece.kind in (Kind.CLOCK, Kind.PART)
        near = any(abs(other.start - piece.end) <= 1 or abs(piece.start - other.end) <= 1 for other in beside)
        if piece.kind is not Kind.PAST and not (hour and near):
            kept.append(piece)
    return kept


def _too_early_or_late(words: Sequence[str], pieces: Sequence[Piece]) -> None:
    """שמונה זה מוקדם מדי: then later."""
    for place, piece in enumerate(pieces):
        until = pieces[place + 1].start if place + 1 < len(pieces) else len(words)
        behind = words[piece.end : min(piece.end + 4, until)]
        if "מוקדם" in behind and piece.limit is Limit.NONE and not _TOO.isdisjoint(behind):
            piece.limit = Limit.AFTER
        elif "מאוחר" in behind and piece.limit is Limit.NONE and not _TOO.isdisjoint(behind):
            piece.limit = Limit.BEFORE
