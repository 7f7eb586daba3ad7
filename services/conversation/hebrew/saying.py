"""How the agent says an hour, a day and a meeting."""

from datetime import date, datetime, time

from services.conversation.hebrew.cardinals import cardinal

WEEKDAY_NAMES = ("שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת", "ראשון")
"""By Python's number of the day: Monday is 0."""

MONTH_NAMES = (
    "ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר",
)  # fmt: skip

_PARTS = ((5, "לפנות בוקר"), (12, "בבוקר"), (15, "בצהריים"), (18, "אחר הצהריים"), (22, "בערב"), (24, "בלילה"))
_TO_THE_HOUR = {40: "עשרים", 45: "רבע", 50: "עשרה", 55: "חמישה"}
_PAST_THE_HOUR = {0: "", 1: "ודקה", 2: "ושתי דקות", 5: "וחמישה", 10: "ועשרה", 15: "ורבע", 20: "ועשרים", 30: "וחצי"}


def clock(hour: int, minute: int) -> str:
    """An hour of the clock without prefix or part of day: עשר וחצי, רבע לאחת עשרה."""
    if (hour, minute) == (0, 0):
        return "חצות"
    if minute in _TO_THE_HOUR:
        return f"{_TO_THE_HOUR[minute]} ל{_hour(hour + 1)}"
    if minute in _PAST_THE_HOUR:
        return f"{_hour(hour)} {_PAST_THE_HOUR[minute]}".rstrip()
    if minute < 10:
        return f"{_hour(hour)} ו{cardinal(minute)} דקות"
    return f"{_hour(hour)} {cardinal(minute)}"


def part_of_day(hour: int, minute: int = 0) -> str:
    """The part of the day an hour belongs to, empty for midnight, which needs none."""
    if (hour, minute) == (0, 0):
        return ""
    return next(name for until, name in _PARTS if hour < until)


def say_time(moment: datetime | time) -> str:
    """An hour with its part of day: בעשר וחצי בבוקר."""
    return f"ב{clock(moment.hour, moment.minute)} {part_of_day(moment.hour, moment.minute)}".rstrip()


def say_date(day: date) -> str:
    """A weekday and a date: יום שלישי, העשרים וארבעה בנובמבר."""
    return f"{_weekday(day)}, {_day_of_month(day)}"


def say_slot(moment: datetime, now: datetime) -> str:
    """A meeting as it is confirmed: weekday, date, hour and part of day. Today and tomorrow are called so."""
    days = (moment.date() - now.date()).days
    if days == 0:
        return f"היום, {say_time(moment)}"
    if days == 1:
        return f"מחר, {_weekday(moment.date())}, {say_time(moment)}"
    return f"{say_date(moment.date())}, {say_time(moment)}"


def say_slot_short(moment: datetime, now: datetime) -> str:
    """A meeting as it is offered: שלישי בעשר וחצי. The part of day is said where the hour alone would mislead."""
    hour = f"ב{clock(moment.hour, moment.minute)}" if 7 <= moment.hour < 19 else say_time(moment)
    days = (moment.date() - now.date()).days
    if days in (0, 1):
        return f"{'מחר' if days else 'היום'} {hour}"
    if 1 < days < 7:
        return f"{WEEKDAY_NAMES[moment.weekday()]} {hour}"
    return f"{say_date(moment.date())}, {hour}"


def _weekday(day: date) -> str:
    name = WEEKDAY_NAMES[day.weekday()]
    return name if name == "שבת" else f"יום {name}"


def _hour(hour: int) -> str:
    return cardinal(hour % 12 or 12)


def _day_of_month(day: date) -> str:
    number = "ראשון" if day.day == 1 else cardinal(day.day, masculine=True)
    return f"ה{number} ב{MONTH_NAMES[day.month - 1]}"
