"""Whether a number counts something, so that it tells no hour and no day: שלושה סניפים, עשרים אחוז."""

from services.conversation.hebrew.glued import has
from services.conversation.hebrew.numerals import number_at
from services.conversation.hebrew.time_words import PARTS
from services.conversation.hebrew.words import word_set

_COUNTED = word_set(
    "אלף אלפים אחוז אחוזים שקל שקלים דולר יורו אירו מטר קילו קילומטר מאות מיליון נציגים ילדים אנשים איש פעמים פעם סניפים עובדים עובד"
    " לקוחות חברות דברים ביחד מכם מהם מאיתנו מתוך אפשרויות מספרים סוגים כאלה קומות ילדות בנות בנים שותפים"
    " בני בניאדם אנשי סוגי נציגי מנהלי עובדי ימי אחים מנהלים ספקים שלבים סיבות שאלות נקודות"
)
"""Nouns that numbers count; plurals in ים and ות are told by their endings."""

_NO_PLURALS = word_set(
    "לפנות חצות בחצות מתאים מסכים מתאימים נעים לפעמים אם גם צהריים בצהריים הצהריים לצהריים פנויים יכולים רוצים עסוקים"
    " אפשרות בשעות שעות עם שבוע אנחנו אתם בערבים מעדיפים נפגשים מדברים סוגרים קובעים זמינים יהיה מוקדמות"
    " בישיבות בפגישות בשיחות בנסיעות בהדרכות בכנסים בקורסים בלימודים בסידורים בזום בסדר אחרים הקרובים מושלם"
)
_OWN_HE = ("הודע", "הזמנ", "הצע", "הדגמ", "הנח", "הזדמנ", "הרצא", "הור", "החל")
"""Beginnings of nouns whose first letter is no article."""


def is_counted(word: str) -> bool:
    """Whether a number before this word counts it, rather than telling a day or an hour."""
    if word in _COUNTED:
        return True
    if has(word, PARTS):
        return False
    if number_at((word,), 0) is not None:
        return False
    if word.startswith("כש") or (word.startswith("ה") and not word.startswith(_OWN_HE)):  # אחרי שמונה כשהילדים ישנים
        return False
    return len(word) > 4 and word.endswith(("ים", "ות")) and word not in _NO_PLURALS
