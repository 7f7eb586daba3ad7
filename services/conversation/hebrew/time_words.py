"""The words that times are made of."""

from dataclasses import dataclass
from datetime import time
from enum import Enum, auto

from services.conversation.hebrew.words import fold, word_set

PREFIXES = (
    "", "ב", "ל", "מ", "ה", "ו", "ש", "כ", "וב", "ול", "ומ", "וה", "שב", "של", "שמ", "שה", "כשב", "מה", "לה", "בה",
    "עד",
)  # fmt: skip

WEEKDAYS = {"ראשון": 6, "שני": 0, "שלישי": 1, "רביעי": 2, "חמישי": 3, "חמשי": 3, "שישי": 4, "ששי": 4, "שבת": 5,
    "רבעי": 2, "שלשי": 1, "רשון": 6, "רישון": 6, "sunday": 6, "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4,
}  # fmt: skip
"""Python's numbers: Monday is 0."""

DAY_LETTERS = {"א": 6, "ב": 0, "ג": 1, "ד": 2, "ה": 3, "ו": 4, "ש": 5}
DAY_LETTER_NAMES = {fold(name): day for name, day in {
    "אלף": 6, "בית": 0, "גימל": 1, "גימאל": 1, "גימ": 1, "דלת": 2, "דאלת": 2, "הא": 3, "הי": 3, "הה": 3, "וו": 4, "ואו": 4, "וואו": 4,
}.items()}  # fmt: skip
"""The letters as they are called, which are days only behind יום: ביום גימל."""
NEAR_DAYS = {
    fold(word): ahead
    for word, ahead in {"היום": 0, "today": 0, "tomorrow": 1, "מחר": 1, "מחרת": 1, "מחרתיים": 2}.items()
}

MONTHS = {
    "ינואר": 1, "פברואר": 2, "מרץ": 3, "מרס": 3, "מארס": 3, "אפריל": 4, "מאי": 5, "יוני": 6, "יולי": 7, "אוגוסט": 8,
    "ספטמבר": 9, "אוקטובר": 10, "נובמבר": 11, "דצמבר": 12,
}  # fmt: skip

ORDINALS = {
    "ראשון": 1, "שני": 2, "שלישי": 3, "רביעי": 4, "חמישי": 5, "שישי": 6, "שביעי": 7, "שמיני": 8, "תשיעי": 9,
    "עשירי": 10,
}  # fmt: skip

NEXT = word_set("הבא הבאה שאחרי שאחריו שאחרכך הבאים")
DO_NOT = word_set("אל ואל")
THIS = word_set("הזה הקרוב הקרובה הנוכחי הקרובים")
OF_THIS = word_set("הזה הנוכחי")
PAST = word_set("שעבר שעברה שחלף שחלפה הקודם הקודמת")


class Edge(Enum):
    """Which part of a week, a month or a day."""

    BEGINNING = auto()
    MIDDLE = auto()
    END = auto()


EDGES = {
    "תחילת": Edge.BEGINNING, "תחילה": Edge.BEGINNING, "ראשית": Edge.BEGINNING, "התחלת": Edge.BEGINNING,
    "אמצע": Edge.MIDDLE,
    "סוף": Edge.END, "שלהי": Edge.END,
}  # fmt: skip


@dataclass(frozen=True)
class DayPart:
    """A part of a day: from when to when, and which hours said with it lie twelve hours later than said."""

    start: time
    end: time
    later: range

    def hour(self, said: int) -> int:
        """The hour of the clock for an hour said with this part of the day; 24 is the midnight at its end."""
        return said + 12 if said in self.later else said


