"""Hours in an utterance: בעשר וחצי, ב-14:30, חצות; and numbers that are none."""

import re
from collections.abc import Sequence

from services.conversation.hebrew import time_minutes
from services.conversation.hebrew.counted import is_counted
from services.conversation.hebrew.glued import at, has
from services.conversation.hebrew.numerals import Gender, Number, number_at
from services.conversation.hebrew.time_minutes import TO, UNITS, beside_hour, minutes_after, minutes_to
from services.conversation.hebrew.time_parts import part_follows
from services.conversation.hebrew.time_pieces import Kind, Piece
from services.conversation.hebrew.time_words import WEEKDAYS
from services.conversation.hebrew.words import word_set

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_FOUR_DIGITS = re.compile(r"(\d{1,2})([0-5]\d)")
"""14:30 as recognisers write it without the colon: 1430."""
_SAID_BEFORE_HOURS = word_set(
    "שעה בשעה לשעה משעה השעה נגיד בסביבות סביב סביבות בערך באזור באיזור איזה איזור עד אחרי לפני בין לקראת"
    " ב ל מ ועד משעה כמו החל ש בסביבת איזשהו"
)
_NAMED_BY_NUMBER = word_set("שלוחה לשלוחה בשלוחה קומה חדר דירה כביש קו סעיף ערוץ בניין כניסה שער מסוף גיל בגיל")
"""A number behind these is a name."""
_AGREED = word_set("נסגור סגרנו נלך נקבע קבענו נתפשר סוגרים הולכים")
"""נסגור על שתיים."""
_AGREED_TO = word_set("כן בסדר אפשר")
_AT = word_set("ב ל מ בשעה לשעה משעה מהשעה השעה שעה")
_SAME = word_set("באותה ובאותה אותה אותו באותו")
STARTS = _AT | _SAME | time_minutes.STARTS | {"חצות"}
"""What a piece found here begins with, beside numbers and lengths of time."""
_SAID_BEHIND_HOURS = word_set("בדיוק בערך פנוי פנויה פתוח מתאים עדיף סבבה מצוין מעולה אחלה")


def clock(words: Sequence[str], index: int, pieces: Sequence[Piece]) -> Piece | None:
    """An hour of the clock, as it was said."""
    start, prefix = index, ""
    beside = beside_hour(words, index)
    if beside is not None:
        hour, minute, end, glued = beside
        return Piece(Kind.CLOCK, start, end, hour=hour, minute=minute, prefix=glued)
    if words[index] in _AT and index + 1 < len(words):
        prefix, index = words[index][:1], index + 1
    if words[index] in _SAME and at(words, index + 1) in ("שעה", "השעה", "זמן"):
        named = next((piece for piece in reversed(pieces) if piece.kind is Kind.CLOCK and piece.hour >= 0), None)
        if named is not None:  # מיום שלישי בעשר ליום חמישי באותה שעה
            return Piece(Kind.CLOCK, start, index + 2, hour=named.hour, minute=named.minute)
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
        minute, end = minutes_after(words, index + 1 + noon)
        prefix = prefix or words[index][:1]
        return Piece(Kind.CLOCK, start, end, hour=12 * noon, minute=minute, prefix=prefix, midnight=not noon)
    before = minutes_to(words, index)
    if before is not None:
        hour, minute, end, glued = before
        return Piece(Kind.CLOCK, start, end, hour=hour, minute=minute, prefix=prefix or glued)
    number = number_at(words, index)
    if number is None or not 0 <= number.value <= 24:
        return None
    if at(words, start - 1) in _NAMED_BY_NUMBER:
        return Piece(Kind.NOTHING, start, _spelled(words, index, fewest=1) or number.end)
    if not (prefix or number.prefix) and (spelled := _spelled(words, index)):
        return Piece(Kind.NOTHING, start, spelled)
    if number.gender is Gender.CONSTRUCT:
        return None
    if number.gender is Gender.MASCULINE and not _masculine_hour(words, start, number, prefix, pieces):
        return None
    less = TO.get(at(words, number.end + 1)) if at(words, number.end) == "פחות" else None
    if less is not None:  # ארבע פחות רבע
        end, hour = number.end + 2, (number.value - 2) % 12 + 1
        return Piece(Kind.CLOCK, start, end, hour=hour, minute=60 - less, prefix=prefix or number.prefix)
    minute, end = minutes_after(words, number.end)
    if not (minute or end > number.end) and not _is_hour(words, start, number, prefix, pieces):
        return None
    if number.gender is Gender.NONE and number.value > 12 and end == number.end and not words[index].isdigit():
        return None
    return Piece(Kind.CLOCK, start, end, hour=number.value % 24, minute=minute, prefix=prefix or number.prefix)


def _spelled(words: Sequence[str], index: int, fewest: int = 3) -> int:
    """The index behind a number told digit by digit, which is no hour: שלוש שתיים אחת. 0 if it is none."""
    digits: list[int] = []
    while (digit := number_at(words, index)) is not None and digit.value < 10 and digit.prefix == "":
        digits.append(digit.value)
        index = digit.end
    is_clock = digits[-2:] == [0, 0] or (digits[:1] == [0] and number_at(words, index) is not None)
    return index if len(digits) >= fewest and not is_clock else 0


