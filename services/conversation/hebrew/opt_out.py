"""Finds an instruction never to be called again. Deterministic, and nothing may overrule it.

An opt-out is an instruction about contact: a verb of removing with us or our list as its object, an end to the calls, a
refusal of permission, a threat. A time makes it a callback instead ("אל תתקשר לפני עשר"), another channel or another
number a preference ("אל תתקשרו, תשלחו מייל").
"""

from enum import Enum

from services.conversation.hebrew.phrasebook import Match, Phrasebook, Utterance, utterance
from services.conversation.hebrew.words import word_set


class _Kind(Enum):
    """How far what stands around a phrase can change what it means."""

    FINAL = "final"
    REMOVAL = "removal"
    """Unless one is to be taken off something else, or is not to be taken off."""
    CONTACT = "contact"
    """Unless a time or another way is named."""


_ROWS = (
    (
        _Kind.REMOVAL,
        1.0,
        """
        {strike} {me}
        {strike} {me} ... {off_list}
        {strike} {off_list}
        {strike} את? עצמי|עצמנו
        איך {i}? . יוצא|יוצאת|יוצאים|יורד|יורדת|יורדים . {off_list}
        לא . מוכן|מוכנה|מוכנים|מסכים|מסכימה|מאשר|מאשרת . לקבל . {calls}|טלפונים|שיחה|דיוור|פרסומות
        לתבוע . אתכם|אותך|אתכן
        אתבע|תובע|תובעת . אתכם|אותך|אתכן
        {strike} לי? את? {me}|{number}|השם ... {off_list}
        {strike} .. {number}|מידע|המידע|הנתונים .. עליי|עלי|עלינו
        {striking} {me} ... {off_list}
        איך . {striking} {me}|את? {number}? {mine}|שלי? {off_list}
        {strike} את? {number} {mine}|הזה|מ
        {strike} את? המספר|הטלפון|מספר|מספרי|הנייד
        {strike} את הפרטים|הנתונים|המידע . $
        {strike} את? פרטי|פרטינו|מספרי|מספרנו|שמי
        {number} {mine}? . יימחק|ימחק|יוסר|יורד|נמחק
        נא|אנא|בבקשה|אבקש|נבקש|מבקש|מבקשת . להסיר|הסרה|למחוק|להוריד $
        בקשת|בקשה . להסרה|הסרה
        {strike} את? {firm} {mine}
        {strike} {to_me} את? {number}
        {block} את? {number} {mine}|$
        {block} את {number}
        {block} {me}|אתכם|אותך|אתכן
        {block} ממני|מאיתנו|מאתנו|מהמספר|שהמספר|מקיומי|שאני
        {cancel} . את? רישום~|הרשמה~
        {leave} {off_list}
        לא {want}|{interested} . להיות ברשימה|ברשימות|במאגר|במאגרים|ברשימת|ברשימתכם|במערכת
        כמה אפשר .. {contact}
        {stop_it} {contact}|{calling} !{me}|{material}|עם|על
        {stop_it} {contact}|{calling} {me} !עם|על
        {stop_it} {at_me} {contact}
        נמאס|נמאסתם|מספיק|די {at_me}? . שאתם|שאת|שאתה|שמתקשרים|שתתקשרו|שמצלצלים .
        לא לקבל . {calls}|טלפונים .. {ever}|ממכם|מכם
        לא לקבל . {calls}|טלפונים $
        לא . נתתי .. {number} ... {strike}
        {stop_it} . {to_me}? . עם|את {calls}
        {stop_it} {calls}
        {stop_it} {to_me}? . מהשיחות|מהטלפונים|מההטרדות|ממכם|מכם|מהצלצולים|מההודעות
        {calling} ... {cease}
        {calling} ... די|מספיק|נמאס|חלאס $
        עד מתי .. {contact}|{calling}
        ^ {cease} !{to}|שנייה|רגע|דקה|לרגע|לשנייה|עם|את|לעבוד|לדבר
        {cease} !רגע|שנייה|לרגע|לשנייה $
        {cease} כבר|בבקשה|מיד|מייד|לאלתר
        {i} .. {cease}
        הסרה $
        ^ הסרה~ .
        בקשה|בקשת|מבקש|מבקשת|רוצה|רוצים . הסרה
        הסרה {off_list}
    """,
    ),
    (
        _Kind.CONTACT,
        1.0,
        """
        אל|שלא|אסור !תשכח|תשכחי|תשכחו|תהסס|תהססי|תהססו|תפסיק|תפסיקו .. {contact} !אתכם|אותך|אתכן
        לא {contact} !אתכם|אותך|אתכן
        אם|ו {contact}|{calling} {at_me}? . שוב|עודפעם|עוד ..
        אם|ו {you} . {calling}|תתקשרו|תתקשר {at_me}? . שוב|עוד
        אל|שלא|לא תשלח|תשלחי|תשלחו|ישלחו .. {calls}|כלום|דברים|פרסומות|מיילים|שוםדבר .. {ever}
        אל|שלא|לא תשלח|תשלחי|תשלחו .. {ever}
        נא|אנא|בבקשה לא {contact}
        לא {want}|{interested} . {contact}|שתתקשר|שתתקשרו|שיתקשרו !אתכם|אותך|אתכן|לכם|לך|לכן
        לא מתקשרים|מצלצלים|פונים . {at_me} .. {ever}
    """,
    ),
    (
        _Kind.FINAL,
        1.0,
        """
        ^ הסר|הסירו|הסירי|תסיר|תסירו|תסירי|להסיר|remove|unsubscribe|stop $
        הסר|הסירו|הסירי|תסיר|תסירו|תסירי {off_list}|בבקשה|נא
        שלא|לא אשמע|נשמע מכם|ממכם|ממך .. {ever}
        לא {want}|{interested} . לשמוע מכם|ממכם|ממך
        לא {want}|{interested} . לקבל .. {calls}|טלפונים|פניות|הודעות|כלום
        לא {want}|{interested} .. שיחות~|טלפונים~|פניות~|הטרדות|התקשרויות|צלצולים
        אין לכם|לך .. {permission} .. {contact}|{calls}|להחזיק|לשמור|להשתמש|אליי|לפה
        אין לכם|לך . {permission} ממני|ממנו|מאיתנו|שלי|שלנו
        אין לכם|לך . {permission} $
        לא . אישרתי|הרשיתי|הסכמתי|אישרנו|הסכמנו .. {contact}|{calls}|שתתקשרו|שיתקשרו|לקבל|לכם|לזה
        לא . נתתי|נתנו .. אישור|רשות|הסכמה
        לא . אישרתי|הסכמתי|ביקשתי|הרשיתי|אישרנו|הסכמנו|ביקשנו .. דיוור|פרסום|פרסומת|פרסומות|שיווק|טלפונים|טלפון|פניות|שיחה|דברים
        חסום|חסומה|מנוע|מוגן|סגור|חסומים . לשיווק|לדיוור|לפרסום|לפרסומות|לשיחות|לטלמרקטינג|לפניות|משיחות|משיווק
        לא . מאשר|מאשרת|מאשרים|מרשה|מסכים|מסכימה .. {contact}|{calls}|שתתקשרו|שיתקשרו|שתתקשר
        ללא|בלי {permission} {mine}|שלי|ממני
        לא . ביקשתי|ביקשנו . {contact}|שתתקשרו|שיתקשרו|לקבל
        {i} .. אתבע|נתבע|אתלונן|נתלונן|אדווח|נדווח !את|אצל|ל|לך|לכם|לבוס|למנהל
        אתבע|נתבע|אדווח . את|על . שלכם
        אתבע|נתבע|אתלונן|אדווח אתכם|אותך|אתכן|עליכם|עלייך|עליך|על|במשטרה|לרשות
        תובע|תובעת|מתלונן|מתלוננת|מדווח|מדווחת אתכם|אותך|עליכם|עלייך|עליך|למשטרה|לרשות
        מגיש|מגישה|אגיש|נגיש|הגשתי|אפתח|פותח|נפתח . {complaint} !נגד|על|ל|של|בשם
        {complaint} נגד|על .. שלכם|אתכם|אתכן
        {complaint} . במשטרה|למשטרה
        כל . זמן~|יום|שבוע|היום|רגע|שעה . {you} {calling} תעזבו|תעזוב|תעזבי|עזבו|די|מספיק|נמאס
        פונה|אפנה|נפנה|אלך|הולך|הולכת|אתקשר|אזמין . למשטרה|משטרה|להגנת|לצרכנות|לפיקוח|לעורך|לעורכדין|לעורךדין|לבית|לביתמשפט|לרשות|לתביעה
        עורךדין~ {mine} .
        {i}|אז . מתלונן|מתלוננת|אתלונן|נתלונן|תובע|תובעת !את|אצל|ל|על
        לרשימה|ברשימה שחורה~|חסומים~
        נתראה|ניפגש בביתמשפט|בית
        {this} . {nuisance}
        {you} . {nuisance}
        {you} .. מטריד|מטרידה|מטרידים|מטרידות|ספאמרים|הטרדתם|מטרידנים
        הטרדה $
        ^ {nuisance} $
        כלא|ללא {contact}
        הסרתי|הורדתי|מחקתי|יצאתי|ירדתי . את? עצמי|אותי|המספר {off_list}
        מטריד|מטרידה|מטרידים {me}
        איזו|ממש {nuisance}
        {contact} {at_me}? . שוב|עוד פעם|אחת? .. ואני|אני .. {complaint}|אתבע|אחסום
        פעם|הפעם|שיחה|השיחה אחרונה|האחרונה . שאתם|שאת|שאתה|שמתקשרים|תתקשרו|שתתקשרו
        {i}|המספר . רשום|רשומה|רשומים|חסום|נרשמתי|נרשמנו .. מאגר~|רשימה~|רשימת~|הגבלת~|הגבלה~
        ברשימת|במאגר . אל
        {i} .. ברשימה|במאגר . אל|שחורה|חסומים|השחורה|החסומים|הגבלת|להגבלת
        stop calling|call
        do|dont|don not|t? call
        opt out
        take me off
        remove me|my
        {never} {contact}
        אני אחסום|חוסם|חוסמת
        תחזיר|תחזירו . את? המספר
    """,
    ),
)

