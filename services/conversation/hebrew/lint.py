"""Finds what is wrong with a sentence before a caller hears it.

Hebrew has no neutral "you": לך, תרצה and מעוניין are spoken as a man's or a woman's. Until the lead's own words have
told their gender, a sentence addresses the company (אתם, אצלכם) or nobody (אפשר, כדאי).
"""

import re
from functools import lru_cache
from typing import Literal

from contracts.reasons import said
from services.conversation.hebrew.words import fold, plain, word_set

MOST_SENTENCES = 2
MOST_WORDS = 24
"""In one sentence."""

_SENTENCES = re.compile(r"[.!?…]+(?:\s|$)")
_BEFORE_ENDING = re.compile(r"[/(.][א-ת]")
"""In whatever `_SLASH` finds: a look costs a tenth of it."""
_SLASH = re.compile(r"[א-ת]+/[א-ת]+|[א-ת]+\([א-ת]{1,2}\)|[א-ת]{3,}\.(?:ה|ת|י|ית|ות|ים)(?![א-ת])")
_VOWELS = re.compile(r"[\u05b0-\u05bc\u05c1\u05c2\u05c7]")
_WORD = re.compile(r"[א-ת\u0591-\u05c7]+(?:[\"'][א-ת]+)?")
_EITHER = word_set(
    "לך שלך אותך איתך אתך אליך עליך בשבילך ממך אצלך עבורך לידך בלעדיך כמוך אמרת רצית ביקשת שמעת קיבלת"
    " ראית השארת פנית התעניינת נרשמת היית שאלת חשבת סיפרת הזכרת מילאת לחצת שלחת קבעת דיברת הסכמת ענית הגעת נתת"
    " התקשרת אישרת כתבת החלטת בדקת ניסית הכרת ידעת בחרת הצטרפת הורדת הזמנת עבדת חזרת אמרת קנית שילמת הבנת התכוונת"
)
"""Written alike for a man and a woman, and spoken differently."""
_MASCULINE = word_set("אתה תן בוא קח חכה שים מעוניין פנוי מוכן עסוק מוזמן זמין בטוח אליך עליך")
_MASCULINE_FUTURE = word_set(
    "תרצה תוכל תגיד תשמע תדע תעדיף תחליט תבחר תרשום תאשר תסביר תצטרך תחזור תשאל תספר תענה תרגיש תחשוב תשלח תקבע"
    " תכתוב תבדוק תתקשר תדבר תמשיך תיקח תשים תכניס תגיע תכיר תנסה תחכה תשמור תשקול תמצא תאמר תבוא תצטרף תשתמש תעשה"
    " תסכים תסלח תהיה תדאג תסתכל תתחיל תגדיר תכין תזמין תפתח תסגור תקרא תעבור תפנה תעזור תתאר תאמין תסמן תוסיף תבטל"
    " תשנה תדחה תצליח תרוויח תחסוך תקנה תשלם תחתום תצפה תתרשם תתפנה תצא תלך תסיים תלמד תנהל תמלא תחתום תאשר תמליץ"
    " תזכור תבין תקבל תראה תתן תיתן תעביר תודיע תפרט תזכיר תציע תשתף"
)
"""Said to a man, and of a woman or a thing: הנציגה תחזור."""
_IMPERATIVES = word_set("ספר שלח כתוב דבר רשום אמור הגד תאר הסבר שתף הקשב")
_TO_ME = word_set("לי לנו איתי אותי אליי אלי")
_FEMININE = word_set(
    "תרצי תוכלי תגידי תשמעי תדעי תעדיפי תחליטי תבחרי תרשמי תאשרי תסבירי תצטרכי תחזרי תשאלי תספרי תעני"
    " תרגישי תחשבי תני בואי קחי חכי שימי מעוניינת פנויה מוכנה עסוקה מוזמנת זמינה בטוחה אלייך עלייך שלחי דברי ספרי כתבי אמרי"
    " המתיני"
)
_ADDRESSING = frozenset(("", "את", "אתה", "האם", "אם", "ואם"))
"""What stands before an adjective that is said of the one spoken to; nothing, at the beginning."""
_WANTING = word_set("רוצה מעדיף מעדיפה מחפש מחפשת")
"""At the beginning of a sentence they ask the one spoken to: רוצה לשמוע עוד?"""
_ADDRESSING_WORDS = (
    _MASCULINE | _MASCULINE_FUTURE | _FEMININE | _EITHER | _IMPERATIVES | _WANTING | {"ברוך", "ברוכה", "את"}
)
_YOURS = re.compile(
    r"[א-ת]{2,}תך|[ובלמהש]{0,2}(?:שמך|זמנך|עסקך|משרדך|צורכך|רצונך|יומנך|מספרך|צוותך|עניינך|כבודך|קולך|דרכך|מקומך|מנהלך|צדך)"
    r"|(?![א-ת]*(?:תאריך|צריך|משיך|עריך|אריך|דריך|ליך|סמיך)$)[א-ת]{3,}יך"
)
"""Something of the one spoken to: דעתך, זמנך, צרכיך."""
_PAST = re.compile(r"שה[א-ת]{2,4}(?<![וי])ת")
"""Something the one spoken to did: תודה שהקדשת."""
_AFTER_VERBS = word_set("את לי לנו על עם אלי אלינו זמן פרטים היום אתמול")
_BESIDE = word_set("שלנו שלכם גם לא עוד רק כבר בטח")
"""May stand between a subject and its verb."""
_ADJECTIVES = word_set("מעוניין פנוי מוכן עסוק מוזמן זמין בטוח מעוניינת פנויה מוכנה עסוקה מוזמנת זמינה בטוחה")
_FEMININE_FUTURE = re.compile(r"ת[א-ת]{2,6}י")
_NO_FUTURE = word_set(
    "תנאי תמידי תקציבי תוכי תורני תיאורטי תעשייתי תלמידי תפקידי תושבי תחומי תהליכי תנאי תשובותי תאריכי"
    " תוך תל תחנת תשלומי תיקי תודתי תלוי תלושי תוצרי תכשירי תרגילי תסריטי תחביבי תעודתי תפריטי תדריכי תקנוני תעריפי"
)
_PARTICIPLES = word_set(
    "רוצה יכול יכולה צריך צריכה מעוניין מעוניינת פנוי פנויה שומע שומעת מחפש מחפשת מעדיף מעדיפה עובד עובדת מוכן מוכנה"
    " אומרת חושבת מבינה מכירה יודעת עושה משתמשת מתעניינת זוכרת מגיעה בטוחה מנהלת זמינה עסוקה מוזמנת נמצאת"
)
_ASKING = word_set("מה איך מתי אם האם איפה למה כמה ואם")
_HAPPENS = word_set("תגיע תהיה תתקיים תתחיל תעבור תצא תבוא תימשך תסתיים תחזור")
"""What a thing does as well, told after it: תגיע תשובה."""
_HER = word_set("נועה דנה שירה מאיה מיכל יעל רחל שרה תמר הילה קרן ענת אורית רותי רונית ליאת מורן")


