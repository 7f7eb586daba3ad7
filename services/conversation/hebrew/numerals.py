"""Numbers in words, of either gender."""

from collections.abc import Sequence

from services.conversation.hebrew.words import bare

UNITS = {
    "אפס": 0,
    "אחת": 1, "אחד": 1,
    "שתיים": 2, "שניים": 2, "שתי": 2, "שני": 2,
    "שלוש": 3, "שלושה": 3, "שלושת": 3,
    "ארבע": 4, "ארבעה": 4, "ארבעת": 4,
    "חמש": 5, "חמישה": 5, "חמשת": 5,
    "שש": 6, "שישה": 6, "ששה": 6,
    "שבע": 7, "שבעה": 7,
    "שמונה": 8,
    "תשע": 9, "תשעה": 9,
    "עשר": 10, "עשרה": 10,
}  # fmt: skip
TENS = {"עשרים": 20, "שלושים": 30, "ארבעים": 40, "חמישים": 50, "שישים": 60, "שבעים": 70, "שמונים": 80, "תשעים": 90}
TEEN = ("עשרה", "עשר")

_WORDS = UNITS | TENS


def number(words: Sequence[str], start: int) -> tuple[int, int] | None:
    """The number that begins at `start` and the index after it, or None. Prefixes of the first word are ignored."""
    if start >= len(words):
        return None
    first = words[start]
    digits = first.lstrip("בלהומש")
    if digits.isdigit():
        return int(digits), start + 1
    word = bare(first, _WORDS)
    if word is None:
        return None
    value, index = _WORDS[word], start + 1
    following = words[index] if index < len(words) else ""
    if value < 10 and value > 0 and following in TEEN and word not in ("שתי", "שני"):
        return value + 10, index + 1
    if value in TENS.values() and following.startswith("ו") and UNITS.get(following[1:], 0) in range(1, 10):
        return value + UNITS[following[1:]], index + 1
    return value, index
