"""Parts of the day in an utterance: אחרי הצהריים, בוקר, הערב; and the greetings that only look like one."""

from collections.abc import Sequence

from services.conversation.hebrew.glued import at, has, look_up
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import EVENING, LONG_PARTS, LONGEST_PART, PARTS
from services.conversation.hebrew.words import word_set

_WISHED = word_set("טוב טובים אור שבת חג נעים נפלא שקט מקסים מצוין")
"""בוקר טוב, ערב נעים: not a time."""
_WITH_EVES = word_set("חג החג ראש יום שבת השבת פסח סוכות שבועות כיפור פורים חנוכה העצמאות טו לג שמחת תשעה שושן")
"""ערב before these is the day before."""
_PREFERRED = word_set("של עדיף יותר נוח מתאים בסדר אפשר הכי מעולה מצוין")
_PREFERS = word_set("עדיף מעדיף מעדיפה מעדיפים נגיד אולי רק כן או מדי מידי נוח בחר תרשמי תרשום")
"""What shows, behind it or before it, that a part of the day by itself is meant as a time."""
_BEGINNINGS = frozenset(phrase[0] for phrase in LONG_PARTS)
STARTS = _BEGINNINGS | frozenset(("ב", "שעות", *PARTS))
"""What a piece found here begins with, letters glued to it aside."""


def part(words: Sequence[str], index: int, pieces: Sequence[Piece]) -> Piece | None:
    """A part of the day."""
    for prefix in ("", "ב", "ה", "ו", "ל", "מ", "ש"):
        bare = words[index].removeprefix(prefix)
        if bare not in _BEGINNINGS or not words[index].startswith(prefix):
            continue
        for length in range(min(LONGEST_PART, len(words) - index), 0, -1):
            known = LONG_PARTS.get((bare, *words[index + 1 : index + length]))
            if known is not None:
                return Piece(Kind.PART, index, index + length, part=known)
    if words[index] == "ב" and at(words, index + 1) in PARTS:
        return Piece(Kind.PART, index, index + 2, part=PARTS[words[index + 1]])
    if has(words[index], ("שעות",)) and look_up(at(words, index + 1), PARTS):
        found = look_up(words[index + 1], PARTS)
        return Piece(Kind.PART, index, index + 2, part=found[0] if found else None)
    found = look_up(words[index], PARTS)
    if found is None or (not found[1] and at(words, index + 1) in _WISHED):
        return None
    daypart, prefix = found
    if daypart is EVENING and at(words, index + 1) in _WITH_EVES:
        return None
    beside = bool(pieces) and pieces[-1].end == index
    preferred = at(words, index + 1) in _PREFERRED or at(words, index - 1) in _PREFERS
    preferred = preferred or (at(words, index + 1) == "יום" and daypart is not EVENING)  # בוקר יום שני
    preferred = preferred or words[index + 1 : index + 3] == ["זה", "הכי"]
    if not prefix and not beside and len(words) > 2 and not preferred:
        return None
    today = prefix in ("ה", "מה", "עדה") and words[index] not in ("הצהרים", "הצוהרים")
    return Piece(Kind.PART, index, index + 1, part=daypart, today=today, prefix=prefix)


def part_follows(words: Sequence[str], index: int) -> bool:
    """Whether a part of the day is told at an index, so that a number before it is an hour."""
    following = at(words, index)
    if has(following, PARTS) and following != "צהרי":
        return following not in PARTS or at(words, index + 1) not in ("טוב", "טובים")
    return any(tuple(words[index : index + length]) in LONG_PARTS for length in range(1, LONGEST_PART + 1)) or (
        following in ("אחרי", "אחר", "לפנות") and has(at(words, index + 1), PARTS)
    )
