"""The gender of a speaker, learned from their own first person and from nothing else."""

from typing import Literal

from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.words import word_set

_MASCULINE = word_set(
    "עסוק נוהג נוסע שומע מדבר יכול צריך נכנס יוצא נמצא חושב מעוניין אחראי עובד מחפש מקשיב יודע מכיר מבין"
    " מנהל מסכים מוכן בטוח פנוי זמין עמוס תפוס לחוץ מתעניין מגיש מבקש מעדיף אוסף חייב רץ ממהר הולך חוזר"
    " עומד יושב ישן לומד מתנצל מנתק מוותר זורם מסודר מוכר מטפל מחליט שמח זוכר משלם מתלונן תובע מזכיר רשום"
    " מאשר אומר שואל מתכוון מתאר מציע נשוי שכיר עצמאי מחזיק מבשל מסיע מטריד מעביר בודק מרגיש מאמין אוהב גר"
    " רגיל פרילנסר בחור מסתדר מתחיל ממתין מזמין מגיע מסיים בהול חדש ותיק סוכן מתווך מתחבר סומך מחובר מתקשר"
)
_FEMININE = word_set(
    "עסוקה צריכה יכולה מוכנה בטוחה פנויה זמינה עמוסה תפוסה לחוצה חייבת רצה הולכת שמחה מסכימה מגישה מזכירה"
    " רשומה נשואה עצמאית אחראית מנהלת שכירה מבינה מכירה מעבירה ישנה גרה בהולה חדשה ותיקה מקשיבה מתעניינת"
    " שומעת נוהגת מחזיקה מסיעה מציעה מאמינה מזמינה מגיעה רגילה סוכנת מתווכת פקידה עוזרת עקרת בחורה אישה"
    " מרגישה מטרידה"
)
_BETWEEN = word_set(
    "לא גם ממש בדיוק עכשיו כרגע כבר רק דווקא עדיין פשוט באמת די קצת מאוד אה אממ פה כאן ה היום תמיד לפעמים בטח כן הרי"
)
_BARE_MASCULINE = word_set("מעוניין זורם עסוק נוהג מוכן מסכים מקשיב פנוי מאשר מעדיף")
_BARE_FEMININE = word_set("מעוניינת זורמת עסוקה נוהגת מוכנה מסכימה מקשיבה פנויה מאשרת מעדיפה שומעת")
_NO_VERBS = word_set(
    "באמת בת את אחת בטח חברת משרת אמת בשבת זאת עת כאות כזאת רשת לצאת לתת לדעת לבת לקחת בערבות בישיבת"
    " בפגישת נגמרת בחברת חזרת מהחברת מחברת ממשפחת שבת לקראת לאחרת ברשות בצוות במילואת אחרת אמרת התקשרת"
    " חייגת שאת"
)
_OTHERS = word_set("את אתה הוא היא אתם אתן מי זה זאת זו ש אם")


def gender(said: Utterance) -> Literal["m", "f"] | None:
    """What the speaker says of themself in the singular: אני עסוקה, אני לא מעוניין, זורמת."""
    folded = [word.folded for word in said.all]
    for index, word in enumerate(folded):
        if word in ("אני", "שאני", "ואני", "כשאני", "אנוכי"):
            after = index + 1
            while after < len(folded) and folded[after] in _BETWEEN:
                after += 1
            if after < len(folded) and (found := _form(folded[after])):
                return found
    for index, word in enumerate(folded):
        before = folded[index - 1] if index else ""
        if before in _OTHERS:
            continue
        if word in _BARE_FEMININE:
            return "f"
        if word in _BARE_MASCULINE:
            return "m"
    return None


def _form(word: str) -> Literal["m", "f"] | None:
    word = word.removeprefix("ה") if word.startswith(("המ", "האח")) else word
    if word in _FEMININE:
        return "f"
    if word in _MASCULINE:
        return "m"
    if len(word) > 4 and word.endswith("ת") and word[0] not in "בלה" and word not in _NO_VERBS:
        return "f"
    return None