def _masculine_hour(words: Sequence[str], start: int, number: Number, prefix: str, pieces: Sequence[Piece]) -> bool:
    """Hours are feminine, but many say them in the masculine: מחר בארבעה, בשלושה וחצי.

    So do counts, so that an "at" has to stand before it, and beside it a day, a part of one, a half or the word hour.
    """
    at_it = (prefix or number.prefix)[-1:] in ("ב", "ל", "מ") or at(words, start - 1) in _SAID_BEFORE_HOURS
    minute, end = minutes_after(words, number.end)
    hour_said = has(words[start], ("שעה",))
    if (number.value > 12 and not hour_said) or _counts(words, end):
        return False
    if part_follows(words, end):
        return at_it or bool(prefix or number.prefix) or number_at(words, 0) == number
    if hour_said:
        return True
    if not at_it:
        return False
    if minute in (15, 30):
        return True
    if number.value == 1:
        return False
    last = pieces[-1] if pieces else None
    gap = _FURTHEST if end == len(words) else 1
    beside = last is not None and last.kind is not Kind.NOTHING and start - last.end <= gap
    by_day = has(at(words, end), ("יום",)) and has(at(words, end + 1), WEEKDAYS)
    return beside or by_day or has(at(words, end), _NEAR)


_FURTHEST = 3
"""How many words may stand between a day and an hour that ends what is said: מחר תתקשרו אליי בחמישה."""


def _counts(words: Sequence[str], end: int) -> bool:
    """Whether what stands behind a masculine number is counted: בשלושה וחצי אחוז, באחד הסניפים, בארבעה אתרי בנייה."""
    further = number_at(words, end)
    if further is not None and further.prefix == "ל":  # בין שלושה לחמישה עובדים
        end = further.end
    following = at(words, end)
    several = following.startswith("ה") and following.endswith(("ים", "ות")) and not part_follows(words, end)
    of_several = following.startswith("מה") and len(following) > 3 and not has(following, _NEAR)
    construct = len(following) > 3 and following.endswith("י") and following not in ("אחרי", "לפני", "אולי", "אלי")
    construct = construct and not has(following, WEEKDAYS)
    return is_counted(following) or following in UNITS or several or of_several or construct


def _is_hour(words: Sequence[str], start: int, number: Number, prefix: str, pieces: Sequence[Piece]) -> bool:
    """A number is an hour if it is said as one: after ב or ל, before a part of the day, beside a day, or by itself."""
    following = at(words, number.end)
    if following in UNITS or is_counted(following):
        return False
    glued = prefix or number.prefix
    if number.value == 0:
        return False
    if number.prefix[-1:] == "ה" and at(words, start - 1) != "שעה":
        return False
    if part_follows(words, number.end):
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
    if number.gender is Gender.FEMININE and _is_put_right(words, start, pieces):
        return True
    if pieces and following in _AGREED_TO and number.gender is Gender.FEMININE:  # בעשר לא הולך, שתיים כן
        return True
    if last is not None and start - last.end <= 1 and last.kind is not Kind.NOTHING:
        return last.end == start or before in ("או", "עד", "ועד", "רק", "נגיד", "אולי", "כמו", "אה", "ה")
    if before in ("אולי", "עדיף") and number.end == len(words) and number.value > 1:
        return number.gender is Gender.FEMININE
    if len(words) <= 3 and number.end < len(words) and (number_at(words, number.end) or number).end == len(words):
        return number.gender is Gender.FEMININE and at(words, number.end) != ""
    if len(words) == number.end - start or (len(words) <= 3 and has(at(words, number.end), _NEAR)):
        return number.gender is Gender.FEMININE or words[start].isdigit()
    return has(following, _NEAR) or (has(following, ("יום",)) and bool(at(words, number.end + 1)))


def _is_put_right(words: Sequence[str], start: int, pieces: Sequence[Piece]) -> bool:
    """Whether an hour is said instead of one before it: באחת עשרה, אהה, תעשי את זה שתים עשרה; סליחה, שתים עשרה."""
    if not any(piece.kind is Kind.CLOCK for piece in pieces):
        return False
    before = start - 2 * (words[start - 2 : start] == ["את", "זה"]) - (at(words, start - 1) in ("לי", "לנו"))
    return at(words, before - 1) in (_MAKE if before < start else _MAKE | _RATHER)


_MAKE = word_set("(ת|נ)עשה (ת|)עש(י|ו) (ת|נ|)שים (ת|)שימ(י|ו) (ת|נ)רשום (ת|)רשמ(י|ו) תן תנ(י|ו) שיהיה")
_RATHER = word_set("סליחה בעצם רגע לא עדיף")
_NEAR = word_set("היום מחר מחרתיים ברביעי בשלישי בשני בראשון בחמישי בשישי")
