"""How far an instruction about contact reaches: the words around it may give a time, another way or another object."""

from functools import cached_property
from itertools import pairwise

from services.conversation.hebrew.lexicon import ADVERBS
from services.conversation.hebrew.phrasebook import Match, Utterance
from services.conversation.hebrew.words import word_set

_NO_MORE = word_set("יותר שוב עוד")
_FOREVER = word_set("לעולם לעולמים אףפעם בחיים לתמיד לצמיתות בכלל ובכלל איפעם")
_TIMES = word_set(
    "לפחות בכיפור בתקופת בשנת עכשיו כרגע כעת היום מחר מחרתיים הערב הלילה הבוקר בשבת בשישי בבוקר בערב בלילה בצהריים בצוהריים מאוחר"
    ' מוקדם בשעות בשעה ביום באמצע השבוע בשבוע החודש בזמן בראשון בשני בשלישי ברביעי בחמישי בימי בסופ"ש'
    " בסוף בחג בחגים בין כש כשאני בשעת בעשר בתשע בשמונה בשבע בשש בחמש בארבע בשלוש בשתיים באחת שבת בצהרי במקביל מחסוי עדיין עדין"
    " בחודש בשנה בתקופה הקרוב הקרובה הקרובים בזמנים בהפסקה בעוד ברגע בתשעה ברצף בבית הביתי הקווי במוצאי מפעם מפעמיים משלוש בחול בפסח בסוכות ברמדאן בצום בקיץ בחופש בחנוכה בלילות בשבתות בבקרים בערבים בשעתיים בתשיעי במהלך"
)
_BOUNDS = word_set("תוך לפני אחרי עד מ אחר")
_NO_TIME_AFTER_BOUND = word_set("מתי כאן פה עכשיו היום מה זה ש שאמרתי שביקשתי הכל הכול כל")
_WAYS = word_set(
    "תתקשר(|י|ו) תצלצל(|י|ו) תחזור תחזר(י|ו) תשלח(|י|ו) שלח(|ו|י) תכתב(ו|י) תכתוב תסמס(|ו|י) תנס(ה|ו|י)"
    " תפנ(ה|ו|י) תדבר(ו|י) דבר(ו|י)"
)
_WRITING = _WAYS - word_set(
    "תתקשר(|י|ו) תצלצל(|י|ו) תחזור תחזר(י|ו) תנס(ה|ו|י) תדבר(ו|י) דבר(ו|י) תפנ(ה|ו|י)"
) | word_set("לשלוח לכתוב לסמס סמס(ו|י) כתב(ו|י) בכתב בהודעה בהודעות בסמס דרכי דרכנו")
"""Another way than to call, whether it is named before or after."""
_PROOF = word_set("אישור הוכחה הסרה מחיקה")
_MYSELF = word_set("אתקשר נתקשר אחזור נחזור אצור ניצור אפנה אצלצל")
"""Who will call instead."""
_FROM = word_set("חסוי מהמספר ממספר מנייד מחסוי מהנייד")
_NUMBER = word_set("מספר למספר טלפון נייד")
_SAID = word_set("אמרתי ביקשתי אמרנו ביקשנו")
_IF = word_set("אם שאם ואם אל ואל ולא לא שלא כש מי או מ")
_BEFORE_REMOVAL = word_set("אל ואל")
_NO_REMOVAL = word_set("לא אין בלי")
_OTHERS = word_set(
    "אומרים שמבקש מישהו לקוחות הלקוחות הלקוח אנשים מבקשים מכבדים מטפלים כשלקוח שלקוח כשמישהו כשאנשים שאנשים"
)
"""Who is spoken of in a question about how we treat such requests."""
_CUSTOMERS = word_set("לקוחות ללקוחות הלקוחות לידים ללידים")
"""Whom the caller's own firm calls."""
_KIN = frozenset(("{relative}", "{kin}", "~לקוחות", "~אנשים"))
_HOUSES = frozenset(("{firm}", "{office}", "{institution}"))
_UNWANTED = word_set("רוצ(ה|ים) ביקש(תי|נו) אמר(תי|נו) צריך צריכ(ה|ים) חייב(|ים|ת) התכוונתי מתכוון")
_NOBODY_ASKED = (["מי", "ביקש"], ["מי", "אמר"])
_TAKES_OFF = frozenset(("{strike}", "{striking}", "{block}"))
_ON_WITH_IT = word_set("דבר(|י|ו) תמשיכ(י|ו) תמשיך המשך תגיד(|י|ו) ספר(|י|ו) תספר(|י|ו)")
_RENEWED = word_set("החדש החדשה הישן הישנה הקודם תרשום תרשמ(ו|י) תעדכנ(ו|י) תעדכן חדש חדשה ישן קודם")
"""What is put in the place of what was removed."""
_EVERYWHERE = word_set("מהכל מהכול ומהכל ומהכול מכל")
_ABSENT = word_set("בפגישה בישיבה עסוק עסוקה ישן ישנה בשיחה")
_PARTS = word_set("בשבת בשבתות בבוקר בבקרים בערב בערבים בלילה בלילות בצהריים בשישי בימי לפני אחרי מוקדם מאוחר")
"""A part of the time: the calls may go on in the rest of it."""
_OFFER = word_set("הקלטה רובוט בוט מחשב מכונה שאלות מחיר מחירים הצעה הצעות תשובה")
_ANYHOW = (["אפשר"], ["לא"])
"""After an "if" that makes no condition: אל תתקשרו אם אפשר, אם לא ביקשתי."""
_PRESSING = word_set("דחוף חשוב הכרחי")
_ONLY = frozenset(("רק", "אלא"))
_ANY_OTHER = frozenset((("גם", "לא"), ("או", "מכל")))
_REGISTER = word_set("מאגר רשימת למאגר")
"""Before the name of the register itself: יש לכם מאגר אל תתקשרו?"""
_STAYS = word_set("בלשון בשם בגוף בפעמון בדלת באינטרקום דואר פקס שליח מכתב על אחורה מהר פעמיים בלי יומיים")
"""What goes on as a manner of calling or as another verb: אל תחזור על זה, אל תתקשרו פעמיים."""
_OF_A_DAY = word_set("היום מחר השבוע הבוקר הערב")
"""A list of today is no list of all: תורידו אותי מהרשימה של היום."""
_OTHER_LISTS = word_set("המתנה ההמתנה קניות הקניות ספקים הספקים מוזמנים המוזמנים אורחים האורחים")
_PRESS = word_set("הקישו הקש הקישי תקישו לחצו")
"""Of a machine that says what to press."""
_OFF_OK = word_set(
    "מכאן מפה מכם מאצלכם ממכם מיד מייד מהכל מהכול מזה ממש מספיק מעכשיו מהיום בבקשה לתמיד לעולם לצמיתות"
    " בחיים בדחיפות לאלתר לגמרי ביי להתראות תודה לא מ מיידית בהקדם מכל ב ל למה מה מאתמול ביקשתי במערכת אצלכם"
    " לפי להבא"
)