MORNING = DayPart(time(5), time(12), range(0))
EARLY = DayPart(time(7), time(10), range(0))
LATE_MORNING = DayPart(time(9), time(12), range(1, 5))
NOON = DayPart(time(11, 30), time(15), range(1, 6))
AFTERNOON = DayPart(time(13), time(18), range(1, 12))
DUSK = DayPart(time(16), time(19), range(1, 12))
EVENING = DayPart(time(18), time(22), range(1, 13))
NIGHT = DayPart(time(20), time(23, 59), range(6, 13))
WORKDAY = DayPart(time(9), time(18), range(1, 7))
BEGINNING_OF_DAY = DayPart(time(8), time(11), range(0))
END_OF_DAY = DayPart(time(16), time(19), range(1, 8))
AFTER_WORK = DayPart(time(17), time(20), range(1, 12))
BEFORE_WORK = DayPart(time(7), time(9), range(0))


@dataclass(frozen=True)
class _Dawn(DayPart):
    def hour(self, said: int) -> int:
        return said % 12


DAWN = _Dawn(time(3), time(6), range(0))
AFTER_MIDNIGHT = _Dawn(time(0), time(3), range(0))

PARTS = {"בוקר": MORNING, "בקר": MORNING, "צהרים": NOON, "צוהרים": NOON, "צהרי": NOON, "ערב": EVENING, "לילה": NIGHT}
LONG_PARTS: dict[tuple[str, ...], DayPart] = {
    tuple(fold(word) for word in phrase.split()): part
    for phrase, part in {
        "אחרי הצהריים": AFTERNOON, "אחר הצהריים": AFTERNOON, "אחרי צהריים": AFTERNOON, "אחר צהריים": AFTERNOON,
        "אחרי הצוהריים": AFTERNOON, "אחר הצוהריים": AFTERNOON, 'אחה"צ': AFTERNOON, 'באחה"צ': AFTERNOON,
        "אחהצ": AFTERNOON,
        "לפני הצהריים": LATE_MORNING, 'לפנה"צ': LATE_MORNING, "לפני צהריים": LATE_MORNING, "לפנות בוקר": DAWN,
        "אחרי חצות": AFTER_MIDNIGHT, "אחר חצות": AFTER_MIDNIGHT,
        "לפנות ערב": DUSK, "לקראת ערב": DUSK, "לקראת הערב": DUSK, "על הבוקר": EARLY, "מוקדם בבוקר": EARLY,
        "בבוקר מוקדם": EARLY, "שעות הבוקר המוקדמות": EARLY, "בשעות הבוקר המוקדמות": EARLY, "בבוקר המוקדם": EARLY,
        "בשעות הבוקר המאוחרות": LATE_MORNING, "שעות הבוקר המאוחרות": LATE_MORNING, "מאוחר בבוקר": LATE_MORNING,
        "בהפסקת צהריים": NOON, "בהפסקת הצהריים": NOON, "בשעות אחר הצהריים": AFTERNOON, "אחרי העבודה": AFTER_WORK,
        "אחרי שעות העבודה": AFTER_WORK, "לפני העבודה": BEFORE_WORK, "בשעות העבודה": WORKDAY, "שעות העבודה": WORKDAY,
        "תחילת היום": BEGINNING_OF_DAY, "בתחילת היום": BEGINNING_OF_DAY, "תחילת יום": BEGINNING_OF_DAY,
        "סוף היום": END_OF_DAY, "בסוף היום": END_OF_DAY, "לקראת סוף היום": END_OF_DAY, "סוף יום": END_OF_DAY,
        "באמצע היום": NOON, "אמצע היום": NOON, "על הבוקר מוקדם": EARLY, "אחרי ארוחת צהריים": AFTERNOON,
        "חצי ראשון של היום": LATE_MORNING, "בחצי הראשון של היום": LATE_MORNING, "בחצי השני של היום": AFTERNOON,
        "בבקרים": MORNING, "בערבים": EVENING, "בלילות": NIGHT, "אור הבוקר": EARLY, "שעת צהריים": NOON, "אחרי אחר הצהריים": DUSK,
    }.items()
}  # fmt: skip
LONGEST_PART = max(map(len, LONG_PARTS))
