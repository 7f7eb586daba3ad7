"""How a day or an hour is denied by the words beside it: שלישי אני לא יכול, אין לי זמן השבוע, אל תתקשרו מחר בעשר."""

from collections.abc import Sequence

from services.conversation.hebrew.glued import at
from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_clauses import last_beside, same_kind
from services.conversation.hebrew.time_facts import no_other
from services.conversation.hebrew.time_pieces import DAYS, Kind, Limit, Piece
from services.conversation.hebrew.time_words import DO_NOT
from services.conversation.hebrew.words import word_set

_DENIALS = word_set(
    "לא אין עסוק עסוקה בחול בעייתי בעייתית קשה תפוס תפוסה תפוסים עמוס עמוסה עמוסים מלא מלאה מלאים סגורה סגורים פחות בישיבה בישיבת בפגישה בפגישות בחופש בחופשה במילואים בנסיעה נוסע נוסעת בקורס בכנס"
)
_TOO = word_set("מדי מידי לי לנו בשבילי")
_APPOINTMENTS = word_set("ישיבה ישיבת פגישה תור אירוע משהו שיחה חתונה טיפול ברית טיסה הרצאה אזכרה רופא בדיקה טיול")
"""Whoever has one is not free then."""
_TO_ME = word_set("לי לנו")
_ABLE = _TO_ME | word_set(
    "זמן יכול יכולה יכולים פנוי פנויה פנויים זמין זמינה זמינים נוח מתאים מסתדר אפשרי לדבר להיפגש אהיה נמצא נמצאת"
    " אפשרות טוב יהיה מתאימה מתאימים נוחה טובה"
)
"""What stands between a "not" and the day it denies: לא יכול לדבר מחר."""
CONTACT = word_set(
    "(ת|י|נ)תקשר(|י|ו) (ת|י)צלצל(|י|ו) (ת|י)חזור (ת|י)חזר(י|ו) תחזירו (ת|י)דבר(|י|ו) (ת|י)טריד(|י|ו) תפריע(|י|ו) תציק(|י|ו) תנס(ה|י|ו)"
    " (ת|י)קבע(|י|ו) (ת|י)בוא(|י|ו) תרים תרימו (ת|י)שלח(|י|ו) תשים תשימו תרשום תרשמ(י|ו) תיקבע תזמנ(י|ו) תזמן"
    " להתקשר לצלצל לחזור לדבר להטריד להפריע לקבוע לבוא לשלוח"
)
_SPEAKER = word_set("אני אנחנו אנו זה")
_WITH_US = _TO_ME | word_set(
    "אליי אלי אלינו אותי אותנו איתי איתנו שוב בכלל עוד יותר בבקשה לפה לכאן טלפון פגישה פגישות שיחה שיחות כלום"
)
_FORBIDDEN = word_set("אל ואל שלא")
_NOT_TO = word_set("לא ולא בלי להפסיק תפסיק(|י|ו) הפסיק(ו|י) תפסק(י|ו)")
_OFFERED = word_set("למה אם ואם")
"""Before a "not" these make a proposal or a condition of it: למה לא תתקשרו מחר."""
_AFTER_ALL = word_set("אפשר כן עדיף אולי")
_PREMISES = word_set("המשרד משרד העסק החנות המפעל המוסך אצלנו המקום")
_NO_DENIALS = word_set("רע נורא משנה אכפת איכפת בעיה בעיות ספק מניעה התנגדות פחות")
"""After a "not" they agree: לא רע, אין בעיה."""
_AGREED = word_set("כן אפשר מתאים בסדר סבבה מצוין")
_BUT = word_set("אבל רק אז אולי עדיף כן אם ואם")


def is_denied(words: Sequence[str], end: int, until: int) -> bool:
    """Whether the words from `end` up to `until` deny what was said before them: שלישי אני לא יכול.

    A "not" right before `until` denies what comes there instead: שלישי, לא רביעי.
    """
    for index in range(end, min(until, end + 5)):
        if words[index] in _BUT or no_other(words, index):
            return False
        if words[index] in ("מוקדם", "מאוחר"):
            return not _TOO.isdisjoint(words[index + 1 : index + 3])
        if words[index] == "לא" and index and words[index - 1] == "למה":
            return False
        if words[index] in ("לא", "אין") and not _NO_DENIALS.isdisjoint(words[index + 1 : index + 3]):
            return False
        if has_something(words, index) or _forbids(words, index):
            return True
        if words[index : index + 2] == ["אי", "אפשר"]:
            return True
        if words[index] == "סגור" and words[index - 1] in _PREMISES:
            return True
        if words[index] in _DENIALS:
            return not (words[index] == "לא" and until < len(words) and index + 1 == until)
    return False


def has_something(words: Sequence[str], index: int) -> bool:
    """יש לי ישיבה, יש לנו משהו."""
    having = words[index] == "יש" and words[index + 1 : index + 2] in (["לי"], ["לנו"])
    return having and not _APPOINTMENTS.isdisjoint(words[index + 2 : index + 4])


