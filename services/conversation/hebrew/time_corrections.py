"""What a caller takes back while naming a time: רביעי לא חמישי, שלישי אני לא יכול, רביעי ולא חמישי."""

from collections.abc import Sequence

from services.conversation.hebrew.glued import at
from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_clauses import is_beside_a_day, is_of_hours, is_of_one_clause
from services.conversation.hebrew.time_facts import is_of_another_time, is_only_one, no_other, none_suits, without_facts
from services.conversation.hebrew.time_moves import moved_on
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
_CONTACT = word_set(
    "(ת|י|נ)תקשר(|י|ו) (ת|י)צלצל(|י|ו) (ת|י)חזור (ת|י)חזר(י|ו) תחזירו (ת|י)דבר(|י|ו) (ת|י)טריד(|י|ו) תפריע(|י|ו) תציק(|י|ו) תנס(ה|י|ו)"
    " (ת|י)קבע(|י|ו) (ת|י)בוא(|י|ו) תרים תרימו (ת|י)שלח(|י|ו) תשים תשימו תרשום תרשמ(י|ו) תיקבע תזמנ(י|ו) תזמן"
    " להתקשר לצלצל לחזור לדבר להטריד להפריע לקבוע לבוא לשלוח"
)
_WITH_US = _TO_ME | word_set(
    "אליי אלי אלינו אותי אותנו איתי איתנו שוב בכלל עוד יותר בבקשה לפה לכאן טלפון פגישה פגישות שיחה שיחות כלום"
)
_FORBIDDEN = word_set("אל ואל שלא")
_NOT_TO = word_set("לא ולא בלי להפסיק תפסיק(|י|ו) הפסיק(ו|י) תפסק(י|ו)")
_OFFERED = word_set("למה אם ואם")
"""Before a "not" these make a proposal or a condition of it: למה לא תתקשרו מחר."""
_AFTER_ALL = word_set("אפשר כן עדיף אולי")
_HAPPENED = word_set(
    "היה הייתה היו היינו ביקרנו הגיע הגיעה הגיעו קיבלתי דיברתי קניתי שלחתי נפגשתי הזמנתי התקשרתי עניתי שמעתי התקשרתם דיברתם שלחתם אמרתם חזרתם הייתם צלצלתם"
    " דיברנו נפגשנו קיבלנו שלחנו קנינו התקשרנו ניתקתם הבטחתם"
)
_BETTER = word_set("עדיף עדיפה מועדף מועדפת")
_PREMISES = word_set("המשרד משרד העסק החנות המפעל המוסך אצלנו המקום")
_WISHES = word_set(
    "טוב נחמד מתאים נוח אפשר בואו בוא בואי נדבר נקבע ניפגש עדיף מעדיף מעדיפה רוצה תתקשר(|י|ו) תחזר(|י|ו) תחזור תנסה תנסי תנסו נסו חזרו"
    " תקבע(|י|ו) דברו תדבר(|י|ו) תשלח(|י|ו) שלחו אשמח"
)
_NO_DENIALS = word_set("רע נורא משנה אכפת איכפת בעיה בעיות ספק מניעה התנגדות פחות")
"""After a "not" they agree: לא רע, אין בעיה."""
_BUT = word_set("אבל רק אז אולי עדיף כן אם ואם")


def corrected(said: Utterance, pieces: Sequence[Piece]) -> list[Piece]:
    """Without what was taken back: רביעי לא חמישי is Thursday, שלישי הבא לא השלישי הזה is the next one."""
    words = [word.folded for word in said.kept]
    kept: list[Piece] = []
    for place, piece in enumerate(pieces):
        if is_denied_before(said, pieces, place) or _is_told_of(words, pieces, place):
            continue
        if _is_taken_back(words, pieces, place) or _is_busy_at(words, pieces, place) or _is_excluded(words, piece):
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
            if said.kept[piece.start].pause or (bare and said.kept[piece.start].folded != "יום"):
                kept.append(piece)
    return without_facts(words, pieces, moved_on(words, kept))


def _is_taken_back(words: Sequence[str], pieces: Sequence[Piece], place: int) -> bool:
    """Whether what follows a piece, or the pieces right behind it, denies it: רביעי בעשר אני לא יכול.

    Of רביעי בעשר לא, בחמש כן only the hour is denied.
    """
    last = place
    while last + 1 < len(pieces) and pieces[last + 1].start == pieces[last].end:
        last += 1
    later = pieces[last + 1 :]
    part_forbidden = later and pieces[last].part is not None and later[0].kind in DAYS  # בלילה אל תתקשרו, מחר בעשר
    if part_forbidden and words[pieces[last].end] in DO_NOT and at(words, pieces[last].end + 1) in _CONTACT:
        return is_of_hours(pieces[place])
    if not is_denied(words, pieces[last].end, later[0].start if later else len(words)):
        return False
    if any(same_kind(other, pieces[last]) for other in later):
        return any(same_kind(other, pieces[place]) for other in later)
    unbound = is_of_hours(pieces[last]) and pieces[last].limit is Limit.NONE
    if later and unbound and not is_of_one_clause(words, pieces, last):
        of_a_day = is_beside_a_day(pieces, last) and not any(is_of_hours(other) for other in later)
        return is_of_hours(pieces[place]) and not of_a_day
    return not later and words[-1] not in ("לא", "אין")


