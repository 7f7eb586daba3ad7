"""Hours and parts of the day in an utterance: בעשר וחצי, רבע לאחת עשרה, אחרי הצהריים."""

import re
from collections.abc import Sequence

from services.conversation.hebrew.counted import is_counted
from services.conversation.hebrew.durations import HOUR, duration_at
from services.conversation.hebrew.glued import at, has, look_up
from services.conversation.hebrew.numerals import Gender, Number, number_at
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import EVENING, LONG_PARTS, LONGEST_PART, PARTS
from services.conversation.hebrew.words import word_set

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_FOUR_DIGITS = re.compile(r"(\d{1,2})([0-5]\d)")
"""14:30 as recognisers write it without the colon: 1430."""
_SAID_BEFORE_HOURS = word_set(
    "שעה בשעה לשעה משעה השעה נגיד בסביבות סביב סביבות בערך באזור באיזור איזה איזור עד אחרי לפני בין לקראת"
    " ב ל מ ועד משעה כמו החל ש בסביבת איזשהו"
)
_AGREED = word_set("נסגור סגרנו נלך נקבע קבענו נתפשר סוגרים הולכים")
"""נסגור על שתיים."""
_SAID_BEHIND_HOURS = word_set("בדיוק בערך פנוי פנויה פתוח מתאים עדיף סבבה מצוין מעולה אחלה")
_WISHED = word_set("טוב טובים אור שבת חג נעים נפלא שקט מקסים מצוין")
"""בוקר טוב, ערב נעים: not a time."""
_WITH_EVES = word_set("חג החג ראש יום שבת השבת פסח סוכות שבועות כיפור פורים חנוכה העצמאות")
"""ערב before these is the day before."""
_PREFERRED = word_set("של עדיף יותר נוח מתאים בסדר אפשר הכי מעולה מצוין")
_PREFERS = word_set("עדיף מעדיף מעדיפה מעדיפים נגיד אולי רק כן או מדי מידי נוח בחר תרשמי תרשום")
"""What shows, behind it or before it, that a part of the day by itself is meant as a time."""
_FAR = 3 * HOUR
"""The most that is said before or after an hour."""
_UNITS = word_set("דקה דקות שעה שעות יום ימים שבוע שבועות חודש חודשים שנה שנים שניות")
_AFTER = {"וחצי": 30, "חצי": 30, "ורבע": 15, "ועשרה": 10, "וחמישה": 5, "ועשרים": 20, "וחמש": 5, "ועשר": 10, "וחמשה": 5}
_TO = {"רבע": 15, "עשרה": 10, "חמישה": 5, "חמשה": 5, "עשרים": 20}


def part(words: Sequence[str], index: int, pieces: Sequence[Piece]) -> Piece | None:
    """A part of the day."""
    for length in range(min(LONGEST_PART, len(words) - index), 0, -1):
        phrase = tuple(words[index : index + length])
        for prefix in ("", "ב", "ה", "ו", "ל", "מ", "ש"):
            if phrase[0].startswith(prefix):
                known = LONG_PARTS.get((phrase[0][len(prefix) :], *phrase[1:]))
                if known is not None:
                    return Piece(Kind.PART, index, index + length, part=known)
    if words[index] == "ב" and at(words, index + 1) in PARTS:
        return Piece(Kind.PART, index, index + 2, part=PARTS[words[index + 1]])
    if has(words[index], ("שעות",)) and look_up(at(words, index + 1), PARTS):
        found = look_up(words[index + 1], PARTS)
        return Piece(Kind.PART, index, index + 2, part=found[0] if found else None)
    found = look_up(words[index], PARTS)
    if found is None or (not found[1] and at(words, index + 1) in _WISHED):
        return None
    daypart, prefix = found
    if daypart is EVENING and at(words, index + 1) in _WITH_EVES:
        return None
    beside = bool(pieces) and pieces[-1].end == index
    preferred = at(words, index + 1) in _PREFERRED or at(words, index - 1) in _PREFERS
    preferred = preferred or (at(words, index + 1) == "יום" and daypart is not EVENING)  # בוקר יום שני
    preferred = preferred or words[index + 1 : index + 3] == ["זה", "הכי"]
    if not prefix and not beside and len(words) > 2 and not preferred:
        return None
    today = prefix in ("ה", "מה", "עדה") and words[index] not in ("הצהרים", "הצוהרים")
    return Piece(Kind.PART, index, index + 1, part=daypart, today=today, prefix=prefix)