def lint(sentence: str, lead_gender: Literal["m", "f"] | str | None = None) -> list[str]:
    """What is wrong with a sentence, each in words; nothing if it may be spoken.

    `lead_gender` is "m" or "f" if it was learned from the lead's own words.
    """
    slashes = _SLASH.findall(sentence) if _BEFORE_ENDING.search(sentence) else ()
    problems = [said("slash", word=match) for match in slashes]
    sentences = [part for part in _SENTENCES.split(sentence.strip()) if part.strip()]
    if len(sentences) > MOST_SENTENCES:
        problems.append(said("sentences_too_many", count=len(sentences), most=MOST_SENTENCES))
    lengths = [len(part.split()) for part in sentences]
    problems += [said("sentence_too_long", count=length, most=MOST_WORDS) for length in lengths if length > MOST_WORDS]
    words = _WORD.findall(sentence)
    if _VOWELS.search(sentence):
        problems += [said("vowel_points", word=word) for word in words if _needless(word, lead_gender)]
    return problems + _addressed(words, lead_gender)


def _needless(word: str, lead_gender: str | None) -> bool:
    return _VOWELS.search(word) is not None and (lead_gender is None or fold(plain(word)) not in _EITHER)


def _addressed(words: list[str], lead_gender: str | None) -> list[str]:
    """Words that are spoken to one person of one gender."""
    problems: list[str] = []
    addressing = [index for index, word in enumerate(words) if _may_address(word)]
    folded = [_folded(word) for word in words] if addressing else []
    for index in addressing:
        before = folded[index - 1] if index else ""
        if before in _BESIDE and index > 1:
            before = folded[index - 2]
        gender = _gender(_bare(folded[index]), before, folded[index + 1] if index + 1 < len(folded) else "")
        if gender is None or (lead_gender is not None and gender in ("?", lead_gender)):
            continue
        meant = {"m": "speaks_to_man", "f": "speaks_to_woman", "?": "speaks_to_either"}[gender]
        problems.append(said(meant, word=words[index]))
    return problems


