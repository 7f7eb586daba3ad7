"""Finds a playbook's own phrases, and numbers, in what a caller said."""

import re
from collections.abc import Sequence
from functools import lru_cache

from services.conversation.hebrew.numerals import number_at
from services.conversation.hebrew.words import fold, plain, words

_GLUED = "[ובהלמשכ]{0,2}"
"""Letters that Hebrew writes in front of a word: and, in, the, to, from, that, as."""
_WHOLE = {fold(name): value for name, value in {"מאה": 100, "מאתיים": 200, "אלף": 1000, "אלפיים": 2000}.items()}
_SCALES = {"מאות": 100, "אלפים": 1000, "אלף": 1000}


def mentions(said: str, phrase: str) -> bool:
    """Whether the phrase is in what was said, whatever letters are glued to its front."""
    return _pattern(phrase).search(_folded(said)) is not None


def first_number(said: str) -> int | None:
    """The first number that was said in Hebrew words or in digits, up to thousands."""
    folded = [word.folded for word in words(re.sub(r"(?<=\d),(?=\d{3})", "", said))]
    for index in range(len(folded)):
        part, end = _part(folded, index)
        if part is None:
            continue
        value = part
        while end < len(folded) and folded[end].startswith("ו"):
            more, after = _part([folded[end][1:], *folded[end + 1 :]], 0)
            if more is None or more >= value:
                break
            value, end = value + more, end + after
        return value
    return None


def _part(folded: Sequence[str], index: int) -> tuple[int | None, int]:
    """A number without what is added to it by "and", and the index behind it."""
    word = folded[index]
    whole = _WHOLE.get(word, _WHOLE.get(word.removeprefix("ב")))
    if whole is not None:
        return whole, index + 1
    number = number_at(folded, index)
    if number is None:
        return None, index
    scale = _SCALES.get(folded[number.end]) if number.end < len(folded) else None
    return (number.value * scale, number.end + 1) if scale else (number.value, number.end)


@lru_cache(maxsize=2000)
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_GLUED}{re.escape(_folded(phrase))}(?!\w)")


def _folded(text: str) -> str:
    return " ".join(fold(word) for word in re.findall(r"[\w'\"-]+", plain(text)))
