"""Which of the offered slots a caller chose: by number, by being earlier or later, by day, by hour or part of day."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.conversation.hebrew import time_scan
from services.conversation.hebrew.counted import is_counted
from services.conversation.hebrew.durations import HOUR
from services.conversation.hebrew.glued import at
from services.conversation.hebrew.numerals import Gender, number_at
from services.conversation.hebrew.phrasebook import Utterance, utterance
from services.conversation.hebrew.slot_phrases import BY_ORDER, EARLIEST, LATEST, MIDDLE, NONE_OF_THEM
from services.conversation.hebrew.slot_tests import Test, day_tests, fitting, hour_tests, hours_of, parts_of
from services.conversation.hebrew.time_clauses import same_kind
from services.conversation.hebrew.time_corrections import corrected
from services.conversation.hebrew.time_denials import is_denied
from services.conversation.hebrew.time_moves import is_moved_away, is_moving, is_struck_out
from services.conversation.hebrew.time_pieces import DAYS, Kind, Piece
from services.conversation.hebrew.time_words import WEEKDAYS, DayPart
from services.conversation.hebrew.words import word_set


def choose(text: str | Utterance, offered: Sequence[datetime], now: datetime) -> int | None:
    """The index of the slot that was chosen, or None. The slots' zone is the caller's, as is that of `now`."""
    if not offered:
        return None
    said = text if isinstance(text, Utterance) else utterance(text)
    if next(iter(NONE_OF_THEM.search(said)), None) is not None:
        return None
    words = said.folded
    pieces = _with_bare_hours(words, time_scan.scan(said, now.date()))
    refused = [piece for place, piece in enumerate(pieces) if _is_refused(words, pieces, place)]
    refused += [
        piece for piece in pieces if piece.negated and not said.kept[piece.start].pause and _is_first(piece, pieces)
    ]
    refused += [piece for piece in pieces if is_struck_out(words, piece.start, piece.end)]
    taken = [piece for piece in corrected(said, pieces) if piece not in refused]
    timed = _by_time(words, taken, offered, now)
    if timed is not None and timed >= 0:
        return timed
    left = _not_refused(words, [piece for piece in pieces if piece not in taken], offered, now)
    if len(left) == 1 and (timed is None or left[0] in fitting(taken, offered, now)):
        return left[0]
    if timed is None:
        return _by_order(said, words, offered)
    among_them = _by_time(words, taken, [offered[index] for index in left], now)
    if among_them is not None and among_them >= 0:
        return left[among_them]
    fit = fitting(taken, offered, now)  # הכי מוקדם השבוע
    place = _by_order(said, words, [offered[index] for index in fit]) if len(fit) > 1 else None
    return fit[place] if place is not None else None


def _is_first(piece: Piece, pieces: Sequence[Piece]) -> bool:
    """Whether a "not" is said of the first day or hour: לא שלישי, beside שני לא שלישי, which puts it right."""
    return not any(other.start < piece.start and same_kind(other, piece) for other in pieces)


_NO_SLOT = -1


def _by_time(words: Sequence[str], pieces: Sequence[Piece], offered: Sequence[datetime], now: datetime) -> int | None:
    """The slot that fits everything said of day and hour; -1 if not exactly one does; None if nothing was said."""
    on_day = day_tests(pieces, now)
    at_hour = hour_tests(pieces)
    if not (on_day or at_hour):
        return _bare_weekday(words, offered)
    if on_day and not any(all(test(slot) for test in on_day) for slot in offered):
        loose = _bare_weekday(words, offered)
        if loose is not None:
            return loose
    exactly = _only(offered, [*on_day, *at_hour])
    return exactly if exactly >= 0 else _nearly(pieces, offered, on_day)


def _not_refused(
    words: Sequence[str], refused: Sequence[Piece], offered: Sequence[datetime], now: datetime
) -> list[int]:
    """לא בראשון ולא בשלישי: what is left."""
    told = [piece for piece in refused if piece.kind in DAYS or piece.kind in (Kind.PART, Kind.CLOCK)]
    out: set[int | None] = set()
    for piece in told:
        out.update(fitting([piece], offered, now) or [_by_time(words, [piece], offered, now)])
    return [index for index in range(len(offered)) if index not in out]


def _nearly(pieces: Sequence[Piece], offered: Sequence[datetime], on_day: Sequence[Test]) -> int:
    """What is said of a slot that nothing fits exactly: nine for a quarter past nine, the evening for five."""
    parts, hours = parts_of(pieces), hours_of(pieces)
    if hours:
        whole = {hour % 12 for hour, minute in hours if minute == 0}
        return _only(offered, [*on_day, lambda slot: slot.hour % 12 in whole])
    if not parts:
        return _only(offered, on_day)
    fitting = [index for index, slot in enumerate(offered) if all(test(slot) for test in on_day)]
    far = sorted((min(_apart(part, offered[index]) for part in parts), index) for index in fitting)
    if not far or far[0][0] > _NEAR or (len(far) > 1 and far[1][0] - far[0][0] < HOUR / 2):
        return _NO_SLOT
    return far[0][1]


_NEAR = 2 * HOUR


def _apart(part: DayPart, slot: datetime) -> timedelta:
    """How long before or after a part of the day a slot begins."""
    begins, ends = (datetime.combine(slot.date(), edge, slot.tzinfo) for edge in (part.start, part.end))
    return max(begins - slot, slot - ends, timedelta(0))


def _only(offered: Sequence[datetime], tests: Sequence[Callable[[datetime], bool]]) -> int:
    fitting = [index for index, slot in enumerate(offered) if all(test(slot) for test in tests)]
    return fitting[0] if len(fitting) == 1 else _NO_SLOT


def _with_bare_hours(words: Sequence[str], pieces: list[Piece]) -> list[Piece]:
    """With slots on the table a bare number is an hour too, where no other was named."""
    if any(piece.kind is Kind.CLOCK for piece in pieces):
        return pieces
    bare: list[Piece] = []
    for index in range(len(words)):
        number = number_at(words, index)
        if number is None or number.gender is not Gender.FEMININE or not 1 <= number.value <= 12:
            continue
        if at(words, index - 1) in _NUMBERED or (bare and index < bare[-1].end):
            continue
        minute = {"וחצי": 30, "ורבע": 15}.get(at(words, number.end), 0)
        end = number.end + (minute > 0)
        bare.append(Piece(Kind.CLOCK, index, end, hour=number.value, minute=minute, prefix=number.prefix))
    return sorted([*pieces, *bare], key=lambda piece: piece.start)


_NUMBERED = word_set("אופציה אפשרות מספר האופציה האפשרות הצעה ההצעה")


def _bare_weekday(words: Sequence[str], offered: Sequence[datetime]) -> int | None:
    """השלישי is Tuesday where it cannot be the third; שני is the second where no slot is on a Monday."""
    moving = is_moving(words)
    bares = [word if word in WEEKDAYS else _bare(word, moving=moving) for word in words]
    named = [index for index, bare in enumerate(bares) if bare in WEEKDAYS]
    counting = False  # תמחקי את הראשון, השלישי עדיף
    for index, following in zip(named, [*named[1:], len(words)], strict=False):
        word, bare = words[index], bares[index]
        with_day = at(words, index - 1).endswith("יום")
        if word == bare and is_counted(at(words, index + 1)):  # שני ילדים
            continue
        if is_struck_out(words, index, index + 1) or is_moved_away(words, index, index + 1):
            counting = counting or word != bare
            continue
        if moving and word != bare and not (counting or word.startswith("ה")):
            continue
        if is_denied(words, index + 1, following) or at(words, index - 2 if with_day else index - 1) in ("לא", "ולא"):
            continue
        place = 99 if with_day else {"ראשון": 0, "שני": 1, "שלישי": 2, "רביעי": 3}.get(bare, 99)
        on_that_day = [index for index, slot in enumerate(offered) if slot.weekday() == WEEKDAYS[bare]]
        if word != bare and place < len(offered) and (counting or place < 2 or len(on_that_day) != 1):
            return place
        if len(on_that_day) == 1:
            return on_that_day[0]
        if place < len(offered) and not on_that_day:
            return place
    return None


def _bare(word: str, *, moving: bool) -> str:
    """The name of a place without the letters before it: השני, and in תשני מהשני לראשון those that tell from where to where."""
    if moving and word[:1] in ("ל", "מ", "ב"):
        word = word[1:]
    return word.removeprefix("ה")


def _by_order(said: Utterance, words: Sequence[str], offered: Sequence[datetime]) -> int | None:
    matches = [(match, weight, place) for place, weight, match in BY_ORDER.search(said)]
    found = [(match.start, weight, place) for match, weight, place in matches]
    if not found:
        return None
    all_words = [word.folded for word in said.words]
    starts = sorted({match.start for match, _, _ in matches})
    kept = [
        (match.start, weight, place)
        for match, weight, place in matches
        if (match.start == 0 or said.words[match.start - 1].folded != "לא")
        and not is_struck_out(all_words, match.start, match.end)
        and not is_denied(
            all_words,
            match.end,
            next((start for start in starts if start >= match.end), len(said.words)),
        )
    ]
    if not kept:
        left = [index for index in range(len(offered)) if index not in {place for _, _, place in found}]
        return left[0] if len(left) == 1 else None
    place = max(kept, key=lambda each: (each[1], each[0]))[2]
    if place == EARLIEST:
        return min(range(len(offered)), key=lambda index: offered[index])
    if place == LATEST:
        return max(range(len(offered)), key=lambda index: offered[index])
    if place == MIDDLE:
        return (
            sorted(range(len(offered)), key=lambda index: offered[index])[len(offered) // 2]
            if len(offered) % 2
            else None
        )
    return place if place < len(offered) else None


def _is_refused(words: Sequence[str], pieces: Sequence[Piece], place: int) -> bool:
    """Whether what follows a day or an hour, up to the next one, denies it: שלישי אני לא יכול."""
    return is_denied(words, pieces[place].end, pieces[place + 1].start if place + 1 < len(pieces) else len(words))