_BOOK = Phrasebook(_ROWS)
_FOREVER = word_set("לעולם לעולמים אףפעם בחיים לתמיד לצמיתות בכלל")
_TIMES = word_set(
    "עכשיו כרגע כעת היום מחר מחרתיים הערב הלילה הבוקר בשבת בשישי בבוקר בערב בלילה בצהריים בצוהריים מאוחר"
    ' מוקדם בשעות בשעה ביום באמצע השבוע בשבוע החודש בזמן בראשון בשני בשלישי ברביעי בחמישי בימי בסופ"ש'
    " בסוף בחג בחגים בין כש כשאני בשעת בעשר בתשע בשמונה בשבע בשש בחמש בארבע בשלוש בשתיים באחת שבת בצהרי במקביל מחסוי עדיין עדין"
)
_BOUNDS = word_set("לפני אחרי עד מ אחר")
_NO_TIME_AFTER_BOUND = word_set("מה זה ש שאמרתי שביקשתי הכל הכול כל")
_WAYS = word_set(
    "תתקשר(|י|ו) תצלצל(|י|ו) תחזור תחזר(י|ו) תשלח(|י|ו) שלח(ו|י) תכתב(ו|י) תכתוב תסמס(|ו|י) תנס(ה|ו|י)"
    " תפנ(ה|ו|י) תדבר(ו|י) דבר(ו|י)"
)
_MYSELF = word_set("אתקשר נתקשר אחזור נחזור אצור ניצור אפנה אצלצל")
"""Who will call instead."""
_FROM = word_set("מהמספר ממספר מנייד מחסוי מהנייד")
_IF = word_set("אם שאם ואם אל לא שלא כש מי")
_BEFORE_REMOVAL = word_set("אל ואל")
_NO_REMOVAL = word_set("לא אין בלי")
_UNWANTED = word_set("רוצ(ה|ים) ביקש(תי|נו) אמר(תי|נו) צריך צריכ(ה|ים) חייב(|ים|ת) התכוונתי מתכוון")
_TAKES_OFF = frozenset(("{strike}", "{striking}", "{block}"))
_STAYS = word_set("על אחורה אחרי מהר")
_OFF_OK = word_set(
    "מכאן מפה מכם מאצלכם ממכם מיד מייד מהכל מהכול מזה ממש מספיק מעכשיו מהיום בבקשה לתמיד לעולם לצמיתות"
    " בחיים בדחיפות לאלתר לגמרי ביי להתראות תודה לא מ מיידית בהקדם מכל ב ל למה מה מאתמול ביקשתי במערכת אצלכם"
)


