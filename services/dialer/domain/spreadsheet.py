"""What a spreadsheet made of the text in its cells, undone where that is possible and named where it is not."""

import re

from contracts.reasons import said

_MARKS = dict.fromkeys([0xFEFF, 0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_INVISIBLE = re.compile("[\0\r\xa0" + "".join(map(chr, _MARKS)) + "]")
_TEXT_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_EMPTY = frozenset(
    (
        "", "-", "--", "—", "–", "?", "n/a", "na", "#n/a", "null", "(null)", "none", "nan", "nil", "אין", "ללא",
        "לא ידוע", "#ref!", "#value!", "#name?", "#null!", "#div/0!",
    )
)  # fmt: skip
_LONGEST_EMPTY = max(map(len, _EMPTY))
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_SCIENTIFIC = re.compile(r"\+?(\d+)(?:[.,](\d+))?[eE]\+?(\d+)")
_TRAILING_ZERO = re.compile(r"(\+?\d+)[.,]0+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_TOO_NARROW = re.compile(r"#{3,}")


class SpoiledNumber(ValueError):
    """The spreadsheet has lost digits of a number; the message says how to get them back."""


def text_of(cell: str) -> str:
    """The text that somebody typed: without direction marks, `="..."` around it, the apostrophe that keeps a
    spreadsheet from reading it as a number or a formula, and the words for an empty cell."""
    text = cell
    if _INVISIBLE.search(text):
        text = text.translate(_MARKS).replace("\0", "").replace("\xa0", " ").replace("\r\n", "\n")
    text = text.strip()
    if text.startswith(('="', "'")):
        text = _unwrapped(text)
    return "" if len(text) <= _LONGEST_EMPTY and text.casefold() in _EMPTY else text


def _unwrapped(text: str) -> str:
    if found := _TEXT_FORMULA.fullmatch(text):
        text = found[1].replace('""', '"').strip()
    if text.startswith("'") and (text[1:2].isdigit() or text[1:].startswith(_FORMULA_STARTS)):
        text = text[1:].strip()
    return text


def number_of(text: str) -> str:
    """A phone number as it was before the spreadsheet took it for a quantity. Raises SpoiledNumber."""
    if found := _SCIENTIFIC.fullmatch(text):
        whole, decimals, exponent = found[1], found[2] or "", int(found[3])
        if len(decimals) != exponent:
            raise SpoiledNumber(said("number_rounded", written=text))
        return whole + decimals
    if _TOO_NARROW.fullmatch(text):
        raise SpoiledNumber(said("number_hidden", written=text))
    if found := _TRAILING_ZERO.fullmatch(text):
        return found[1]
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def harmless(text: str) -> str:
    """Text for a cell of ours that no spreadsheet will run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
