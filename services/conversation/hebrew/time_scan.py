"""Finds the pieces of a time phrase in an utterance, with what bounds or denies each."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise

from services.conversation.hebrew.festivals import festival
from services.conversation.hebrew.glued import at
from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_clauses import clause_begins
from services.conversation.hebrew.time_dates import dated
from services.conversation.hebrew.time_following import follow, narrow, one_after
from services.conversation.hebrew.time_hours import clock
from services.conversation.hebrew.time_offsets import offset
from services.conversation.hebrew.time_parts import part
from services.conversation.hebrew.time_pieces import DAYS, Kind, Limit, Piece
from services.conversation.hebrew.time_starts import rules_for
from services.conversation.hebrew.time_weekdays import near_day, saturday_night, vague, weekday
from services.conversation.hebrew.time_weeks import coming_days, span
from services.conversation.hebrew.time_words import DO_NOT
from services.conversation.hebrew.words import word_set

_DAY_RULES = (festival, vague, saturday_night, near_day, coming_days, span, dated, weekday)
_NOT = word_set("לא אל שלא ולא ואל אסור בלי")
_IF = word_set("אם ואם")
_BUT = word_set("אולי אבל רק כן עדיף אלא")
_ELSE = word_set("אחרת ואחרת למקרה")
_ACTUALLY = word_set("בעצם")
"""A filler, but what stands behind it is said instead of something else."""
_LIMITS = {
    "אחרי": Limit.AFTER,
    "אחר": Limit.AFTER,
    "לפני": Limit.BEFORE,
    "עד": Limit.UNTIL,
    "ועד": Limit.UNTIL,
    "החל": Limit.FROM,
    "ולפני": Limit.BEFORE,
    "ואחרי": Limit.AFTER,
    "לאחר": Limit.AFTER,
}


def scan(said: Utterance, today: date) -> list[Piece]:
    """The pieces in the order they were said. Several ask for them, and each may change those it gets."""
    return [piece.copy() for piece in _scanned(said, today)] if any(map(rules_for, said.folded)) else []


@lru_cache(maxsize=64)
def _scanned(said: Utterance, today: date) -> Sequence[Piece]:
    words = said.folded
    pauses = [index for index, word in enumerate(said.kept) if word.pause]
    instead = {id(word) for before, word in pairwise(said.all) if before.folded in _ACTUALLY}
    pieces: list[Piece] = []
    index = 0
    while index < len(words):
        piece = _piece(words, index, today, pieces)
        if piece is None:
            narrow(words, index, pieces, today)
            index += 1
            continue
        if piece.limit is Limit.NONE and piece.kind is not Kind.NOTHING:
            piece.limit = _limit(words, pauses, piece, pieces)
        _mark(words, piece, pieces)
        piece.instead = id(said.kept[piece.start]) in instead
        follow(words, piece, pieces)
        pieces.append(piece)
        index = max(piece.end, index + 1)
    return pieces


def _piece(words: Sequence[str], index: int, today: date, pieces: list[Piece]) -> Piece | None:
    rules = rules_for(words[index])
    if offset in rules and (found := offset(words, index, today)) is not None:
        return found
    if part in rules and (found := part(words, index, pieces)) is not None:
        return found
    if one_after in rules and (found := one_after(words, index, pieces, today)) is not None:
        return found
    for rule in _DAY_RULES:
        if rule in rules and (found := rule(words, index, today)) is not None:
            return found
    return clock(words, index, pieces) if clock in rules else None


def _limit(words: Sequence[str], pauses: Sequence[int], piece: Piece, pieces: Sequence[Piece]) -> Limit:
    """What the words before a piece make of it. A "not" before "before" makes it the earliest."""
    before = at(words, piece.start - 1)
    place = piece.start - 1
    if before in ("ה", "שעה", "יום", "ב") or before == "מ":
        place -= before != "מ"
        before = at(words, place)
    of_another = bool(pieces) and place < pieces[-1].end  # יום אחרי, בעשר
    limit = Limit.NONE if of_another else _LIMITS.get(before, Limit.NONE)
    if limit is Limit.NONE:
        if piece.prefix.endswith("מ") or before == "מ":
            early, late = at(words, piece.start - 1), at(words, piece.start - 1 - (before == "מ"))
            denied = not _NOT.isdisjoint(words[max(0, piece.start - 4) : piece.start])
            if "מוקדם" in (early, late):
                return Limit.FROM if denied else Limit.BEFORE
            if {"מאוחר", "יאוחר"} & {early, late}:
                return Limit.UNTIL if denied else Limit.AFTER
            return Limit.FROM
        if piece.prefix == "עד":
            return Limit.UNTIL
        return Limit.NONE
    paused = max((index for index in pauses if index <= place), default=0)
    between = words[max(clause_begins(words, piece, pieces), place - 4, paused) : place]
    while not _BUT.isdisjoint(between):  # לא היום, אולי מחר אחרי שתיים
        between = between[1:]
    if limit is Limit.UNTIL and not DO_NOT.isdisjoint(between):  # אל תתקשרו עד חמש
        return Limit.FROM
    if not _NOT.isdisjoint(between) and at(words, piece.end) != "כן":  # מחר בעשר לא אחרי שלוש כן
        return {Limit.BEFORE: Limit.FROM, Limit.AFTER: Limit.UNTIL}.get(limit, limit)
    return limit


def _mark(words: Sequence[str], piece: Piece, pieces: Sequence[Piece]) -> None:
    before = at(words, piece.start - 1)
    if before == "יום" or before == "ה":
        before = at(words, piece.start - 2)
    not_this = before in ("לא", "ולא", "שלא") and at(words, piece.start - 2) not in _IF and not piece.skips
    piece.negated = not_this and piece.limit is Limit.NONE
    if before in ("חוץ", "מלבד", "למעט"):
        piece.negated, piece.limit = True, Limit.NONE
    piece.alternative = before == "או" or piece.prefix.startswith("ו") or _is_second_best(words, piece, pieces)
    if pieces and pieces[-1].end == piece.start and pieces[-1].alternative and piece.kind not in DAYS:
        piece.alternative = True  # שלישי בתשע או רביעי בעשר


def _is_second_best(words: Sequence[str], piece: Piece, pieces: Sequence[Piece]) -> bool:
    """בשתיים, ואם אני לא עונה אז בארבע."""
    between = words[pieces[-1].end : piece.start] if pieces else ()
    return not _ELSE.isdisjoint(between) or (not _IF.isdisjoint(between) and not _NOT.isdisjoint(between))
