"""What a meeting is moved away from, and what is struck out: משלוש לשתיים, תמחקי את שלישי."""

from collections.abc import Sequence

from services.conversation.hebrew.glued import at
from services.conversation.hebrew.time_clauses import is_of_hours
from services.conversation.hebrew.time_pieces import DAYS, Piece
from services.conversation.hebrew.time_words import WEEKDAYS
from services.conversation.hebrew.words import word_set

_MOVES = word_set(
    "(ת|נ|א|י|)קדים (ת|י|ה|)קדימ(י|ו) להקדים הקדם מקדימ(ים|ה) מקדים (ת|נ|א|י)דחה (ת|י|)דח(י|ו) לדחות דוח(ה|ים)"
    " (ת|נ|א|י)זיז (ת|י|ה)זיז(י|ו) להזיז מזיז(|ה|ים) (ת|נ|א|י)עביר (ת|י|ה)עביר(י|ו) להעביר מעביר(|ה|ים)"
    " (ת|נ|א|י)שנה (ת|י)שנ(י|ו) לשנות משנ(ה|ים) עוברים נעבור לעבור"
)
_SWAPS = word_set("(ת|נ|א)חליף (ת|ה)חליפ(י|ו) להחליף מחליפ(ים|ה) מחליף")
_STRIKES = word_set(
    "(ת|נ|)מחק (ת|)מחק(י|ו) למחוק (ת|נ|)בטל (ת|)בטל(י|ו) לבטל מבטל(|ת|ים) (ת|נ|א|)וותר (ת|)וותר(י|ו) לוותר מוותר(|ת|ים)"
    " פוסל(|ת|ים) לפסול (ת|)פסל(י|ו) תפסול בלי"
)
"""Whatever is behind these is not meant: תמחקי את הראשון."""
_LEAVES = word_set(
    "(ת|)עזוב (ת|)עזב(י|ו) לעזוב (ת|)שכח(|י|ו) לשכוח (ת|נ)וריד (ת|ה)וריד(י|ו) להוריד מוריד(|ה|ים)"
    " (ת|נ)סיר (ת|ה)סיר(י|ו) הסר הורד להסיר (ת|נ)וציא (ת|ה)וציא(י|ו) להוציא"
)
"""So it is behind these with the mark of an object: עזבי את הראשון, beside עזבי, הראשון; תורידו עשר שקל."""
_GIVEN_UP = word_set("מוותר(|ת|ים) (נ|א)וותר נפסל יורד ירד נמחק מבוטל")
"""What stands before these is not meant: על הראשון אני מוותרת."""
_OBJECT = word_set(
    "את על ואת ועל או גם וגם מה לי לנו ה הפגישה השיחה השעה האופציה האפשרות המועד ההצעה של יום ביום מ ב בבקשה כבר"
)
_NEVER = word_set("אל לא ואל")
_MARKS = word_set("את על")
_JOINS = word_set("ואת ועל או גם וגם")
_TAKES = word_set(
    "(ני|א|ת|י)קח (ת|י|)קח(י|ו) לוקח(|ת|ים) לקחת (נ|א|ת)קבע תקבע(י|ו) קובעים (נ|ת|א)שאיר (ת|ה)שאיר(י|ו)"
    " טוב טובה מתאים מתאימה מצוין סבבה כן עדיף"
)
_PLACES = frozenset(WEEKDAYS) | word_set("ראשונה שנייה שניה שלישית רביעית")
_NEAR = 3


def moved_on(words: Sequence[str], pieces: Sequence[Piece]) -> list[Piece]:
    """Without what a meeting is moved away from: of תקדימו את הפגישה משלוש לשתיים only two is left."""
    verb = next((index for index, word in enumerate(words) if word in _MOVES), None)
    if verb is None:
        return list(pieces)
    left: list[Piece] = []
    for place, piece in enumerate(pieces):
        goals = [other for other in pieces[place + 1 :] if other.prefix.endswith("ל") and _alike(other, piece)]
        settled = any(other.prefix.endswith("ל") and other.kind in DAYS for other in pieces[:place])
        away = piece.start > verb and not piece.prefix.endswith("ל") and not settled
        named = piece.kind in DAYS or piece.prefix.endswith("מ")
        agreed = piece.end <= verb and is_of_hours(piece)  # באחת עשרה, תשני לשתים עשרה
        if not (goals and ((away and named) or (agreed and goals[0].start > verb))):
            left.append(piece)
    return left


def _alike(first: Piece, second: Piece) -> bool:
    return (first.kind in DAYS and second.kind in DAYS) or (is_of_hours(first) and first.kind is second.kind)


def is_struck_out(words: Sequence[str], start: int, end: int) -> bool:
    """Whether the words from `start` to `end` name what is not wanted any more: תמחקי את הראשון, על השני אני מוותרת."""
    return not _is_taken(words, end) and (_is_struck_before(words, start) or _is_given_up(words, start, end))


def is_moving(words: Sequence[str]) -> bool:
    """Whether anything is moved or exchanged."""
    return not (_MOVES | _SWAPS).isdisjoint(words)


def is_moved_away(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a place among those offered is left for another of them: תשני את השני לראשון, תחליפי את השני בראשון."""
    index = start - 1
    while index >= 0 and words[index] in _OBJECT:
        index -= 1
    behind = next((word for word in words[end : end + _NEAR] if word not in _OBJECT), "")
    if index < 0 or words[index] not in _MOVES | _SWAPS or behind[1:].removeprefix("ה") not in _PLACES:
        return False
    return behind.startswith("ל") or (behind.startswith("ב") and words[index] in _SWAPS)


def _is_taken(words: Sequence[str], end: int) -> bool:
    """את השני ניקח; but הראשון, אני לוקחת את השני and הראשונה, השנייה מתאימה take something else."""
    if at(words, end).removeprefix("ה") in _PLACES:
        return False
    return any(at(words, index) in _TAKES and at(words, index + 1) not in _MARKS for index in (end, end + 1))


def _is_struck_before(words: Sequence[str], start: int) -> bool:
    """Whether a verb that strikes out has this for its object, or for one of several: תבטלי את שלישי וחמישי."""
    index, joined = start - 1, words[start].startswith("ו")
    while index >= 0 and (joined or words[index] in _OBJECT):
        joined = words[index] in _JOINS if words[index] in _OBJECT else False
        index -= 1
    if index < 0 or (words[index] in _LEAVES and _MARKS.isdisjoint(words[index:start])):
        return False
    of_another = at(words, index - 2) in _MARKS  # את הראשון תמחקי, את השני תקבעי
    return words[index] in _STRIKES | _LEAVES and not of_another and at(words, index - 1) not in _NEVER


def _is_given_up(words: Sequence[str], start: int, end: int) -> bool:
    marked = at(words, start - 1) in _MARKS | _JOINS
    for index in range(end, min(end + _NEAR, len(words))):
        word, before = words[index], words[index - 1]
        if word in _MARKS or word in _TAKES or (word.removeprefix("ה") in _PLACES and before not in _JOINS):
            return False
        verb = word in _GIVEN_UP or (marked and word in _STRIKES | _LEAVES and word != "בלי")
        if verb and before not in _NEVER:
            return at(words, index + 1) not in _MARKS or (index == end and marked)
    return False
