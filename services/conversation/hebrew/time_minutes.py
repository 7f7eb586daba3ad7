"""Minutes before and after an hour in an utterance: רבע לאחת עשרה, עשר ועשרים, חצי שעה לפני ארבע, ארבע פחות רבע."""

from collections.abc import Sequence

from services.conversation.hebrew.counted import is_counted
from services.conversation.hebrew.durations import HOUR, duration_at
from services.conversation.hebrew.glued import at, look_up
from services.conversation.hebrew.numerals import Gender, Number, number_at
from services.conversation.hebrew.words import word_set

_FAR = 3 * HOUR
"""The most that is said before or after an hour."""
UNITS = word_set("דקה דקות שעה שעות יום ימים שבוע שבועות חודש חודשים שנה שנים שניות")
_AFTER = {"וחצי": 30, "חצי": 30, "ורבע": 15, "ועשרה": 10, "וחמישה": 5, "ועשרים": 20, "וחמש": 5, "ועשר": 10, "וחמשה": 5}
TO = {"רבע": 15, "עשרה": 10, "חמישה": 5, "חמשה": 5, "עשרים": 20}
STARTS = frozenset(("דקה", *TO))
"""What minutes before an hour begin with, beside numbers and lengths of time."""


def beside_hour(words: Sequence[str], index: int) -> tuple[int, int, int, str] | None:
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
    minute, end = minutes_after(words, hour.end)
    if is_counted(at(words, end)) or at(words, end) in UNITS:
        return None
    total = hour.value * 60 + minute + side * int(length.low.total_seconds() // 60)
    return (total // 60 - 1) % 12 + 1, total % 60, end, glued


def minutes_to(words: Sequence[str], index: int) -> tuple[int, int, int, str] | None:
    """רבע לאחת עשרה, עשר דקות לשלוש, רבע אחרי עשר."""
    found = look_up(words[index], TO)
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
    past = at(words, after) == "אחרי" and at(words, index - 1) not in ("לפני", "עד")  # לפני חמש, אחרי שלוש
    skip = 1 if past or at(words, after) == "ל" else 0
    hour = number_at(words, after + skip)
    if hour is None or not 1 <= hour.value <= 12 or hour.gender is Gender.CONSTRUCT:
        return None
    surely = (found is not None and words[index].endswith("רבע")) or words[after - 1] in ("דקות", "דק")
    if hour.gender is Gender.MASCULINE and (hour.value == 1 or not surely):  # רבע לארבעה, as many say it
        return None
    if not past and not skip and hour.prefix != "ל":
        return None
    if is_counted(at(words, hour.end)) or at(words, hour.end) in UNITS:
        return None
    if past:
        return hour.value, minutes, hour.end, glued
    return hour.value - 1 or 12, 60 - minutes, hour.end, glued


def minutes_after(words: Sequence[str], index: int) -> tuple[int, int]:
    """The minutes said after an hour and the index behind them; nothing leaves both as they are."""
    following = at(words, index)
    if following == "ו" and index + 1 < len(words):  # ארבע ו חצי, as recognisers write it apart
        minute, end = minutes_after([*words[:index], "", f"ו{words[index + 1]}", *words[index + 2 :]], index + 1)
        return (minute, end) if minute else (0, index)
    if following in ("חצי", "רבע") and at(words, index + 1) in UNITS:
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
    if is_counted(behind) or behind in UNITS:
        return 0, index
    if number.prefix == "ו" and number.value > 3:
        return number.value, number.end
    if number.value > 10 and (number.gender is Gender.NONE or number.value > 12):
        return number.value, number.end
    return 0, index
