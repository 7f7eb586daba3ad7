"""Finds an instruction never to be called again. Deterministic, and nothing may overrule it.

An opt-out is an instruction about contact: a verb of removing with us or our list as its object, an end to the calls, a
refusal of permission, a threat. A time makes it a callback instead ("אל תתקשר לפני עשר"), another channel or another
number a preference ("אל תתקשרו, תשלחו מייל").
"""

from itertools import pairwise

from services.conversation.hebrew.lexicon import ADVERBS
from services.conversation.hebrew.meanings.opt_outs import ROWS, Kind
from services.conversation.hebrew.phrasebook import Match, Phrasebook, Utterance, utterance
from services.conversation.hebrew.words import word_set

_BOOK = Phrasebook(ROWS)
_NO_MORE = word_set("יותר שוב עוד")
_FOREVER = word_set("לעולם לעולמים אףפעם בחיים לתמיד לצמיתות בכלל ובכלל איפעם")
_TIMES = word_set(
    "עכשיו כרגע כעת היום מחר מחרתיים הערב הלילה הבוקר בשבת בשישי בבוקר בערב בלילה בצהריים בצוהריים מאוחר"
    ' מוקדם בשעות בשעה ביום באמצע השבוע בשבוע החודש בזמן בראשון בשני בשלישי ברביעי בחמישי בימי בסופ"ש'
    " בסוף בחג בחגים בין כש כשאני בשעת בעשר בתשע בשמונה בשבע בשש בחמש בארבע בשלוש בשתיים באחת שבת בצהרי במקביל מחסוי עדיין עדין"
    " בחודש בשנה בתקופה הקרוב הקרובה הקרובים בזמנים בהפסקה בעוד ברגע בתשעה ברצף בבית הביתי הקווי במוצאי מפעם מפעמיים משלוש בחול בפסח בסוכות ברמדאן בצום בקיץ בחופש בחנוכה בלילות בשבתות בבקרים בשעתיים בתשיעי במהלך"
)
_BOUNDS = word_set("לפני אחרי עד מ אחר")
_NO_TIME_AFTER_BOUND = word_set("מה זה ש שאמרתי שביקשתי הכל הכול כל")
_WAYS = word_set(
    "תתקשר(|י|ו) תצלצל(|י|ו) תחזור תחזר(י|ו) תשלח(|י|ו) שלח(|ו|י) תכתב(ו|י) תכתוב תסמס(|ו|י) תנס(ה|ו|י)"
    " תפנ(ה|ו|י) תדבר(ו|י) דבר(ו|י)"
)
_MYSELF = word_set("אתקשר נתקשר אחזור נחזור אצור ניצור אפנה אצלצל")
"""Who will call instead."""
_FROM = word_set("חסוי מהמספר ממספר מנייד מחסוי מהנייד")
_NUMBER = word_set("מספר למספר טלפון נייד")
_SAID = word_set("אמרתי ביקשתי אמרנו ביקשנו")
_IF = word_set("אם שאם ואם אל ואל ולא לא שלא כש מי")
_BEFORE_REMOVAL = word_set("אל ואל")
_NO_REMOVAL = word_set("לא אין בלי")
_OTHERS = word_set("מישהו לקוחות הלקוחות הלקוח אנשים מבקשים מכבדים מטפלים")
"""Who is spoken of in a question about how we treat such requests."""
_UNWANTED = word_set("רוצ(ה|ים) ביקש(תי|נו) אמר(תי|נו) צריך צריכ(ה|ים) חייב(|ים|ת) התכוונתי מתכוון")
_TAKES_OFF = frozenset(("{strike}", "{striking}", "{block}"))
_RENEWED = word_set("תרשום תרשמ(ו|י) תעדכנ(ו|י) תעדכן חדש חדשה ישן קודם")
"""What is put in the place of what was removed."""
_EVERYWHERE = word_set("מהכל מהכול ומהכל ומהכול מכל")
_ABSENT = word_set("בפגישה בישיבה עסוק עסוקה ישן ישנה בשיחה")
_PARTS = word_set("בשבת בשבתות בבוקר בבקרים בערב בלילה בלילות בצהריים בשישי בימי לפני אחרי מוקדם מאוחר")
"""A part of the time: the calls may go on in the rest of it."""
_OFFER = word_set("מחיר מחירים הצעה הצעות תשובה")
_ANYHOW = (["אפשר"], ["לא"])
"""After an "if" that makes no condition: אל תתקשרו אם אפשר, אם לא ביקשתי."""
_ANY_OTHER = frozenset((("גם", "לא"), ("או", "מכל")))
_REGISTER = word_set("מאגר רשימת למאגר")
"""Before the name of the register itself: יש לכם מאגר אל תתקשרו?"""
_STAYS = word_set("על אחורה מהר פעמיים בלי יומיים")
"""What goes on as a manner of calling or as another verb: אל תחזור על זה, אל תתקשרו פעמיים."""
_OFF_OK = word_set(
    "מכאן מפה מכם מאצלכם ממכם מיד מייד מהכל מהכול מזה ממש מספיק מעכשיו מהיום בבקשה לתמיד לעולם לצמיתות"
    " בחיים בדחיפות לאלתר לגמרי ביי להתראות תודה לא מ מיידית בהקדם מכל ב ל למה מה מאתמול ביקשתי במערכת אצלכם"
    " לפי להבא"
)


def opt_out(text: str) -> str | None:
    """The words that prove an opt-out, or None."""
    return find(utterance(text))