def is_denied_before(said: Utterance, pieces: Sequence[Piece], place: int) -> bool:
    """Whether words before a piece, or before the one it belongs to, deny it: אין לי זמן השבוע, אל תתקשרו מחר בעשר."""
    piece = pieces[place]
    if place + 1 < len(pieces) and _is_bounded(said, piece, pieces[place + 1]):
        return False
    while not _is_denied_by_words(said, pieces[place]):
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


def _is_denied_by_words(said: Utterance, piece: Piece) -> bool:
    """אנחנו סגורים בשישי."""
    words = [word.folded for word in said.kept[: piece.start]]
    if piece.limit is not Limit.NONE or said.kept[piece.start].pause:
        return False
    following = said.kept[piece.end].folded if piece.end < len(said.kept) else ""
    if following in _AFTER_ALL:
        return False
    if words[-1:] in (["סגורה"], ["סגורים"], ["סגורות"]):
        return True
    if words[-1:] == ["סגור"]:  # by itself it says "done"
        return not _PREMISES.isdisjoint(words)
    able = False
    if _is_forbidden(words):
        return True
    while words and words[-1] in _ABLE:
        able = able or words[-1] not in _TO_ME
        words.pop()
    return able and words[-1:] in (["לא"], ["אין"], ["שאין"], ["שלא"], ["ואין"], ["ולא"])


def _is_forbidden(before: Sequence[str]) -> bool:
    """אל תתקשרו אליי מחר, תפסיקו להתקשר בבוקר."""
    end = len(before) - (before[-1:] == ["בין"])
    while end and before[end - 1] in _WITH_US:
        end -= 1
    if end < 2 or before[end - 1] not in _CONTACT or (end > 2 and before[end - 3] in _OFFERED):
        return False
    to_do = before[end - 1].startswith("ל")  # לא בעצם תחזור אליי מחר is a wish
    return before[end - 2] in _FORBIDDEN or (to_do and before[end - 2] in _NOT_TO)


def _forbids(words: Sequence[str], index: int) -> bool:
    """מחר אל תתקשרו אליי, rather than מחר אל תתקשרו לפני עשר."""
    if words[index] not in DO_NOT or words[index + 1 : index + 2] == [] or words[index + 1] not in _CONTACT:
        return False
    rest = [word for word in words[index + 2 :] if word not in _WITH_US]
    return not rest or rest[0] in _BUT or rest[0] in _CONTACT or rest[0] == "אלא"


def _is_told_of(words: Sequence[str], pieces: Sequence[Piece], place: int) -> bool:
    """התקשרתם אליי שלוש פעמים השבוע: what happened is no wish."""
    if pieces[place].kind is Kind.PAST:
        return False
    first = place
    while first and pieces[first - 1].end == pieces[first].start:
        first -= 1
    start = pieces[first].start
    before = words[max(pieces[first - 1].end if first else 0, start - 6) : start]
    return not _HAPPENED.isdisjoint(before) and _WISHES.isdisjoint(before)


def _is_busy_at(words: Sequence[str], pieces: Sequence[Piece], place: int) -> bool:
    """יש לי פגישה בעשר."""
    piece = pieces[place]
    before = words[max(pieces[place - 1].end if place else 0, piece.start - 5) : piece.start]
    return piece.limit is Limit.NONE and any(_has_something(before, index) for index in range(len(before)))


def _has_something(words: Sequence[str], index: int) -> bool:
    """יש לי ישיבה, יש לנו משהו."""
    having = words[index] == "יש" and words[index + 1 : index + 2] in (["לי"], ["לנו"])
    return having and not _APPOINTMENTS.isdisjoint(words[index + 2 : index + 4])


def _is_excluded(words: Sequence[str], piece: Piece) -> bool:
    """השבוע אבל לא רביעי, לא שני ולא שלישי: nothing that was said before is put right by these."""
    before = words[max(0, piece.start - 3) : piece.start]
    if before and before[-1] == "יום":
        before = before[:-1]
    return (piece.negated and (before[-1:] == ["ולא"] or (len(before) > 1 and before[-2] in ("אבל", "רק", "אך")))) or (
        before[-1:] in (["פני"], ["במקום"], ["מאשר"]) or (before[-1:] == ["על"] and not _BETTER.isdisjoint(before))
    )


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
        if _has_something(words, index) or _forbids(words, index):
            return True
        if words[index : index + 2] == ["אי", "אפשר"]:
            return True
        if words[index] == "סגור" and words[index - 1] in _PREMISES:
            return True
        if words[index] in _DENIALS:
            return not (words[index] == "לא" and until < len(words) and index + 1 == until)
    return False


def same_kind(first: Piece, second: Piece) -> bool:
    """Whether two pieces tell the same thing, so that one may be said instead of the other."""
    return first.kind is second.kind or (first.kind in DAYS and second.kind in DAYS)