def clock(words: Sequence[str], index: int, pieces: Sequence[Piece]) -> Piece | None:
    """An hour."""
    start, prefix = index, ""
    beside = _beside_hour(words, index)
    if beside is not None:
        hour, minute, end, glued = beside
        return Piece(Kind.CLOCK, start, end, hour=hour, minute=minute, prefix=glued)
    if words[index] in ("ב", "ל", "מ", "בשעה", "לשעה", "משעה", "מהשעה", "השעה", "שעה") and index + 1 < len(words):
        prefix, index = words[index][:1], index + 1
    if words[index] in ("באותה", "אותה", "אותו", "באותו") and at(words, index + 1) in ("שעה", "השעה", "זמן"):
        return Piece(Kind.CLOCK, start, index + 2, same_hour=True)
    if words[start] in ("בשעה", "לשעה") and at(words, start + 1) in ("הזאת", "הזו", "הזאתי", "זו", "זאת"):
        return Piece(Kind.CLOCK, start, start + 2, same_hour=True)
    written = _CLOCK.fullmatch(words[index])
    if written and int(written[1]) < 24 and int(written[2]) < 60:
        return Piece(Kind.CLOCK, start, index + 1, hour=int(written[1]), minute=int(written[2]), prefix=prefix)
    beside_day = has(at(words, index + 1), _NEAR) or (bool(pieces) and pieces[-1].end == start)
    if (
        (prefix or beside_day)
        and (four := _FOUR_DIGITS.fullmatch(words[index]))
        and int(four[1]) < 24
        and int(four[2]) < 60
    ):
        return Piece(Kind.CLOCK, start, index + 1, hour=int(four[1]), minute=int(four[2]), prefix=prefix)
    if has(words[index], ("חצות",)):
        noon = at(words, index + 1) == "היום"
        minute, end = _minutes_after(words, index + 1 + noon)
        prefix = prefix or words[index][:1]
        return Piece(Kind.CLOCK, start, end, hour=12 * noon, minute=minute, prefix=prefix, midnight=not noon)
    before = _minutes_to(words, index)
    if before is not None:
        hour, minute, end, glued = before
        return Piece(Kind.CLOCK, start, end, hour=hour, minute=minute, prefix=prefix or glued)
    number = number_at(words, index)
    if number is None or not 0 <= number.value <= 24:
        return None
    if not (prefix or number.prefix) and (spelled := _spelled(words, index)):
        return Piece(Kind.NOTHING, start, spelled)
    if number.gender in (Gender.MASCULINE, Gender.CONSTRUCT) and not _masculine_hour(words, number, prefix):
        return None
    less = _TO.get(at(words, number.end + 1)) if at(words, number.end) == "פחות" else None
    if less is not None:  # ארבע פחות רבע
        end, hour = number.end + 2, (number.value - 2) % 12 + 1
        return Piece(Kind.CLOCK, start, end, hour=hour, minute=60 - less, prefix=prefix or number.prefix)
    minute, end = _minutes_after(words, number.end)
    if not (minute or end > number.end) and not _is_hour(words, start, number, prefix, pieces):
        return None
    if number.gender is Gender.NONE and number.value > 12 and end == number.end and not words[index].isdigit():
        return None
    return Piece(Kind.CLOCK, start, end, hour=number.value % 24, minute=minute, prefix=prefix or number.prefix)


def _spelled(words: Sequence[str], index: int) -> int:
    """The index behind a number told digit by digit, which is no hour: שלוש שתיים אחת. 0 if it is none."""
    digits: list[int] = []
    while (digit := number_at(words, index)) is not None and digit.value < 10 and digit.prefix == "":
        digits.append(digit.value)
        index = digit.end
    is_clock = digits[-2:] == [0, 0] or (digits[:1] == [0] and number_at(words, index) is not None)
    return index if len(digits) > 2 and not is_clock else 0


def _masculine_hour(words: Sequence[str], number: Number, prefix: str) -> bool:
    """Hours are feminine; a masculine one is taken only with "at" before it and a part of the day behind it."""
    first = number_at(words, 0)
    said = bool(prefix or number.prefix) or first == number
    return number.gender is Gender.MASCULINE and said and _is_part(words, number.end)


