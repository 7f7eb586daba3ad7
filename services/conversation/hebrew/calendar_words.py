"""The calendar's words: weekdays, months, parts of a day."""

from dataclasses import dataclass
from datetime import time

WEEKDAYS = {"ראשון": 6, "שני": 0, "שלישי": 1, "רביעי": 2, "חמישי": 3, "שישי": 4, "שבת": 5}
"""Python's numbers: Monday is 0."""

LETTERS = {"א": 6, "ב": 0, "ג": 1, "ד": 2, "ה": 3, "ו": 4, "ש": 5}

MONTHS = {
    "ינואר": 1, "פברואר": 2, "מרץ": 3, "מרס": 3, "אפריל": 4, "מאי": 5, "יוני": 6, "יולי": 7, "אוגוסט": 8,
    "ספטמבר": 9, "אוקטובר": 10, "נובמבר": 11, "דצמבר": 12,
}  # fmt: skip

ORDINALS = {
    "ראשון": 1, "שני": 2, "שלישי": 3, "רביעי": 4, "חמישי": 5, "שישי": 6, "שביעי": 7, "שמיני": 8, "תשיעי": 9,
    "עשירי": 10,
}  # fmt: skip


@dataclass(frozen=True)
class DayPart:
    """A part of a day: from when to when, and how an hour said with it is meant."""

    start: time
    end: time
    afternoon: bool
    """Whether an hour from one to eleven said with it lies after noon."""


MORNING = DayPart(time(5), time(12), afternoon=False)
NOON = DayPart(time(11, 30), time(15), afternoon=True)
AFTERNOON = DayPart(time(12), time(18), afternoon=True)
EVENING = DayPart(time(17), time(22), afternoon=True)
NIGHT = DayPart(time(20), time(23, 59), afternoon=True)

DAY_PARTS = {
    "בוקר": MORNING, "בבוקר": MORNING, "הבוקר": MORNING, "בקר": MORNING,
    "צהריים": NOON, "בצהריים": NOON, "הצהריים": NOON,
    "ערב": EVENING, "בערב": EVENING, "הערב": EVENING,
    "לילה": NIGHT, "בלילה": NIGHT, "הלילה": NIGHT,
}  # fmt: skip