class Scope:
    """The words before, in and after an instruction that was found in an utterance."""

    def __init__(self, said: Utterance, match: Match) -> None:
        self._said = said
        self._match = match
        folded = [word.folded for word in said.words]
        self._before = folded[: match.start]
        self._inside = folded[match.start : match.end]
        self._after = folded[match.end :]

    def is_bounded(self) -> bool:
        """Whether it is said when, how or by whom we may not call, rather than that we may not: אל תתקשרו בשבת."""
        if self._is_forever or self._is_every_time or self._is_no_more:
            return False
        return (
            self._is_for_an_absence
            or self._is_about_others
            or self._is_for_somebody_else
            or self._was_not_said
            or self._has_a_manner
            or self._has_a_condition
            or self._names_the_register
            or self._names_a_time
            or self._names_a_number
            or self._names_a_way
        )

    def is_taken_back(self) -> bool:
        """Whether an "on with it" follows: לא זוכר שנתתי אישור, אבל בסדר, דברי."""
        if "אבל" not in self._after:
            return False
        then = self._after[self._after.index("אבל") + 1 :]
        return then in (["בסדר"], ["סבבה"]) or (then[:1] != ["לא"] and not _ON_WITH_IT.isdisjoint(then[-2:]))

    def is_for_a_time(self) -> bool:
        """Whether calls are to end only at a time, or in favour of another way: תפסיקו להתקשר בשבת."""
        last = self._match.end - 1
        if {"{contact}", "{calls}"}.isdisjoint(self._said.tags[last]) or self._inside[-1] == "לרדוף":
            return False
        if not _FOREVER.isdisjoint(self._after):
            return False
        if any(word == "עד" and then not in _NO_TIME_AFTER_BOUND for word, then in pairwise(self._after)):
            return True
        return not _PARTS.isdisjoint(self._manner[:1]) or self._names_a_way

    def is_of_something_else(self) -> bool:
        """Whether one is to be taken off something that is no list, or is not to be taken off at all."""
        first = self._inside[0]
        if self._is_about_others or self._was_not_said or "בשם" in self._inside:
            return True
        if (
            self._is_for_somebody_else
            or not _OTHER_LISTS.isdisjoint(self._after[:1])
            or any(first == "של" and then in _OF_A_DAY for first, then in pairwise(self._after[:3]))
            or not _PRESS.isdisjoint(self._after)
        ):
            return True
        if (self._after[:1] in (["אצל"], ["של"]) and not self._is_of_theirs) or not _RENEWED.isdisjoint(self._after):
            return True
        before = self._before[-2:]
        if before and before[-1] in _BEFORE_REMOVAL:
            return True
        if before and before[-1] in _NO_REMOVAL and first.startswith("ל"):
            return True
        unwanted = before and before[-1] in _UNWANTED and before[0] in _NO_REMOVAL
        if (unwanted or before in _NOBODY_ASKED) and first.startswith(("ל", "ש")):
            return True
        return _EVERYWHERE.isdisjoint(self._after) and self._is_off_a_place

    @property
    def _is_of_theirs(self) -> bool:
        """Whether the number is of the caller's family, or of the house they speak for: של בעלי, של הישיבה."""
        tags = frozenset[str]().union(*self._said.tags[self._match.end + 1 :][:1])
        if not {"{relative}", "{kin}"}.isdisjoint(tags):
            return True
        kept = any("{keep}" in each for each in self._said.tags[self._match.end :])
        goes_on = not _WAYS.isdisjoint(word.removeprefix("ו") for word in self._after)
        return not (_HOUSES.isdisjoint(tags) or goes_on or kept)

    @property
    def _is_forever(self) -> bool:
        return not _FOREVER.isdisjoint([*self._before, *self._inside, *self._after])

    @property
    def _is_every_time(self) -> bool:
        """Whether one time or way after the other is refused: לא מחר ולא מחרתיים, גם לא במייל."""
        if not _ANY_OTHER.isdisjoint(pairwise(self._after)) or "גם" in self._before[-3:]:
            return True
        return "לא" in self._after and "ולא" in self._after

    @property
    def _is_no_more(self) -> bool:
        """Whether "יותר" or "שוב" ends it, rather than beginning a time or a measure: לא יותר מאוחר, יותר היום."""
        near = [*self._inside, *self._after[:3]]
        for place, word in enumerate(near):
            if place >= len(self._inside) and word in _WAYS:
                return False
            if word in _NO_MORE and near[place - 1 : place] != ["כל"]:
                then = [*self._inside, *self._after][place + 1 : place + 3]
                return _TIMES.isdisjoint(then) and _BOUNDS.isdisjoint(then) and "מדי" not in then
        return False

    @property
    def _is_for_an_absence(self) -> bool:
        """Whether somebody must not be disturbed: הוא בישיבה, לא להפריע."""
        if self._inside[-1] != "להפריע":
            return False
        return not _ABSENT.isdisjoint(self._before[-2:]) or self._after[:1] in (["לו"], ["לה"])

    @property
    def _is_about_others(self) -> bool:
        """Whether it is told or asked what others say or do: לקוחות שמבקשים להסיר אותם, כדי שלא יתקשרו סתם."""
        if self._before[-1:] == ["כדי"] and self._inside[0].startswith("ש"):
            return True
        return not _OTHERS.isdisjoint(self._before[-4:]) or not _CUSTOMERS.isdisjoint(self._after[:1])

    @property
    def _is_for_somebody_else(self) -> bool:
        """Whether somebody else is not to be bothered: אל תציק לאחותך."""
        if not self._after or not self._after[0].startswith("ל"):
            return False
        return not _KIN.isdisjoint(self._said.tags[self._match.end])

    @property
    def _was_not_said(self) -> bool:
        """Whether it is told that nobody said so: לא אמרתי שלא תתקשרו."""
        return any(first == "לא" and then in _SAID for first, then in pairwise(self._before[-4:]))

    @cached_property
    def _manner(self) -> list[str]:
        """What follows, without "to me"."""
        to_me = bool(self._after) and "{at_me}" in self._said.tags[self._match.end]
        return self._after[to_me:]

    @property
    def _has_a_manner(self) -> bool:
        """Whether it is said how we are not to call: אל תתקשרו פעמיים."""
        return not _STAYS.isdisjoint(self._manner[:1]) or "פעמים" in self._manner[:2] or "מדי" in self._manner[:1]

    @property
    def _has_a_condition(self) -> bool:
        """Whether it holds only with or without something: אל תתקשרו אם אין לכם מחיר, אל תחזרו עם הצעה."""
        manner = self._manner[:2]
        if manner[:1] == ["אם"]:
            return manner[1:] not in _ANYHOW or not _PRESSING.isdisjoint(self._manner[2:3])
        return manner[:1] == ["עם"] and not _OFFER.isdisjoint(manner)

    @property
    def _names_the_register(self) -> bool:
        """Whether the words are the name of the register: אני לא ברשימת אל תתקשרו."""
        if not _REGISTER.isdisjoint(self._before[-1:]):
            return True
        return self._before[-2:] in (["לא", "ברשימת"], ["לא", "במאגר"])

    @property
    def _names_a_time(self) -> bool:
        before, after = self._before[-2:], self._after[:4]
        if ("כל", "עוד") in pairwise(after) or self._after[-1:] == ["לפני"]:  # as long as
            return True
        if any(word == "עד" and then not in _NO_TIME_AFTER_BOUND for word, then in pairwise(self._before)):
            return True
        if not _TIMES.isdisjoint([*before, *self._inside, *after]):
            return True
        if not _BOUNDS.isdisjoint(before[:1]) and self._before[-3:-2] not in (["אני"], ["אנחנו"]):
            return True
        return any(word in _BOUNDS and then not in _NO_TIME_AFTER_BOUND for word, then in pairwise(self._after))

    @property
    def _names_a_number(self) -> bool:
        """Whether it is said from or to which number we are not to call."""
        if not _FROM.isdisjoint(self._after[:4]):
            return True
        return any(word in _NUMBER and then == "אחר" for word, then in pairwise(self._after))

    @property
    def _names_a_way(self) -> bool:
        """Whether it is said what to do instead, or who will call: תשלחו מייל, רק בוואטסאפ, אני אתקשר."""
        if not _MYSELF.isdisjoint(self._after):
            return True
        if not _MYSELF.isdisjoint(self._before[-3:]) and _IF.isdisjoint(self._before):  # אני אחזור אליכם, אל תתקשרו
            return True
        if (
            not _WRITING.isdisjoint(self._before[-4:])
            and _IF.isdisjoint(self._before)
            and _PROOF.isdisjoint(self._before)
        ):
            return True
        followed = pairwise(["", *(word.removeprefix("ו") for word in self._after)])
        if not _PROOF.isdisjoint(self._after):
            return False
        return any((word in _WAYS | _WRITING and last not in _IF) or last in _ONLY for last, word in followed)

    @property
    def _is_off_a_place(self) -> bool:
        """Whether what follows is no list: תורידו אותי בתחנה."""
        start, end = self._match
        taken_off = any(not _TAKES_OFF.isdisjoint(tags) for tags in self._said.tags[start:end])
        if not taken_off or {"{me}", "{number}"}.isdisjoint(self._said.tags[end - 1]):
            return False
        if self._after[:1] == ["לפני"] and any("{time_word}" in tags for tags in self._said.tags[end + 1 : end + 2]):
            return False  # ביקשתי שתורידו אותי לפני חודש
        for tags, word in zip(self._said.tags[end:], self._after, strict=True):
            if word not in ADVERBS:
                return word[0] in "מבל" and len(word) > 2 and "{off_list}" not in tags and word not in _OFF_OK
        return False