def opt_out(text: str) -> str | None:
    """The words that prove an opt-out, or None."""
    return find(utterance(text))


def find(said: Utterance) -> str | None:
    """The same for an utterance that is ready for the search."""
    for kind, _, match in _BOOK.search(said):
        if kind is _Kind.CONTACT and _is_bounded(said, match):
            continue
        if kind is _Kind.REMOVAL and _is_other_removal(said, match):
            continue
        return said.phrase(match)
    return None


def _is_bounded(said: Utterance, match: Match) -> bool:
    """Whether the words around an "אל תתקשרו" say when or how instead."""
    folded = [word.folded for word in said.words]
    if not _FOREVER.isdisjoint(folded) or ["גם", "לא"] in (
        folded[index : index + 2] for index in range(match.end, len(folded))
    ):
        return False
    after = folded[match.end : match.end + 4]
    if after[:1] and after[0] in _STAYS and (len(after) < 2 or after[0] != "אחרי"):
        return True
    around = folded[max(0, match.start - 2) : match.start] + after
    if not _TIMES.isdisjoint(around) or not _MYSELF.isdisjoint(folded[match.end :]) or not _FROM.isdisjoint(after):
        return True
    for index, word in enumerate(around[:-1]):
        if word in _BOUNDS and around[index + 1] not in _NO_TIME_AFTER_BOUND:
            return True
    rest = folded[match.end :]
    for index, word in enumerate(rest):
        before = rest[index - 1] if index else ""
        if word in _WAYS and before not in _IF:
            return True
    return False


def _is_other_removal(said: Utterance, match: Match) -> bool:
    """Whether one is to be taken off something that is no list, or is not to be taken off at all."""
    folded = [word.folded for word in said.words]
    before = folded[max(0, match.start - 2) : match.start]
    unwanted = before and before[-1] in _UNWANTED and before[0] in _NO_REMOVAL
    if before and (before[-1] in _BEFORE_REMOVAL or (unwanted and folded[match.start].startswith(("ל", "ש")))):
        return True
    if before and before[-1] in _NO_REMOVAL and folded[match.start].startswith("ל"):
        return True
    taken_off = any(not _TAKES_OFF.isdisjoint(tags) for tags in said.tags[match.start : match.end])
    if not taken_off or not {"{me}", "{number}"} & said.tags[match.end - 1]:
        return False
    after = folded[match.end] if match.end < len(folded) else ""
    return (
        after[:1] in ("מ", "ב", "ל")
        and len(after) > 2
        and "{off_list}" not in said.tags[match.end]
        and after not in _OFF_OK
    )
