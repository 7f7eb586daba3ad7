"""How the agent says an hour, a day and a meeting in English."""

from datetime import date, datetime, time

_HOURS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_PAST = {
    0: "{}",
    5: "five past {}",
    10: "ten past {}",
    15: "a quarter past {}",
    20: "twenty past {}",
    30: "half past {}",
}
_TO = {40: "twenty to {}", 45: "a quarter to {}", 50: "ten to {}", 55: "five to {}"}
_PARTS = ((12, "in the morning"), (18, "in the afternoon"), (22, "in the evening"), (24, "at night"))


def clock(hour: int, minute: int) -> str:
    """An hour of the clock without its part of the day: half past ten."""
    if (hour, minute) == (0, 0):
        return "midnight"
    if (hour, minute) == (12, 0):
        return "noon"
    if minute in _PAST:
        return _PAST[minute].format(_HOURS[hour % 12])
    if minute in _TO:
        return _TO[minute].format(_HOURS[(hour + 1) % 12])
    return f"{hour % 12 or 12}:{minute:02d}"


def say_time(moment: datetime | time) -> str:
    """An hour with its part of the day: half past ten in the morning."""
    said = clock(moment.hour, moment.minute)
    if said in ("noon", "midnight"):
        return said
    return f"{said} {next(name for until, name in _PARTS if moment.hour < until)}"


def say_date(day: date) -> str:
    """A weekday and a date: Tuesday, November 24."""
    return f"{day:%A}, {day:%B} {day.day}"


def say_slot(moment: datetime, now: datetime) -> str:
    """A meeting as it is confirmed: weekday, date, hour and part of day. Today and tomorrow are called so."""
    days = (moment.date() - now.date()).days
    if days == 0:
        return f"today at {say_time(moment)}"
    if days == 1:
        return f"tomorrow, {moment:%A}, at {say_time(moment)}"
    return f"{say_date(moment.date())}, at {say_time(moment)}"


def say_slot_short(moment: datetime, now: datetime) -> str:
    """A meeting as it is offered: Tuesday at half past ten."""
    hour = clock(moment.hour, moment.minute) if 7 <= moment.hour < 19 else say_time(moment)
    days = (moment.date() - now.date()).days
    if days in (0, 1):
        return f"{'tomorrow' if days else 'today'} at {hour}"
    return f"{moment:%A} at {hour}" if 1 < days < 7 else f"{say_date(moment.date())} at {hour}"
