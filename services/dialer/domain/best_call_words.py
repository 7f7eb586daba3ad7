"""The words in which people write down when they would like to be called, as tables."""

from datetime import time

from services.dialer.domain.calling_hours import Span

SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = range(7)

_MORNING = (time(8), time(12))
_BEFORE_NOON = (time.min, time(12))
_NOON = (time(12), time(15))
_AFTERNOON = (time(13), time(18, 30))
_AFTER_NOON = (time(14), time(18, 30))
_EVENING = (time(17), time(21))

PARTS: dict[str, Span] = {
    "בוקר": _MORNING,
    "בקר": _MORNING,
    "שעות הבוקר": _MORNING,
    "morning": _MORNING,
    "am": _MORNING,
    'לפנה"צ': _BEFORE_NOON,
    "לפני הצהריים": _BEFORE_NOON,
    "לפני הצהרים": _BEFORE_NOON,
    "לפני צהריים": _BEFORE_NOON,
    "before noon": _BEFORE_NOON,
    "צהריים": _NOON,
    "צהרים": _NOON,
    "noon": _NOON,
    "midday": _NOON,
    "lunch": _NOON,
    'אחה"צ': _AFTER_NOON,
    "אחהצ": _AFTER_NOON,
    'אחר"צ': _AFTER_NOON,
    "אחר הצהריים": _AFTER_NOON,
    "אחר הצהרים": _AFTER_NOON,
    "אחרי הצהריים": _AFTER_NOON,
    "אחרי הצהרים": _AFTER_NOON,
    "אחרי צהריים": _AFTER_NOON,
    "אחר צהריים": _AFTER_NOON,
    "צהריים מאוחרים": _AFTER_NOON,
    "afternoon": _AFTERNOON,
    "after noon": _AFTERNOON,
    "pm": _AFTERNOON,
    "ערב": _EVENING,
    "לפנות ערב": _EVENING,
    "evening": _EVENING,
}

_NAMES = {
    SUNDAY: ("ראשון", "א", "sunday", "sun"),
    MONDAY: ("שני", "ב", "monday", "mon"),
    TUESDAY: ("שלישי", "ג", "tuesday", "tues", "tue"),
    WEDNESDAY: ("רביעי", "ד", "wednesday", "wed"),
    THURSDAY: ("חמישי", "ה", "thursday", "thurs", "thur", "thu"),
    FRIDAY: ("שישי", "ששי", "ו", "friday", "fri"),
    SATURDAY: ("שבת", "ש", "saturday", "sat"),
}
WEEKDAYS = {name: day for day, names in _NAMES.items() for name in names}

DAY_GROUPS = {
    "ימי חול": (SUNDAY, THURSDAY),
    "אמצע השבוע": (SUNDAY, THURSDAY),
    "אמצע שבוע": (SUNDAY, THURSDAY),
    "weekdays": (SUNDAY, THURSDAY),
    "תחילת השבוע": (SUNDAY, MONDAY),
    "תחילת שבוע": (SUNDAY, MONDAY),
    "סוף השבוע": (THURSDAY, FRIDAY),
    "סוף שבוע": (THURSDAY, FRIDAY),
}
"""First and last day."""

HOUR_WORDS = {
    "אחת עשרה": 11,
    "שתים עשרה": 12,
    "שתיים עשרה": 12,
    "אחת": 1,
    "שתיים": 2,
    "שתים": 2,
    "שלוש": 3,
    "ארבע": 4,
    "חמש": 5,
    "שש": 6,
    "שבע": 7,
    "שמונה": 8,
    "תשע": 9,
    "עשר": 10,
}

ANY_TIME = frozenset(
    (
        "כל היום", "כל שעה", "בכל שעה", "כל הזמן", "בכל זמן", "תמיד", "מתי שנוח", "לא משנה", "לא משנה מתי", "גמיש",
        "שעות העבודה", "שעות עבודה", "בשעות העבודה", "שעות הפעילות", "כל יום", "any", "any time", "anytime", "always",
        "flexible", "all day", "whenever", "business hours", "working hours", "office hours", "every day", "n/a", "אין",
    )
)  # fmt: skip
"""No wish at all."""

FILLERS = frozenset(
    (
        "יום", "ימי", "בימי", "ביום", "בימים", "ימים", "שעות", "בשעות", "השעות", "שעה", "בשעה", "בין", "ב", "ה", "רק",
        "עדיף", "עדיפות", "מועדף", "רצוי", "נוח", "הכי נוח", "לרוב", "בדרך כלל", 'בד"כ', "אפשר", "ניתן", "להתקשר",
        "להתקשר אליו", "להתקשר אליה", "זמין", "זמינה", "פנוי", "פנויה", "בבקשה", "on", "at", "in", "the", "only",
        "call", "please", "best", "preferably", "prefer", "usually", "hours", "time", "o'clock", "day", "days",
        "available", "free", "is", "between", "מ", "ל",
    )
)  # fmt: skip

CLOCK = (
    r"(?:(?P<NAME_word>"
    + "|".join(HOUR_WORDS)
    + r")|(?P<NAME_hour>\d{1,2})(?:[:.](?P<NAME_minute>\d\d)(?::\d\d)?)?)"
    + r"(?: ?(?P<NAME_half>[ap]\.?m\b\.?|בבוקר|אחה\"צ|אחר הצהריים|אחרי הצהריים|בצהריים|בערב))?"
)
"""One clock time; NAME tells two of them apart."""