def _beside_hour(words: Sequence[str], index: int) -> tuple[int, int, int, str] | None:
    """חצי שעה לפני ארבע, רבע שעה אחרי שתיים: hour, minute, the index behind them, and what was glued to the front."""
    glued = "ב" if words[index].startswith("בח") or words[index].startswith("בר") else ""
    length = duration_at([words[index].removeprefix(glued), *words[index + 1 :]], 0)
    if length is None or length.low != length.high or length.low > _FAR:
        return None
    after = index + length.end
    side = {"לפני": -1, "אחרי": 1}.get(at(words, after))
    after += 1 + (at(words, after + 1) in ("ה", "שעה", "השעה"))
    noon = at(words, after) in ("צהרים", "הצהרים", "הצהריים")
    hour = Number(12, after + 1, Gender.FEMININE, "") if noon else number_at(words, after)
    if side is None or hour is None or hour.gender in (Gender.MASCULINE, Gender.CONSTRUCT) or not 1 <= hour.value <= 12:
        return None
    minute, end = _minutes_after(words, hour.end)
    if is_counted(at(words, end)) or at(words, end) in _UNITS:
        return None
    total = hour.value * 60 + minute + side * int(length.low.total_seconds() // 60)
    return (total // 60 - 1) % 12 + 1, total % 60, end, glued


def _minutes_to(words: Sequence[str], index: int) -> tuple[int, int, int, str] | None:
    """רבע לאחת עשרה, עשר דקות לשלוש, רבע אחרי עשר."""
    found = look_up(words[index], _TO)
    before = at(words, index - 1) if at(words, index - 1) in ("בין", "מ", "משעה") else ""  # מעשר לאחת עשרה is a range
    after = index + 1
    glued = found[1] if found else ""
    minutes = found[0] if found else 0
    number = number_at(words, index)
    if words[index] in ("דקה", "בדקה"):
        minutes, after, glued = 1, index + 1, words[index].removesuffix("דקה")
    elif number is not None and at(words, number.end) in ("דקות", "דק"):
        minutes, after, glued = number.value, number.end + 1, number.prefix
    elif (
        number is not None
        and number.value in (5, 10, 20, 25)
        and (number.gender is not Gender.FEMININE or number.value > 12 or number.prefix + before == "")
    ):
        minutes, after, glued = number.value, number.end, number.prefix
    if not 0 < minutes < 60:
        return None
    past = at(words, after) == "אחרי"
    skip = 1 if past or at(words, after) == "ל" else 0
    hour = number_at(words, after + skip)
    if hour is None or not 1 <= hour.value <= 12 or hour.gender in (Gender.MASCULINE, Gender.CONSTRUCT):
        return None
    if not past and not skip and hour.prefix != "ל":
        return None
    if is_counted(at(words, hour.end)) or at(words, hour.end) in _UNITS:
        return None
    if past:
        return hour.value, minutes, hour.end, glued
    return hour.value - 1 or 12, 60 - minutes, hour.end, glued


def _minutes_after(words: Sequence[str], index: int) -> tuple[int, int]:
    """The minutes said after an hour and the index behind them; nothing leaves both as they are."""
    following = at(words, index)
    if following in ("חצי", "רבע") and at(words, index + 1) in _UNITS:
        return 0, index
    whole = number_at(words, index)
    if following in _AFTER and not (whole and whole.end > index + 1):  # ועשרים, but not ועשרים וחמש
        end = index + 1
        return _AFTER[following], end + (at(words, end) in ("דקות", "דקה"))
    if following == "אפס":
        zero = number_at(words, index + 1)
        if zero is not None and zero.value < 10:
            return zero.value, zero.end
    if following == "00":
        return 0, index + 1
    number = number_at(words, index)
    if number is None or number.prefix not in ("", "ו") or not 0 < number.value < 60:
        return 0, index
    behind = at(words, number.end)
    if behind in ("דקות", "דקה") and number.prefix == "ו":
        return number.value, number.end + 1
    if is_counted(behind) or behind in _UNITS:
        return 0, index
    if number.prefix == "ו" and number.value > 3:
        return number.value, number.end
    if number.value > 10 and (number.gender is Gender.NONE or number.value > 12):
        return number.value, number.end
    return 0, index


def _is_part(words: Sequence[str], index: int) -> bool:
    following = at(words, index)
    if has(following, PARTS) and following != "צהרי":
        return following not in PARTS or at(words, index + 1) not in ("טוב", "טובים")
    return any(tuple(words[index : index + length]) in LONG_PARTS for length in range(1, LONGEST_PART + 1)) or (
        following in ("אחרי", "אחר", "לפנות") and has(at(words, index + 1), PARTS)
    )


def _is_hour(words: Sequence[str], start: int, number: Number, prefix: str, pieces: Sequence[Piece]) -> bool:
    """A number is an hour if it is said as one: after ב or ל, before a part of the day, beside a day, or by itself."""
    following = at(words, number.end)
    if following in _UNITS or is_counted(following):
        return False
    glued = prefix or number.prefix
    if number.value == 0:
        return False
    if number.prefix[-1:] == "ה" and at(words, start - 1) != "שעה":
        return False
    if _is_part(words, number.end):
        return True
    if glued[-1:] in ("ב", "ל", "מ"):
        if number.value == 1 and glued.endswith(("מ", "ל")) and not pieces and len(words) > 4:
            return False
        return number.gender is not Gender.NONE or words[number.end - 1].isdigit()
    if following in _SAID_BEHIND_HOURS and number.gender is Gender.FEMININE and 1 < number.value <= 12:
        return True
    before = at(words, start - 1)
    if before in _SAID_BEFORE_HOURS or (before == "על" and at(words, start - 2) in _AGREED):
        return True
    last = pieces[-1] if pieces else None
    if last is not None and start - last.end <= 1 and last.kind is not Kind.NOTHING:
        return last.end == start or before in ("או", "עד", "ועד", "רק", "נגיד", "אולי", "כמו", "אה", "ה")
    if len(words) <= 3 and number.end < len(words) and (number_at(words, number.end) or number).end == len(words):
        return number.gender is Gender.FEMININE and at(words, number.end) != ""
    if len(words) == number.end - start or (len(words) <= 3 and has(at(words, number.end), _NEAR)):
        return number.gender is Gender.FEMININE or words[start].isdigit()
    return has(following, _NEAR) or (has(following, ("יום",)) and bool(at(words, number.end + 1)))


_NEAR = word_set("היום מחר מחרתיים ברביעי בשלישי בשני בראשון בחמישי בשישי")
