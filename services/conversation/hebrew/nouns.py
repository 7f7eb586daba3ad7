"""The gender of the nouns that numbers count. Endings tell most of it, and lie in the words listed here."""

from services.conversation.hebrew.words import listed

_MASCULINE = listed(
    "לקוחות שבועות מקומות לילות רחובות שולחנות חלונות רעיונות פתרונות יתרונות חסרונות חשבונות דוחות שמות"
    " כיסאות אבות זיכרונות ניסיונות ארונות קולות אורות דורות לוחות כוחות צינורות מקורות מזונות ראיונות יסודות"
    " עקרונות סודות שדות כישרונות רצונות אסונות מלונות מחנות קצוות פירות נהרות שטרות מטבעות מוסדות גיליונות"
    " מפתחות אוצרות אותות פיקדונות גבולות לילה מחנה שדה מקרה קצה מחזה מחסה מבנה משקה חוזה בית צוות יורו"
)
_FEMININE = listed(
    "שנים פעמים מילים נשים ביצים ערים אבנים דרכים פעם יד עיר דרך רגל עין ארץ אבן אש רוח נפש כוס תוכנית תכנית"
    " חנות הזדמנות אפשרות ידיים עיניים"
)
_SINGULARS = listed(
    "איש שקל דולר אירו יורו אחוז דקה שעה יום שבוע חודש שנה עובד עובדת לקוח לקוחה פגישה שיחה פעם נקודה שנייה"
    " אלף מיליון מיליארד קילומטר מטר קילו גרם קילוגרם טון ליטר סנטימטר אגורה סניף חברה עסק משתמש משתמשת רישיון"
    " מנוי מייל הודעה מקום יחידה שלב צעד אדם בן בת שאלה תשובה הצעה ליד נציג נציגה מוצר חשבון תלונה הזמנה פנייה"
    " מכירה עסקה לילה"
)
"""Nouns that may follow a number in the singular: חמש עשרה דקה, עשרים איש, לקוח אחד."""

_CONSTRUCT = listed(
    "אנשי נציגי מנהלי עובדי ימי חודשי צוותי ספקי לקוחי סוגי שלבי חברי בני מוקדי מוקדני סוכני יועצי מסלולי קווי מטרי"
)
DUALS = {"שעות": "שעתיים", "ימים": "יומיים", "שבועות": "שבועיים", "חודשים": "חודשיים", "שנים": "שנתיים"}
"""Nouns whose pair has a word of its own."""

_OWN_HE = listed(
    "הבדלים הסכמים הסברים הישגים היבטים הליכים החזרים הורים הסדרים הרכבים הקשרים הפסדים היקפים הרגלים הדפסים הימורים"
    " הרים האקרים הנדסאים הייטק הוראה הדרכה הפצה הנדסה הפקה"
)
"""Nouns whose first letter is no article."""
_NO_NOUNS = listed(
    "מתאים אחרים מסכים לפעמים צהריים צהרים עדיין בינתיים ירושלים לפחות אחרות פחות בשעות בבקרים בערבים בלילות בימים בימי"
) | {f"{glued}{noon}" for glued in "בהלמכו" for noon in ("צהריים", "צהרים", "צוהריים")}
"""After these parts of the day, and times of the week, a number before them is an hour: ב-2 בצהריים, ב-9 בימי חול."""


def counted(word: str) -> bool:
    """Whether a number before this word counts it."""
    if word in _NO_NOUNS:
        return False
    bare = word if word in _SINGULARS else word.removeprefix("ה")
    return bare in _SINGULARS or bare in _CONSTRUCT or (len(bare) > 3 and bare.endswith(("ות", "ים")))


def definite(noun: str, following: str) -> bool:
    """Whether the noun means known ones, by its article or by that of the word it belongs to: ימי העבודה."""
    bearer = following if noun in _CONSTRUCT else noun
    return bearer.startswith("ה") and len(bearer) > 3 and bearer not in _OWN_HE


def masculine(noun: str) -> bool:
    """Whether the noun is masculine."""
    for word in (noun, noun.removeprefix("ה")):
        if word in _FEMININE or word in _MASCULINE:
            return word in _MASCULINE
    return not noun.endswith(("ות", "ה", "ת"))