def find(said: Utterance) -> str | None:
    """The same for an utterance that is ready for the search."""
    for kind, _, match in _BOOK.search(said):
        if kind is Kind.CONTACT and _is_bounded(said, match):
            continue
        if kind is Kind.REMOVAL and (_is_other_removal(said, match) or _is_other_stop(said, match)):
            continue
        return said.phrase(match)
    return None


def _is_bounded(said: Utterance, match: Match) -> bool:
    """Whether the words around an "אל תתקשרו" say when or how instead."""
    folded = [word.folded for word in said.words]
    before, rest = folded[max(0, match.start - 2) : match.start], folded[match.end :]
    if not _FOREVER.isdisjoint(folded) or not _ANY_OTHER.isdisjoint(pairwise(rest)):
        return False
    at_me = bool(rest) and "{at_me}" in said.tags[match.end]
    manner = rest[at_me : at_me + 2]
    if ("לא" in rest and "ולא" in rest) or "גם" in folded[max(0, match.start - 3) : match.start]:
        return False
    if _is_no_more(folded, match):
        return False
    if not _ABSENT.isdisjoint(before) and folded[match.end - 1] == "להפריע":
        return True
    if not _OTHERS.isdisjoint(folded[max(0, match.start - 4) : match.start]) or _was_not_said(folded, match):
        return True
    if manner[:1] and manner[0] in _STAYS:
        return True
    if (before[-1:] and before[-1] in _REGISTER) or before in (["לא", "ברשימת"], ["לא", "במאגר"]) or "פעמים" in manner:
        return True
    after = rest[:4]
    if (manner[:1] == ["עם"] and not _OFFER.isdisjoint(manner)) or (manner[:1] == ["אם"] and manner[1:] not in _ANYHOW):
        return True
    if (
        not _TIMES.isdisjoint(before + folded[match.start : match.end] + after)
        or not _MYSELF.isdisjoint(rest)
        or not _FROM.isdisjoint(after)
    ):
        return True
    if before[:1] and before[0] in _BOUNDS and folded[match.start - 3 : match.start - 2] not in (["אני"], ["אנחנו"]):
        return True
    if any(
        (word in _BOUNDS and then not in _NO_TIME_AFTER_BOUND) or (word in _NUMBER and then == "אחר")
        for word, then in pairwise(rest)
    ):
        return True
    return _names_a_way(rest)


def _was_not_said(folded: list[str], match: Match) -> bool:
    """Whether it is told that nobody said so: לא אמרתי שלא תתקשרו."""
    before = folded[max(0, match.start - 4) : match.start]
    return any(first == "לא" and then in _SAID for first, then in pairwise(before))


def _is_no_more(folded: list[str], match: Match) -> bool:
    """Whether "יותר" or "שוב" ends it, rather than beginning a time or a measure ("לא יותר מאוחר", "יותר היום")."""
    for index in range(match.start, min(match.end + 3, len(folded))):
        if index >= match.end and folded[index] in _WAYS:
            return False
        if folded[index] in _NO_MORE:
            after = folded[index + 1 : index + 3]
            return _TIMES.isdisjoint(after) and _BOUNDS.isdisjoint(after) and "מדי" not in after
    return False


def _is_other_stop(said: Utterance, match: Match) -> bool:
    """Whether calls are to end only at a time, or in favour of another way: תפסיקו להתקשר בשבת."""
    if {"{contact}", "{calls}"}.isdisjoint(said.tags[match.end - 1]) or said.words[match.end - 1].folded == "לרדוף":
        return False
    rest = [word.folded for word in said.words[match.end :]]
    if not _FOREVER.isdisjoint(rest):
        return False
    manner = rest[bool(rest) and "{at_me}" in said.tags[match.end] :]
    return not _PARTS.isdisjoint(manner[:1]) or _names_a_way(rest)


def _names_a_way(rest: list[str]) -> bool:
    return any((word in _WAYS and last not in _IF) or last == "רק" for last, word in pairwise(["", *rest]))


def _is_other_removal(said: Utterance, match: Match) -> bool:
    """Whether one is to be taken off something that is no list, or is not to be taken off at all."""
    folded = [word.folded for word in said.words]
    if not _OTHERS.isdisjoint(folded[max(0, match.start - 4) : match.start]):
        return True
    before = folded[max(0, match.start - 2) : match.start]
    if folded[match.end : match.end + 1] == ["אצל"] or not _RENEWED.isdisjoint(folded[match.end :]):
        return True
    unwanted = before and before[-1] in _UNWANTED and before[0] in _NO_REMOVAL
    if before and (before[-1] in _BEFORE_REMOVAL or (unwanted and folded[match.start].startswith(("ל", "ש")))):
        return True
    if before and before[-1] in _NO_REMOVAL and folded[match.start].startswith("ל"):
        return True
    if not _EVERYWHERE.isdisjoint(folded[match.end :]):
        return False
    taken_off = any(not _TAKES_OFF.isdisjoint(tags) for tags in said.tags[match.start : match.end])
    if not taken_off or not {"{me}", "{number}"} & said.tags[match.end - 1]:
        return False
    place = next((each for each in range(match.end, len(folded)) if folded[each] not in ADVERBS), len(folded))
    after = folded[place] if place < len(folded) else ""
    return (
        after[:1] in ("מ", "ב", "ל")
        and len(after) > 2
        and "{off_list}" not in said.tags[place]
        and after not in _OFF_OK
    )
