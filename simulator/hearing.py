"""What a called person makes of the agent's Hebrew: what was asked, and which times were offered.

Understanding is by words, not by position in a script, so an agent that phrases things its own way is answered
sensibly too.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Cue(StrEnum):
    """What the agent's words call for."""

    SLOTS = "slots"
    EMAIL = "email"
    CALLBACK_TIME = "callback_time"
    MEETING_TIME = "meeting_time"
    PERMISSION = "permission"
    WHOM = "whom"
    STILL_THERE = "still_there"
    CONFIRM = "confirm"
    REPEAT = "repeat"
    PROPOSAL = "proposal"
    QUESTION = "question"
    GOODBYE = "goodbye"
    HOLD = "hold"
    STATEMENT = "statement"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Slot:
    """A time that was offered, in the words it was offered in."""

    day: str | None
    hour: str | None

    def spoken(self) -> str:
        """The slot said back: `חמישי בשתיים`."""
        if self.hour is None:
            return f"יום {self.day}" if self.day in WEEKDAYS else str(self.day)
        return f"{self.day} ב{self.hour}" if self.day else f"ב{self.hour}"


@dataclass(frozen=True)
class Heard:
    """One turn of the agent, understood. `settled` are the weekdays for which it says a meeting is booked."""

    cue: Cue
    slots: tuple[Slot, ...] = ()
    topic: str = ""
    settled: frozenset[str] = frozenset()


WEEKDAYS: Final = ("ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי")
_NIQQUD = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
_MONTH = "ינואר|פברואר|מרץ|אפריל|מאי|יוני|יולי|אוגוסט|ספטמבר|אוקטובר|נובמבר|דצמבר"
_QUOTES = re.compile("[\"'׳״`]")
_SENTENCES = re.compile(r"[^.?!\n]+[.?!\n]*")
_HEBREW = re.compile("[א-ת]")
_DAY = (
    r"(?<![א-ת])(?:ו?ב|ל|ו)?(?:יום )?(?P<day>ראשון|שני|שלישי|רביעי|חמישי|שישי|מחרתיים|מחר|היום)(?![א-ת])"
    r"(?! (?:מועד|זמנ|חלונ|אפשרוי|דברי|משפט|נציג))"
    rf"(?! [בל](?:{_MONTH}))"
)
_HOURS = "אחת עשרה|שתים עשרה|שתיים עשרה|אחת|שתיים|שתים|שלוש|ארבע|חמש|שש|שבע|שמונה|תשע|עשר"
_HOUR = (
    rf"(?<![א-ת])ב(?:שעה )?[- ]?(?P<hour>(?:{_HOURS})(?: (?:וחצי|ורבע|ועשרים|ועשרה|שלושים|עשרים|ארבעים וחמש))?"
    r"|\d{1,2}:\d{2})(?![א-ת\d])(?! (?:דקות|שניות|אנשים|חודשים))"
)
_TIMES = re.compile(f"{_DAY}|{_HOUR}")

_PATTERNS: Final[dict[Cue, re.Pattern[str]]] = {
    cue: re.compile("|".join(words))
    for cue, words in {
        Cue.EMAIL: (
            "(?:איזה|איזו|מה|לאן).*(?:מייל|דואר אלקטרוני|כתובת)",
            "כתובת (?:ה?מייל|אימייל)",
            "את ה?(?:אי)?מייל",
            "לשלוח .*מייל",
        ),
        Cue.CALLBACK_TIME: (
            "(?:מתי|איזה יום|באיזו שעה|איזה זמן|איזו שעה).*(?:חזור|תקשר|לתפוס|לדבר)",
            "לחזור (?:מחר|אחר כך|בזמן)",
        ),
        Cue.MEETING_TIME: ("(?:מתי|איזה יום|באיזו שעה|איזה זמן).*(?:נוח|מתאים|פגישה|להיפגש|עדיף|לקבוע)",),
        Cue.PERMISSION: (
            "(?:רגע|זמן) (?:נוח|טוב)",
            "נוח (?:לך |לכם )?(?:לדבר|עכשיו|לשמוע)",
            "אפשר (?:רגע|דקה|לקחת|לגזול|לדבר|להמשיך)",
            "יש (?:לך |לכם )?(?:דקה|רגע|שנייה|שתי דקות|חצי דקה)",
            "זה זמן|תפסתי",
        ),
        Cue.WHOM: (
            "מדבר(?:ת|ים)? עם|הגעתי (?:ל|אל)|עם מי|לדבר עם|האם ז[הו]",
            "מי (?:אחראי|מטפל|מקבל|מחליט|אצלכם)",
        ),
        Cue.REPEAT: (
            "לחזור (?:על|שוב)|אפשר שוב|עוד פעם|מה אמר",
            "לא (?:הבנתי|שמעתי)|לא הצלחתי (?:לקלוט|לשמוע)",
        ),
        Cue.STILL_THERE: ("שומע|על הקו|עדיין (?:כאן|שם|פה|איתי)|יש שם מישהו|^ ?הלו",),
        Cue.CONFIRM: ("(?:נכון|בסדר|סבבה|אוקיי|מאושר|לאשר|מתאים|מקובל|טוב|לקבוע|לסגור) ?(?:לך|לכם|כך|ככה)? ?\\?",),
        Cue.PROPOSAL: (
            "להראות|הדגמה|דמו|פגישה|שיחת (?:וידאו|היכרות)|לקבוע|נקבע|לתאם",
            "שווה (?:לראות|לשמוע)|מעניין",
        ),
    }.items()
}
"""In order of precedence: what a question is, by the first pattern found in it."""

