"""Which of the offered slots a caller chose in English."""

import re
from collections.abc import Sequence
from datetime import datetime

from services.conversation.english.time_scan import scan
from services.conversation.hebrew.time_pieces import Kind, Limit

_NONE = re.compile(
    r"\b(?:neither|none of|something else|another (?:time|day|option)|not either|(?:both|either)(?: of them)? (?:do|are|is) not)\b"
)
_BY_ORDER = (
    (0, re.compile(r"\b(?:the )?(?:first|former)(?: one| option| slot| time)?\b(?! thing)|\b(?:option|number) (?:one|1|a)\b")),
    (1, re.compile(r"\b(?:the )?(?:second|latter|other)(?: one| option| slot| time)\b|\bthe (?:second|latter|other)\b|\b(?:option|number) (?:two|2|b)\b")),
    (2, re.compile(r"\b(?:the )?(?:third)(?: one| option| slot)?\b|\b(?:option|number) (?:three|3|c)\b")),
)  # fmt: skip
_EARLIER = re.compile(r"\b(?:earlier|earliest|sooner|soonest)\b")
_LATER = re.compile(r"\bthe (?:later|latest|last)\b|\blater (?:one|option|slot|time)\b")
_EITHER = re.compile(r"\b(?:either|both|any|whichever|you choose|you pick|does not matter|do not mind|do not care)\b")


def choose(said: str, offered: Sequence[datetime], now: datetime) -> int | None:
    """The index of the slot that was chosen by a text in its normal form, or None."""
    if not offered or _NONE.search(said):
        return None
    by_time = _by_time(said, offered, now)
    if by_time is not None:
        return by_time if by_time >= 0 else None
    for place, pattern in _BY_ORDER:
        match = pattern.search(said)
        if match and not said[: match.start()].endswith("not ") and place < len(offered):
            return place
    if _EARLIER.search(said):
        return min(range(len(offered)), key=lambda index: offered[index])
    if _LATER.search(said):
        return max(range(len(offered)), key=lambda index: offered[index])
    return 0 if _EITHER.search(said) else None


def _by_time(said: str, offered: Sequence[datetime], now: datetime) -> int | None:
    """The only slot that fits every day and hour that was named: -1 if there is none, None if none was named."""
    fitting = list(range(len(offered)))
    named = False
    for piece in scan(said, now.date(), bare=True):
        if piece.kind is Kind.NOTHING:
            continue
        if piece.limit is not Limit.NONE or piece.kind is Kind.OFFSET:
            return -1
        fits = {
            index
            for index, slot in enumerate(offered)
            if (piece.kind is Kind.WEEKDAY and slot.weekday() == piece.weekday)
            or (piece.days is not None and piece.days[0] <= slot.date() < piece.days[1])
            or (piece.part is not None and piece.part.start <= slot.time() < piece.part.end)
            or (piece.kind is Kind.CLOCK and (slot.hour % 12, slot.minute) == (piece.hour % 12, piece.minute))
        }
        if not piece.negated:
            named = True
        fitting = [index for index in fitting if (index in fits) is not piece.negated]
    if not named:
        return None
    return fitting[0] if len(fitting) == 1 else -1