def is_denied_before(said: Utterance, pieces: Sequence[Piece], place: int) -> bool:
    """Whether words before a piece, or before the one it belongs to, deny it: אין לי זמן השבוע, אל תתקשרו מחר בעשר."""
    piece = pieces[place]
    if place + 1 < len(pieces) and _is_bounded(said, piece, pieces[place + 1]):
        return False
    while not _is_denied_by_words(said, pieces, place):
        place -= 1
        if place < 0 or piece.limit is not Limit.NONE or pieces[place].end != pieces[place + 1].start:
            return False
        if said.kept[pieces[place + 1].start].pause:  # אני לא יכול בבוקר, מחר אחרי שתיים
            return False
        between = said.kept[pieces[place].start - 1].folded == "בין"
        same = same_kind(pieces[place], pieces[place + 1]) or same_kind(pieces[place], piece)
        if same and not between:  # לא להתקשר היום מחר בתשע, but בין שתיים לארבע
            return False
    return True


def _is_bounded(said: Utterance, piece: Piece, clock: Piece) -> bool:
    """Whether a "not" is said of what bounds the hour of a day, rather than of the day: אל תתקשרו מחר לפני עשר."""
    within = clock.kind is Kind.CLOCK and clock.limit in (Limit.FROM, Limit.UNTIL) and piece.kind in DAYS
    between = said.kept[piece.end : clock.start]
    return within and [each.folded in ("לפני", "אחרי") and not each.pause for each in between] == [True]


def _is_denied_by_words(said: Utterance, pieces: Sequence[Piece], place: int) -> bool:
    """אנחנו סגורים בשישי."""
    piece = pieces[place]
    words = said.folded[: piece.start]
    if piece.limit is not Limit.NONE or said.kept[piece.start].pause:
        return False
    of_topic = place > 0 and is_forbidden_instead(words, pieces[place - 1], piece)
    if of_topic and (pieces[place - 1].part is None or _has_an_hour(pieces, place)):
        return False
    following = said.kept[piece.end].folded if piece.end < len(said.kept) else ""
    if following in _AFTER_ALL:
        return False
    if words[-1:] in (["סגורה"], ["סגורים"], ["סגורות"]):
        return True
    if words[-1:] == ["סגור"]:  # by itself it says "done"
        return not _PREMISES.isdisjoint(words)
    if _is_forbidden(words):
        return True
    able = False
    while words and words[-1] in _ABLE:
        able = able or words[-1] not in _TO_ME
        words.pop()
    if not able or words[-1:] not in (["לא"], ["אין"], ["שאין"], ["שלא"], ["ואין"], ["ולא"]):
        return False
    return not _is_of_the_one_before(said, pieces, place, len(words) - 1)


def _is_of_the_one_before(said: Utterance, pieces: Sequence[Piece], place: int, denial: int) -> bool:
    """Whether a "not" stands right behind a day, so that it denies that one: שלישי לא טוב לי רביעי בעשר.

    One that ends what is said denies the other too: שלישי לא טוב לי רביעי גם לא.
    """
    if said.folded[-1] in ("לא", "אין"):
        return False
    while denial and said.kept[denial - 1].folded in _SPEAKER:
        denial -= 1
    if not place or pieces[place - 1].end != denial:
        return False
    before = place - 1
    while before and pieces[before - 1].end == pieces[before].start:
        before -= 1
    beside = pieces[before:place]
    if any(each.negated for each in beside) or is_denied_before(said, pieces, before):
        return False
    return any(same_kind(each, pieces[place]) for each in beside)


def is_forbidden_instead(words: Sequence[str], topic: Piece, day: Piece) -> bool:
    """Whether "do not call" is said of what stands before it, and the day behind it is another: בלילה אל תתקשרו, מחר בעשר."""
    forbidden = at(words, topic.end) in DO_NOT and at(words, topic.end + 1) in CONTACT
    return forbidden and day.kind in DAYS and (topic.part is not None or topic.kind in DAYS)


def _has_an_hour(pieces: Sequence[Piece], place: int) -> bool:
    last = last_beside(pieces, place)
    bound = last + 1 < len(pieces) and pieces[last + 1].start == pieces[last].end + 1  # מחר אחרי שלוש
    return any(piece.kind is Kind.CLOCK for piece in pieces[place : last + 1 + bound])


def is_turned_down(said: Utterance, pieces: Sequence[Piece], place: int) -> bool:
    """Whether the "not" between a piece and the next is said of the first: מחר בעשר לא, אחרי הצהריים כן."""
    end, following = pieces[place].end, pieces[place + 1]
    if following.start != end + 1 or said.kept[end].folded != "לא" or said.kept[end].pause:
        return False
    behind = pieces[last_beside(pieces, place + 1)].end
    return said.kept[following.start].pause or (behind < len(said.kept) and said.kept[behind].folded in _AGREED)


def _is_forbidden(before: Sequence[str]) -> bool:
    """אל תתקשרו אליי מחר, תפסיקו להתקשר בבוקר."""
    end = len(before) - (before[-1:] == ["בין"])
    while end and before[end - 1] in _WITH_US:
        end -= 1
    if end < 2 or before[end - 1] not in CONTACT or (end > 2 and before[end - 3] in _OFFERED):
        return False
    to_do = before[end - 1].startswith("ל")  # לא בעצם תחזור אליי מחר is a wish
    return before[end - 2] in _FORBIDDEN or (to_do and before[end - 2] in _NOT_TO)


def _forbids(words: Sequence[str], index: int) -> bool:
    """מחר אל תתקשרו אליי, rather than מחר אל תתקשרו לפני עשר."""
    if words[index] not in DO_NOT or words[index + 1 : index + 2] == [] or words[index + 1] not in CONTACT:
        return False
    rest = [word for word in words[index + 2 :] if word not in _WITH_US]
    return not rest or rest[0] in _BUT or rest[0] in CONTACT or rest[0] == "אלא"
