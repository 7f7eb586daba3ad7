"""How the agent says times, dates, numbers and addresses: words a voice reads right, and never a 24-hour clock."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from num2words import num2words

_HOURS = (
    "שתים עשרה", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע", "עשר", "אחת עשרה",
)  # fmt: skip
_WEEKDAYS = ("שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת", "ראשון")
_MONTHS = (
    "ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר",
)  # fmt: skip
_DAYS = {
    1: "הראשון",
    2: "השני",
    3: "השלישי",
    4: "הרביעי",
    5: "החמישי",
    6: "השישי",
    7: "השביעי",
    8: "השמיני",
    9: "התשיעי",
    10: "העשירי",
}
_DIGITS = ("אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע")
_LETTER_DAYS = {"א": "ראשון", "ב": "שני", "ג": "שלישי", "ד": "רביעי", "ה": "חמישי", "ו": "שישי"}
_ABBREVIATIONS = {
    'בע"מ': "בערבון מוגבל",
    'עו"ד': "עורך דין",
    'ת"ז': "תעודת זהות",
    'אחה"צ': "אחר הצהריים",
    'חו"ל': "חוץ לארץ",
    'מנכ"ל': "מנכל",
    "וכו'": "וכולי",
}
_LATIN = {
    "zoom": "זום",
    "whatsapp": "ווטסאפ",
    "crm": "סי אר אם",
    "demo": "דמו",
    "ai": "איי איי",
    "gmail": "ג'ימייל",
    "google": "גוגל",
    "meet": "מיט",
}
_FEMININE = {
    "דקות",
    "שעות",
    "פגישות",
    "שנים",
    "שיחות",
    "חברות",
    "שאלות",
    "דקה",
    "שעה",
    "פגישה",
    "שיחה",
    "שנה",
    "הצעות",
    "מערכות",
    "נקודות",
}
_MASCULINE_OT = {"לקוחות", "שבועות", "מקומות", "חודשות", "רעיונות", "יתרונות", "רחובות", "שמות"}


def say_time(moment: datetime) -> str:
    """An hour with its part of the day: בעשר וחצי בבוקר."""
    return f"ב{_clock(moment.hour, moment.minute)} {_part(moment.hour)}"


def say_date(day: date) -> str:
    """A day in full, without the year: יום שלישי, העשרים וארבעה בנובמבר."""
    return f"{_weekday(day)}, {_day_of_month(day.day)} ב{_MONTHS[day.month - 1]}"


def say_slot(moment: datetime, now: datetime) -> str:
    """A moment as it is confirmed: weekday, date, hour and part of day, and whether it is today or tomorrow."""
    near = _near(moment, now)
    return f"{near + ', ' if near else ''}{say_date(moment.date())}, {say_time(moment)}"


def say_slot_short(moment: datetime, now: datetime) -> str:
    """A moment as it is offered: שלישי בעשר וחצי, מחר באחת עשרה."""
    day = _near(moment, now)
    if not day:
        day = _WEEKDAYS[moment.weekday()]
        if moment.date() - now.date() >= timedelta(days=7):
            day = f"{_weekday(moment.date())}, {_day_of_month(moment.day)} ב{_MONTHS[moment.month - 1]},"
    part = f" {_part(moment.hour)}" if moment.hour >= 12 else ""
    return f"{day} ב{_clock(moment.hour, moment.minute)}{part}"


def spoken(text: str, lexicon: Mapping[str, str] = {}) -> str:
    """What a voice should read for a text. `lexicon` says how Latin names are pronounced."""
    for pattern, replace in _REWRITES:
        text = pattern.sub(replace, text)
    for latin, said in {**_LATIN, **lexicon}.items():
        text = re.sub(rf"(?<![A-Za-z@.]){re.escape(latin)}(?![A-Za-z@])", said, text, flags=re.IGNORECASE)
    return " ".join(text.split())


def _near(moment: datetime, now: datetime) -> str:
    ahead = (moment.date() - now.date()).days
    return {0: "היום", 1: "מחר", 2: "מחרתיים"}.get(ahead, "") if ahead < 2 else ""


def _weekday(day: date) -> str:
    name = _WEEKDAYS[day.weekday()]
    return name if name == "שבת" else f"יום {name}"


def _day_of_month(day: int) -> str:
    return _DAYS[day] if day in _DAYS else f"ה{_cardinal(day, masculine=True)}"


def _clock(hour: int, minute: int) -> str:
    this, following = _HOURS[hour % 12], _HOURS[(hour + 1) % 12]
    named = {
        0: this,
        15: f"{this} ורבע",
        30: f"{this} וחצי",
        45: f"רבע ל{following}",
        40: f"עשרים ל{following}",
        50: f"עשרה ל{following}",
        55: f"חמישה ל{following}",
        5: f"{this} וחמישה",
        10: f"{this} ועשרה",
        20: f"{this} ועשרים",
    }
    return named.get(minute) or f"{this} ו{_cardinal(minute, masculine=False)} דקות"


def _part(hour: int) -> str:
    if hour < 5:
        return "בלילה"
    if hour < 12:
        return "בבוקר"
    if hour < 15:
        return "בצהריים"
    if hour < 18:
        return "אחר הצהריים"
    return "בערב" if hour < 22 else "בלילה"


def _cardinal(number: int, *, masculine: bool) -> str:
    return str(num2words(number, lang="he", gender="m" if masculine else "f"))


def _read_clock(match: re.Match[str]) -> str:
    hour, minute = int(match[2]), int(match[3])
    if hour > 23 or minute > 59:
        return match[0]
    part = f" {_part(hour)}" if hour >= 13 else ""
    return f"{match[1] or ''}{_clock(hour, minute)}{part}"


def _read_day(match: re.Match[str]) -> str:
    prefix, day, month = match[1] or "", int(match[2]), match[3]
    said = {1: "אחד", 2: "שניים"}.get(day) or _cardinal(day, masculine=True)
    return f"{prefix}{said} ב{month}"


def _read_numeric_date(match: re.Match[str]) -> str:
    day, month = int(match[2]), int(match[3])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return match[0]
    return f"{match[1] or ''}{_cardinal(day, masculine=True)} ב{_MONTHS[month - 1]}"


def _read_count(match: re.Match[str]) -> str:
    count, noun = int(match[2].replace(",", "")), match[3]
    feminine = noun in _FEMININE or (noun.endswith("ות") and noun not in _MASCULINE_OT)
    if count == 1:
        return f"{match[1] or ''}{noun} {'אחת' if feminine else 'אחד'}"
    if count == 2:
        return f"{match[1] or ''}{'שתי' if feminine else 'שני'} {noun}"
    return f"{match[1] or ''}{_cardinal(count, masculine=not feminine)} {noun}"


def _read_money(match: re.Match[str]) -> str:
    amount = int((match["a"] or match["b"]).replace(",", ""))
    if amount == 1:
        return "שקל אחד"
    return f"{'שני' if amount == 2 else _cardinal(amount, masculine=True)} שקלים"


def _read_percent(match: re.Match[str]) -> str:
    count = int(match[1])
    return "אחוז אחד" if count == 1 else f"{'שני' if count == 2 else _cardinal(count, masculine=True)} אחוז"


def _read_digits(match: re.Match[str]) -> str:
    groups = re.split(r"[-\s]+", match[0].replace("+972", "0").strip())
    if len(groups) == 1 and len(groups[0]) == 10:
        groups = [groups[0][:3], groups[0][3:6], groups[0][6:]]
    star = "כוכבית " if groups[0].startswith("*") else ""
    return star + ", ".join(" ".join(_DIGITS[int(digit)] for digit in group if digit.isdigit()) for group in groups)


def _read_email(match: re.Match[str]) -> str:
    named = {"@": " שטרודל ", ".": " נקודה ", "-": " מקף ", "_": " קו תחתון "}
    address = re.sub(r"\.co\.il$", " נקודה קו נקודה איי אל", match[0])
    address = re.sub(r"\.com$", " נקודה קום", address).replace("gmail", "ג'ימייל")
    return re.sub(r"[@._-]", lambda sign: named[sign[0]], address)


_REWRITES = (
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"), _read_email),
    (
        re.compile(
            r"(?<!\d)(?:\+972|0)\d{1,2}-?\d{3}-?\d{4}(?!\d)|(?<!\d)0\d-\d{7}|\*\d{4}(?!\d)|1-[78]00-\d{3}-?\d{3}"
        ),
        _read_digits,
    ),
    (re.compile(r"\b([בלמה]?)-?(\d{1,2}):(\d{2})\b"), _read_clock),
    (re.compile(r"([בלמה]?)-?(?<![\d/])(\d{1,2})[/.](\d{1,2})(?:[/.]\d{2,4})?(?![\d/])"), _read_numeric_date),
    (re.compile(rf"([בלמה]?)-?(\d{{1,2}}) ב({'|'.join(_MONTHS)})"), _read_day),
    (re.compile(r"(?P<a>\d[\d,]*)\s?(?:₪|ש\"ח|שקלים|שקל)|₪\s?(?P<b>\d[\d,]*)"), _read_money),
    (re.compile(r"(\d+)\s?(?:%|אחוזים|אחוז)"), _read_percent),
    (re.compile(r"יום ([אבגדהו])'"), lambda match: f"יום {_LETTER_DAYS[match[1]]}"),
    (re.compile("|".join(map(re.escape, _ABBREVIATIONS))), lambda match: _ABBREVIATIONS[match[0]]),
    (re.compile(r"([בלמהו]?)-?(\d[\d,]*) ([א-ת]+)"), _read_count),
    (re.compile(r"\d[\d,]*"), lambda match: _cardinal(int(match[0].replace(",", "")), masculine=False)),
)