@lru_cache(maxsize=8192)
def _folded(word: str) -> str:
    return fold(plain(word) if _VOWELS.search(word) else word)


@lru_cache(maxsize=8192)
def _may_address(word: str) -> bool:
    """Whether a word speaks to anybody, whatever stands beside it."""
    word = _bare(_folded(word))
    by_form = word.startswith("ת") or _YOURS.fullmatch(word) or _PAST.fullmatch(word)
    return bool(by_form) or word in _ADDRESSING_WORDS


def _gender(word: str, before: str, following: str) -> str | None:
    """To whom a word speaks: m, f, "?" for either by pronunciation, None for nobody."""
    if word in _ADJECTIVES and (before not in _ADDRESSING or following.startswith("ש")):  # בטוח שיש זמן
        return None
    if before == "אל" and word.startswith("ת") and word not in _NO_FUTURE and not word.endswith("ו"):
        return "f" if word.endswith("י") else "m"
    if word in _MASCULINE or (word in _MASCULINE_FUTURE and not _is_her(word, before, following)):
        return "m"
    if word == "ברוך" and following == "הבא":
        return "m"
    if word == "ברוכה" and following == "הבאה":
        return "f"
    if word in _IMPERATIVES and following in _TO_ME:
        return "m"
    if word in _FEMININE:
        return "f"
    if word in _EITHER or (word in _WANTING and not before):
        return "?"
    if _YOURS.fullmatch(word):
        return "?"
    if word == "את" and (following in _PARTICIPLES or (before in _ASKING and not _is_object(following))):
        return "f"
    if _PAST.fullmatch(word) and (following in _AFTER_VERBS or not following):
        return "?"
    if _FEMININE_FUTURE.fullmatch(word) and word not in _NO_FUTURE:
        return "f"
    return None


def _is_object(word: str) -> bool:
    """Whether את before this word marks what is done to it: איך את זה עושים, מתי את הפרטים לשלוח."""
    return word.startswith("ה") or word in ("זה", "זאת", "אלה", "כל", "שאר", "כולם", "מה", "מי")


def _bare(word: str) -> str:
    """A verb without ש or ו before it: שענית, ותגיד."""
    rest = word.removeprefix("כש").removeprefix("ו").removeprefix("ש")
    return rest if rest in _MASCULINE_FUTURE or rest in _EITHER or rest in _FEMININE else word


def _is_her(word: str, before: str, following: str) -> bool:
    """Whether a woman or a feminine thing may do what a verb tells: היועצת תחזור, תגיע תשובה."""
    return _is_feminine(before) or (word in _HAPPENS and len(following) > 3 and following.endswith(("ה", "ת")))


def _is_feminine(word: str) -> bool:
    """Whether a word may be a feminine subject: המערכת, היועצת, הפגישה, היא, נועה."""
    return (
        word == "היא" or word in _HER or (len(word) > 3 and word.startswith(("ה", "שה")) and word.endswith(("ה", "ת")))
    )
