"""Numbers in words, of either gender, read from an utterance."""

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from services.conversation.hebrew.words import fold, words


class Gender(Enum):
    """The form a number was said in: hours are feminine, days of the month masculine."""

    FEMININE = "f"
    MASCULINE = "m"
    CONSTRUCT = "c"
    """שתי, שלושת: a noun follows."""
    NONE = "-"
    """Tens and digits."""


class Number(NamedTuple):
    """A number, the index of the word after it, its form, and the letters glued to its front."""

    value: int
    end: int
    gender: Gender
    prefix: str


_PREFIXES = (
    "",
    "ב",
    "ל",
    "מ",
    "ה",
    "ו",
    "ש",
    "כ",
    "וב",
    "ול",
    "ומ",
    "שב",
    "של",
    "שמ",
    "כשב",
    "מה",
    "לה",
    "בה",
    "וה",
    "כב",
)


def _table() -> dict[str, tuple[int, Gender]]:
    forms = {
        Gender.FEMININE: "אפס אחת שתיים שלוש ארבע חמש שש שבע שמונה תשע עשר",
        Gender.MASCULINE: "- אחד שניים שלושה ארבעה חמישה שישה שבעה שמונה תשעה עשרה",
        Gender.CONSTRUCT: "- - שתי שלושת ארבעת חמשת ששת שבעת שמונת תשעת עשרת",
    }
    table = {fold(word): (value, gender) for gender, row in forms.items() for value, word in enumerate(row.split())}
    table |= {"שני": (2, Gender.CONSTRUCT), "ששה": (6, Gender.MASCULINE), "שמונה": (8, Gender.FEMININE)}
    misspelled = {"ארבה": 4, "ארבא": 4, "תשה": 9, "עסר": 10}  # as recognisers write them
    table |= {word: (value, Gender.FEMININE) for word, value in misspelled.items()}
    table |= {"עסרה": (10, Gender.MASCULINE)}
    table |= {fold(f"{one}עשרה"): (value, Gender.FEMININE) for one, value in (("אחת", 11), ("אחד", 11), ("שתיים", 12))}
    table |= {
        fold(word): (10 * ten, Gender.NONE)
        for ten, word in enumerate("עשרים שלושים ארבעים חמישים שישים שבעים שמונים תשעים".split(), start=2)  # noqa: SIM905
    }
    del table[""]
    return table


_NUMBERS = _table()
_TEEN = {"עשרה": Gender.FEMININE, "עשר": Gender.MASCULINE}
_TEEN |= {"אסרה": Gender.FEMININE, "עסרה": Gender.FEMININE, "אסר": Gender.MASCULINE, "עסר": Gender.MASCULINE}


def number_at(words: Sequence[str], start: int) -> Number | None:
    """The number that begins at `start` of the folded words, or None."""
    if start >= len(words):
        return None
    word = words[start]
    if word.isdigit():
        return Number(int(word), start + 1, Gender.NONE, "")
    found = _named(word)
    return _continued(words, start, *found) if found is not None else None


@lru_cache(maxsize=4096)
def _named(word: str) -> tuple[tuple[int, Gender], str] | None:
    """The number a word names, and the letters glued to its front."""
    for prefix in _PREFIXES:
        if word.startswith(prefix) and (known := _NUMBERS.get(word[len(prefix) :])):
            return known, prefix
    return None


def _continued(words: Sequence[str], start: int, known: tuple[int, Gender], prefix: str) -> Number:
    value, gender = known
    end = start + 1
    following = words[end] if end < len(words) else ""
    if 0 < value < 10 and following in _TEEN and gender is not Gender.CONSTRUCT:
        agrees = gender is _TEEN[following] or value in (1, 2, 8)
        if agrees or gender is Gender.MASCULINE:
            said_wrong = gender is Gender.FEMININE and value in (1, 2)  # שתיים עשר
            return Number(value + 10, end + 1, _TEEN[following] if agrees and not said_wrong else gender, prefix)
    if gender is Gender.NONE and following.startswith("ו"):
        unit = _NUMBERS.get(following[1:])
        if unit and 0 < unit[0] < 10:
            return Number(value + unit[0], end + 1, unit[1], prefix)
    return Number(value, end, gender, prefix)


_WHOLE = {
    fold(name): value
    for name, value in {"מאה": 100, "מאתיים": 200, "אלף": 1000, "אלפיים": 2000, "מיליון": 1_000_000}.items()
}
_SCALES = {fold(name): value for name, value in {"מאות": 100, "אלפים": 1000, "אלף": 1000, "מיליון": 1_000_000}.items()}
_PARTS = {"חצי": 2, "רבע": 4}


def first_number(said: str) -> int | None:
    """The first number that was said in Hebrew words or in digits, up to thousands."""
    folded = [word.folded for word in words(re.sub(r"(?<=\d),(?=\d{3})", "", said))]
    for index in range(len(folded)):
        part, end = _part(folded, index)
        if part is None or (index and folded[index - 1] == "אף"):
            continue
        if folded[end : end + 1] == ["וחצי"] and (scale := _SCALES.get((folded[end + 1 : end + 2] or [""])[0])):
            return part * scale + scale // 2
        value = part
        while end < len(folded):
            if folded[end] == "וחצי" and value >= 1000:
                return value + _round(value) // 2
            joined = folded[end].removeprefix("ו")
            more, after = _part([joined, *folded[end + 1 :]], 0)
            if more is None or more >= (value if joined != folded[end] else _round(value)):
                break
            value, end = value + more, end + after
        return value
    return None


def _round(value: int) -> int:
    """What a number has to stay below to be added to this one without an "and": מאתיים חמישים, אלף מאתיים."""
    return next((scale for scale in (1_000_000, 1000, 100) if value >= scale and value % scale == 0), 0)


def _part(folded: Sequence[str], index: int) -> tuple[int | None, int]:
    """A number without what is added to it by "and", and the index behind it."""
    word = folded[index]
    if word in _PARTS and index + 1 < len(folded) and folded[index + 1] in _WHOLE:
        return _WHOLE[folded[index + 1]] // _PARTS[word], index + 2
    whole = _WHOLE.get(word, _WHOLE.get(word.removeprefix("ב")))
    if whole is not None:
        thousands = whole < 1000 and index + 1 < len(folded) and folded[index + 1] == "אלף"
        return (whole * 1000, index + 2) if thousands else (whole, index + 1)
    number = number_at(folded, index)
    if number is None:
        return None, index
    scale = _SCALES.get(folded[number.end]) if number.end < len(folded) else None
    if scale == 100 and folded[number.end + 1 : number.end + 2] == ["אלף"]:  # שש מאות אלף
        return number.value * 100_000, number.end + 2
    return (number.value * scale, number.end + 1) if scale else (number.value, number.end)
