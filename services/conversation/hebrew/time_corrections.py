"""What a caller takes back while naming a time: רביעי לא חמישי, שלישי אני לא יכול, רביעי ולא חמישי."""

from collections.abc import Sequence

from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_clauses import (
    is_beside_a_day,
    is_of_hours,
    is_of_one_clause,
    last_beside,
    same_kind,
)
from services.conversation.hebrew.time_denials import (
    has_something,
    is_denied,
    is_denied_before,
    is_forbidden_instead,
    is_turned_down,
)
from services.conversation.hebrew.time_facts import is_only_one, none_suits, without_facts
from services.conversation.hebrew.time_moves import moved_on
from services.conversation.hebrew.time_pieces import Kind, Limit, Piece
from services.conversation.hebrew.time_told import is_of_another_time, is_what_happened, without_told
from services.conversation.hebrew.words import word_set

_BETTER = word_set("עדיף עדיפה מועדף מועדפת")


def corrected(said: Utterance, pieces: Sequence[Piece]) -> list[Piece]:
    """Without what was taken back: רביעי לא חמישי is Thursday, שלישי הבא לא השלישי הזה is the next one."""
    words = said.folded
    pieces = without_told(said, pieces)
    kept: list[Piece] = []
    for place, piece in enumerate(pieces):
        if is_denied_before(said, pieces, place) or is_what_happened(words, pieces, place):
            continue
        if _is_taken_back(said, pieces, place) or _is_busy_at(said, pieces, place) or _is_excluded(words, piece):
            continue
        if none_suits(words, piece) or is_of_another_time(words, pieces, place):
            continue
        if not piece.negated or is_only_one(words, piece):
            kept.append(piece)
            continue
        same = [other for other in kept if same_kind(other, piece)]
        if same:
            taken_back = said.kept[piece.start].pause  # שבוע הבא? לא, השבוע
            if (piece.this and not taken_back) or (piece.weekday >= 0 and piece.weekday == same[-1].weekday):
                continue
            kept = [other for other in kept if other not in same]
            kept.append(piece)
        elif not any(same_kind(other, piece) for other in pieces[place + 1 :]):
            bare = piece.prefix == "" and piece.kind in (Kind.WEEKDAY, Kind.CLOCK)
            instead = said.kept[piece.start].pause or (place > 0 and is_turned_down(said, pieces, place - 1))
            if instead or (bare and said.kept[piece.start].folded != "יום"):
                kept.append(piece)
    return without_facts(words, pieces, moved_on(words, kept))


def _is_taken_back(said: Utterance, pieces: Sequence[Piece], place: int) -> bool:
    """Whether what follows a piece, or the pieces right behind it, denies it: רביעי בעשר אני לא יכול.

    Of רביעי בעשר לא, בחמש כן only the hour is denied.
    """
    words = said.folded
    last = last_beside(pieces, place)
    later = pieces[last + 1 :]
    if later and is_forbidden_instead(words, pieces[last], later[0]):
        return is_of_hours(pieces[place]) or pieces[last].part is None
    denied = is_denied(words, pieces[last].end, later[0].start if later else len(words))
    if not (denied or (later and is_turned_down(said, pieces, last))):
        return False
    if any(same_kind(other, pieces[last]) for other in later):
        return any(same_kind(other, pieces[place]) for other in later)
    unbound = is_of_hours(pieces[last]) and pieces[last].limit is Limit.NONE
    if later and unbound and not is_of_one_clause(words, pieces, last):
        of_a_day = is_beside_a_day(pieces, last) and not any(is_of_hours(other) for other in later)
        return is_of_hours(pieces[place]) and not of_a_day
    return not later and words[-1] not in ("לא", "אין")


def _is_busy_at(said: Utterance, pieces: Sequence[Piece], place: int) -> bool:
    """יש לי פגישה בעשר; but of בעשר יש לי פגישה, בשתיים אני פנוי two is free."""
    piece = pieces[place]
    told = said.kept[max(pieces[place - 1].end if place else 0, piece.start - 5) : piece.start]
    before = [word.folded for word in told]
    if piece.limit is not Limit.NONE or (place and said.kept[piece.start].pause):
        return False
    return any(has_something(before, index) for index in range(len(before)))


def _is_excluded(words: Sequence[str], piece: Piece) -> bool:
    """השבוע אבל לא רביעי, לא שני ולא שלישי: nothing that was said before is put right by these."""
    before = words[max(0, piece.start - 3) : piece.start]
    if before and before[-1] == "יום":
        before = before[:-1]
    return (piece.negated and (before[-1:] == ["ולא"] or (len(before) > 1 and before[-2] in ("אבל", "רק", "אך")))) or (
        before[-1:] in (["פני"], ["במקום"], ["מאשר"]) or (before[-1:] == ["על"] and not _BETTER.isdisjoint(before))
    )
