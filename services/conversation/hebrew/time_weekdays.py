"""Days by their name in an utterance: יום ג, ברביעי, מחר, ערב שבת; and what only looks like one: השני, שני ילדים."""

from collections.abc import Sequence
from datetime import date

from services.conversation.hebrew.counted import is_counted
from services.conversation.hebrew.durations import DAY
from services.conversation.hebrew.festival_calendar import festival_at
from services.conversation.hebrew.glued import at, has, look_up, prefix_of
from services.conversation.hebrew.numerals import number_at
from services.conversation.hebrew.time_months import month_of, month_start
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import (
    DAY_LETTER_NAMES,
    DAY_LETTERS,
    MONTHS,
    NEAR_DAYS,
    NEXT,
    OF_THIS,
    ORDINALS,
    PAST,
    THIS,
    WEEKDAYS,
)
from services.conversation.hebrew.words import word_set

_NOT_A_DAY = word_set(
    "תואר נר צד מצד חלק זוג סבב ניסיון לציון פעם דבר שלב מקום קומה יד מדרגה דרגה כיתה אחוז גיל בית מין"
)
_AFTER_NO_DAY = word_set("לציון במעלה ראשון אחוז במספר בתור ברשימה")
_MEETINGS = word_set("פגישה פגישות ישיבה ישיבת בישיבה בישיבת בפגישה בפגישות")
"""What is every Monday is no wish for one."""
_WORKS = word_set("עובד(|ת|ים) משתמש(|ת|ים) מנהל(ים|ת) יש אין עושים מתעסקים משלם משלמים נעזרים עוזרים נמצאים")
_ANY_DAY = word_set("כל בכל מכל מדי אותו באותו איזה באיזה")
_NOWADAYS = ("כיום", "שהיום")
_NO_LETTERS = word_set("ספר הספר פתוח פתוחה חולים מאה מאתיים ומאה ומאתיים וחמש")
"""Behind the name of a letter these make it a house, a door or a thousand."""
_AROUND = word_set("אחרי לפני אחר עד ערב בין מאז למחרת")
_BESIDE = word_set("שאחרי שלאחר שלפני")
_HOLIDAYS = word_set(
    "חג חגים החג החגים פסח סוכות שבועות פורים חנוכה ראש יוםכיפור כיפור בחירות הבחירות המלחמה מילואים"
    " החופש הקיץ החורף הלידה החתונה חופשה האביב הסתיו החופשה תשעה"
)
_YESTERDAY = word_set("אתמול שלשום אתמל")
_EVE = word_set("ערב בערב לערב")
AROUND_STARTS = _AROUND | word_set("שבוע מאז")
NIGHT_STARTS = _EVE | word_set("כניסת מוצש מוצאש מוצאי צאת")
NEAR_STARTS = _YESTERDAY | set(NEAR_DAYS)
WEEKDAY_STARTS = word_set("יום ימי ימים ב ל ג ד") | set(WEEKDAYS)
"""What the pieces found here begin with, letters glued to it aside."""


def vague(words: Sequence[str], index: int, today: date) -> Piece | None:
    """אחרי המלחמה, עד היום: no time can be made of these."""
    if words[index] in _AROUND and at(words, index + 1) in _HOLIDAYS:
        return Piece(Kind.NOTHING, index, index + 2)
    if at(words, index + 1) in _BESIDE and at(words, index + 2) in _HOLIDAYS and has(words[index], ("שבוע",)):
        return Piece(Kind.NOTHING, index, index + 3)
    if words[index] in ("עד", "מאז") and at(words, index + 1) == "היום" and not at(words, index + 2).startswith("ב"):
        return Piece(Kind.NOTHING, index, index + 2)
    return None


def near_day(words: Sequence[str], index: int, today: date) -> Piece | None:
    """היום, מחר, ממחרתיים; and אתמול, which is no time to come."""
    if words[index] in _YESTERDAY:
        return Piece(Kind.PAST, index, index + 1)
    found = look_up(words[index], NEAR_DAYS)
    if found is None or words[index] in _NOWADAYS:
        return None
    ahead, prefix = found
    if ahead == 0 and at(words, index - 1) in ("אותו", "באותו"):
        return Piece(Kind.NOTHING, index, index + 1)
    we = at(words, index + 1) in ("אנחנו", "אני", "אנו")
    if ahead == 0 and (at(words, index - 1) in _WORKS or at(words, index + 1 + we) in _WORKS):
        return Piece(Kind.NOTHING, index, index + 1)
    day = today + ahead * DAY
    whole = ahead == 0 and at(words, index - 1) in ("כל", "במשך", "לאורך")
    return Piece(Kind.DAY, index, index + 1, days=(day, day + DAY), prefix=prefix, whole=whole)