_SETTLED = re.compile("קבענו|סיכמנו|נקבעה")
_WH = re.compile("(?<![א-ת])(?:מה|איך|כמה|מתי|איפה|למה|מי|איזה|איזו|אילו|באיזה|באיזו|האם)(?![א-ת])")
_CHOOSING = re.compile("(?<![א-ת])או(?![א-ת])|עדיף|מתאים|נוח|איזה|איזו|יש לי|אפשר|פנוי")
_GOODBYE = re.compile(
    "יום (?:טוב|נעים|נפלא|מקסים|מצוין)|להתראות|(?<![א-ת])ביי(?![א-ת])|נתראה|שבוע טוב|כל טוב"
    "|המשך יום|בהצלחה|לא ניצור קשר"
)
_HOLD = re.compile("(?<![א-ת])(?:רגע|שנייה|שניה|בודקת|בודק|מיד|סבלנות|המתנה)(?![א-ת])")
_TOPICS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("size", re.compile("כמה (?:אנשי|עובדי|נציגי|אנשים|עובדים|נציגים|משתמשים|מוכרנים)")),
    ("volume", re.compile("כמה (?:לידים|פניות|שיחות|פגישות|לקוחות)")),
    ("tool", re.compile("מערכת|תוכנה|כלי|crm|CRM|סי אר אם|אקסל")),
    ("decider", re.compile("מחליט|החלטות|אחראי|מקבל")),
    ("budget", re.compile("תקציב")),
    ("when", re.compile("(?<![א-ת])מתי(?![א-ת])|לוח זמנים|תוך כמה")),
    ("pain", re.compile("אתגר|קושי|קשה|מפריע|בעיה|חסר|לשפר|כואב")),
    ("how", re.compile("(?<![א-ת])איך(?![א-ת])|כיצד|ספרו|תספרו")),
    ("which", _WH),
)


def understand(text: str) -> Heard:
    """What a person would take `text`, everything the agent said in one go, to ask of them."""
    plain = _QUOTES.sub("", _NIQQUD.sub("", text).replace("\u05be", " ")).strip()
    if not _HEBREW.search(plain):
        return Heard(Cue.UNCLEAR)
    sentences = [s.strip() for s in _SENTENCES.findall(plain) if s.strip()]
    settled = (slot.day for s in sentences if _SETTLED.search(s) for slot in _times(s))
    return replace(_understand(plain, sentences), settled=frozenset(day for day in settled if day in WEEKDAYS))


def _understand(plain: str, sentences: list[str]) -> Heard:
    asked = next((s for s in reversed(sentences) if s.endswith("?")), None)
    if asked is None:
        if _GOODBYE.search(plain):
            return Heard(Cue.GOODBYE)
        asked = next((s for s in reversed(sentences) if _WH.search(s)), None)
    slots = offered(sentences)
    if len(slots) >= 2 and _CHOOSING.search(plain) and (asked is None or not _PATTERNS[Cue.EMAIL].search(asked)):
        return Heard(Cue.SLOTS, slots)
    if asked is not None:
        return _question(asked, plain, slots)
    if len(plain) < 60 and _HOLD.search(plain):
        return Heard(Cue.HOLD)
    if slots:
        return Heard(Cue.CONFIRM, slots)
    return Heard(next((cue for cue in (Cue.REPEAT, Cue.PROPOSAL) if _PATTERNS[cue].search(plain)), Cue.STATEMENT))


def offered(sentences: list[str]) -> tuple[Slot, ...]:
    """The times of the last sentence that names two or more; else all times named in the turn."""
    by_sentence = [_times(sentence) for sentence in sentences]
    for times in reversed(by_sentence):
        if len(times) >= 2:
            return times
    return tuple(slot for times in by_sentence for slot in times)


def _question(asked: str, plain: str, slots: tuple[Slot, ...]) -> Heard:
    for cue, pattern in _PATTERNS.items():
        if pattern.search(asked):
            if cue is Cue.REPEAT and "מייל" in plain:
                return Heard(Cue.EMAIL)
            return Heard(cue, slots)
    topic = next((name for name, pattern in _TOPICS if pattern.search(asked)), "")
    return Heard(Cue.QUESTION, slots, topic)


def _times(sentence: str) -> tuple[Slot, ...]:
    times: list[Slot] = []
    for match in _TIMES.finditer(sentence):
        day, hour = match["day"], match["hour"]
        if day:
            # "מחר, יום שני" is one day named twice
            again = times and times[-1].hour is None and (day in WEEKDAYS) != (times[-1].day in WEEKDAYS)
            if again and times[-1].day not in WEEKDAYS:
                times[-1] = Slot(day, None)
            elif not again:
                times.append(Slot(day, None))
        elif times and times[-1].hour is None:
            times[-1] = Slot(times[-1].day, hour)
        else:
            times.append(Slot(times[-1].day if times else None, hour))
    return tuple(times)
