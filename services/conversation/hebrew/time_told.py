"""What is told of a time, rather than wished for: מחר אני אצל לקוח, התקשרתם אליי השבוע, בבוקר אני בהדרכות."""

from collections.abc import Sequence

from services.conversation.hebrew.glued import at
from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_clauses import is_of_hours, last_beside
from services.conversation.hebrew.time_denials import CONTACT, is_denied
from services.conversation.hebrew.time_facts import SUITS
from services.conversation.hebrew.time_pieces import DAYS, SINGLE_DAYS, Kind, Limit, Piece
from services.conversation.hebrew.words import word_set

_HAPPENED = word_set(
    "היה הייתה היו היינו ביקרנו הגיע הגיעה הגיעו קיבלתי דיברתי קניתי שלחתי נפגשתי הזמנתי התקשרתי עניתי שמעתי התקשרתם דיברתם שלחתם אמרתם חזרתם הייתם צלצלתם"
    " דיברנו נפגשנו קיבלנו שלחנו קנינו התקשרנו ניתקתם הבטחתם"
)
_WISHES = word_set(
    "טוב נחמד מתאים נוח אפשר בואו בוא בואי נדבר נקבע ניפגש עדיף מעדיף מעדיפה רוצה תתקשר(|י|ו) תחזר(|י|ו) תחזור תנסה תנסי תנסו נסו חזרו"
    " תקבע(|י|ו) דברו תדבר(|י|ו) תשלח(|י|ו) שלחו אשמח"
)
_TELLS = word_set("אני אנחנו אנו יש")
_FREE = SUITS | word_set(
    "יכולים זמין זמינה זמינים פנויים מעדיף מעדיפה מעדיפים רוצה רוצים אשמח נשמח אהיה אוכל נוכל פה כאן במשרד"
)
_ALL_DAY = word_set("כל היום הבוקר")


def without_told(said: Utterance, pieces: Sequence[Piece]) -> list[Piece]:
    """Without a day that is only told of, and all that is told with it, where another is wished for behind it.

    Of מחר אני אצל לקוח כל היום, חמישי בבוקר only Thursday is left.
    """
    words = said.folded
    left: list[Piece] = []
    place = 0
    while place < len(pieces):
        wish = _wish_behind(said, words, pieces, place)
        left += () if wish else (pieces[place],)
        place = wish or place + 1
    return left


def _wish_behind(said: Utterance, words: Sequence[str], pieces: Sequence[Piece], place: int) -> int:
    """The place of the day that is wished for instead of the one at `place`, which is told of. 0 if it is not."""
    if pieces[place].kind not in SINGLE_DAYS or pieces[place].limit is not Limit.NONE:
        return 0
    end = pieces[last_beside(pieces, place)].end
    wish = next((each for each, piece in enumerate(pieces) if each > place and _is_a_day(piece, end)), 0)
    if not wish or not _FREE.isdisjoint(words[end : pieces[wish].start]):
        return 0
    tells = next((word for word in words[end:] if word not in _ALL_DAY), "")
    if tells not in _TELLS and not _asks_behind(said, words, end, pieces[wish].start):
        return 0
    last = last_beside(pieces, wish)
    behind = pieces[last].end
    until = pieces[last + 1].start if last + 1 < len(pieces) else len(words)
    paused = any(word.pause for word in said.kept[end : pieces[wish].start + 1])
    another = paused or pieces[wish].kind in SINGLE_DAYS
    refused = is_denied(words, behind, until) or (at(words, behind) in _TELLS and _FREE.isdisjoint(words[behind:until]))
    return wish if another and not (pieces[wish].alternative or refused) else 0


def _asks_behind(said: Utterance, words: Sequence[str], end: int, until: int) -> bool:
    """Whether what is told is over, and a request begins that has a day of its own: מחר הבן שלי מתחתן, תתקשרו בשלישי."""
    asks = next((index for index in range(end, until) if words[index] in CONTACT), end)
    return asks > end and said.kept[asks].pause and _WISHES.isdisjoint(words[end:asks])


def _is_a_day(piece: Piece, end: int) -> bool:
    return piece.kind in DAYS and piece.start >= end and not piece.whole


def is_what_happened(words: Sequence[str], pieces: Sequence[Piece], place: int) -> bool:
    """התקשרתם אליי שלוש פעמים השבוע: what happened is no wish."""
    if pieces[place].kind is Kind.PAST:
        return False
    first = place
    while first and pieces[first - 1].end == pieces[first].start:
        first -= 1
    start = pieces[first].start
    before = words[max(pieces[first - 1].end if first else 0, start - 6) : start]
    return not _HAPPENED.isdisjoint(before) and _WISHES.isdisjoint(before)


def is_of_another_time(words: Sequence[str], pieces: Sequence[Piece], place: int) -> bool:
    """Whether a part of the day is only told of, and the hour behind it is none of it: בבוקר אני בהדרכות, מחר בשלוש."""
    part = pieces[place]
    clock = next((piece for piece in pieces[place + 1 :] if is_of_hours(piece)), None)
    if part.part is None or clock is None or clock.kind is not Kind.CLOCK:
        return False
    between = words[part.end : clock.start]
    hour = part.part.hour(clock.hour)
    lies_in_it = part.part.start.hour <= hour <= part.part.end.hour
    return not lies_in_it and not _TELLS.isdisjoint(between[:1]) and _FREE.isdisjoint(between)