def weekday(words: Sequence[str], index: int, today: date) -> Piece | None:
    """יום ג, ברביעי, שלישי הבא. השני is an option and שני ילדים are two."""
    word = words[index]
    named_day = has(word, ("יום", "ימי", "ימים")) and word not in _NOWADAYS
    name = at(words, index + 1) if named_day else word
    after = index + 2 if named_day else index + 1
    if named_day and name == "ב" and at(words, index - 1) in _ANY_DAY and _is_figure(at(words, index + 2)):
        return None  # כל יום ב 10:00
    if named_day and name in DAY_LETTERS:
        return _weekday(words, index, after, DAY_LETTERS[name], prefix_of(word, "יום"), today)
    if named_day and name in DAY_LETTER_NAMES and _is_called(words, index, after):
        return _weekday(words, index, after, DAY_LETTER_NAMES[name], prefix_of(word, "יום"), today)
    if not named_day and word in ("ב", "ל") and at(words, index + 1) in WEEKDAYS:
        return _weekday(words, index, index + 2, WEEKDAYS[at(words, index + 1)], word, today)
    if index == 0 and word in ("ג", "ד") and _at_number(at(words, 1)):
        return _weekday(words, 0, 1, DAY_LETTERS[word], "", today)
    if named_day and at(words, index - 1) == "כל" and not _MEETINGS.isdisjoint(words):
        return Piece(Kind.NOTHING, index, after)
    found = look_up(name, WEEKDAYS)
    if found is None or (name == "רבעי" and at(words, after) in ("שעה", "השעה")):
        return None
    number, prefix = found
    following = at(words, after)
    definite = prefix in ("ה", "וה", "שה", "לה", "בה", "מה")
    of_week = following == "של" and at(words, after + 1) in ("שבוע", "השבוע")  # השלישי של שבוע הבא
    if definite and not (named_day or of_week) and name != "השבת" and following not in NEXT | THIS:
        return None
    if not named_day and (
        (has(at(words, index - 1), _NOT_A_DAY) and at(words, index - 1) != "הפעם") or following in _AFTER_NO_DAY
    ):
        return None
    if not named_day and name.endswith("שני") and (is_counted(following.removeprefix("ה")) or following == "ה"):
        return None
    if has(following, MONTHS) or following in ("לחודש", "בחודש"):
        return None
    return _weekday(words, index, after, number, prefix_of(word, "יום") if named_day else prefix, today)


def _is_figure(word: str) -> bool:
    return word[:1].isdigit() or number_at((word,), 0) is not None


def _is_called(words: Sequence[str], index: int, after: int) -> bool:
    """Whether the name of a letter behind יום is a weekday, rather than a thousand or a house: יום בית ספר."""
    following = at(words, after)
    counts = is_counted(following) or at(words, after + 1) == "מאות"
    return "ימים" not in words[index] and not (counts or following in _NO_LETTERS) and at(words, index - 1) != "איזה"


def _weekday(words: Sequence[str], start: int, end: int, number: int, prefix: str, today: date) -> Piece:
    following = at(words, end)
    if (of_month := _of_month(words, start, end, number, today)) is not None:
        return of_month
    in_past = "שבוע" in following and at(words, end + 1) in PAST  # ראשון בשבוע שעבר
    if in_past or (following == "האחרון" and at(words, end + 1) != "של"):
        return Piece(Kind.PAST, start, end + 1 + in_past)
    if following in PAST:
        return Piece(Kind.PAST, start, end + 1)
    piece = Piece(Kind.WEEKDAY, start, end, weekday=number, prefix=prefix)
    if following in _BESIDE and festival_at(words, end + 1, today):  # ביום ראשון שאחרי פסח
        return piece
    if following in _BESIDE and at(words, end + 1) in _HOLIDAYS:
        return Piece(Kind.NOTHING, start, end + 2)
    if following == "לא" and at(words, end + 1) == "השבוע":  # רביעי לא השבוע אלא הבא
        piece.following = True
        piece.end = end + 2 + (at(words, end + 2) in ("אלא", "זה", "בשבוע"))
        piece.end += at(words, piece.end) in NEXT
        return piece
    if following == "לא" and at(words, end + 1) in THIS:  # שלישי לא הקרוב זה שאחריו
        piece.end = end + 2 + (at(words, end + 2) in ("אלא", "זה"))
        piece.end += at(words, piece.end) in NEXT
        piece.skips = True
        return piece
    if following in NEXT or (
        following == "של" and at(words, end + 1) in ("שבוע", "השבוע") and at(words, end + 2) in NEXT
    ):
        piece.following = True
        piece.end = end + (1 if following in NEXT else 3)
    elif following in THIS:
        piece.this = following in OF_THIS
        piece.end = end + 1
    return piece


def _of_month(words: Sequence[str], start: int, end: int, number: int, today: date) -> Piece | None:
    """יום שלישי הראשון של אוקטובר, ראשון האחרון של מרץ."""
    which = look_up(at(words, end), {**ORDINALS, "אחרון": -1})
    month = month_of(words, end + 2, today) if which and at(words, end + 1) == "של" else None
    if which is None or month is None or month.days is None:
        return None
    first, behind = month_start(month.days[0], 0), month.days[1]
    day = first + (number - first.weekday()) % 7 * DAY + (which[0] - 1) * 7 * DAY
    if which[0] < 0:
        day = behind - DAY - (behind.weekday() - 1 - number) % 7 * DAY
    return Piece(Kind.DAY, start, max(month.end, end + 3), days=(day, day + DAY))


def saturday_night(words: Sequence[str], index: int, today: date) -> Piece | None:
    """במוצאי שבת, במוצ"ש; and ערב שבת, which is Friday. כניסת השבת bounds it."""
    if has(words[index], ("כניסת",)) and at(words, index + 1) in ("שבת", "השבת"):
        return Piece(Kind.WEEKDAY, index, index + 2, weekday=5)
    if words[index] in _EVE and at(words, index + 1) in ("שבת", "השבת"):
        return Piece(Kind.WEEKDAY, index, index + 2, weekday=4, prefix="ב")
    if has(words[index], ("מוצש", "מוצאש")):
        return Piece(Kind.SATURDAY_NIGHT, index, index + 1)
    if has(words[index], ("מוצאי", "צאת")) and at(words, index + 1) in ("שבת", "השבת"):
        return Piece(Kind.SATURDAY_NIGHT, index, index + 2)
    return None


def _at_number(word: str) -> bool:
    """Whether a word is a number with ב before it."""
    number = number_at((word,), 0)
    return number is not None and number.prefix == "ב"
