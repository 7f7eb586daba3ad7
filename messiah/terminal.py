"""Hebrew the right way round.

A few terminals lay Hebrew out themselves; most print characters in the order they get them, so that a Hebrew line
reads backwards. For those the line is turned into the order in which it is seen, by the rules of the Unicode
bidirectional algorithm (UAX #9) that matter without explicit marks. Pipes and files always get the logical order.
"""

import os
import sys
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import groupby, zip_longest
from typing import IO

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

MAX_WIDTH = 88
"""Columns; longer lines of speech are hard to read."""

MARKS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Invisible direction marks: a terminal that needs our help would only show them as boxes."""

_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_STRONG = {"L": "L", "R": "R", "AL": "R"}


def reorders(stream: IO[str] | None = None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether lines for this stream (standard output, if none is given) must be put in visual order by us.

    MESSIAH_BIDI is `logical` (the terminal does it), `visual` (we do it) or `auto`.
    """
    wish = environ.get("MESSIAH_BIDI", "auto")
    if wish in ("logical", "visual"):
        return wish == "visual"
    if not (stream or sys.stdout).isatty():
        return False
    knows_bidi = (
        "VTE_VERSION" in environ
        or "KONSOLE_VERSION" in environ
        or "MLTERM" in environ
        or environ.get("TERM_PROGRAM") == "Apple_Terminal"
        or environ.get("TERM", "").startswith(("mlterm", "konsole"))
    )
    return not knows_bidi


def visual(text: str, *, rtl: bool = True) -> str:
    """One line in the order in which it is seen from left to right.

    `rtl` is the direction of the line as a whole: True for a Hebrew sentence that may hold foreign words and
    numbers, False for a foreign one that may hold Hebrew.
    """
    text = text.translate(MARKS)
    levels = _levels(text, rtl)
    units = _with_combining(text, levels)
    for level in range(max(levels, default=0), 0, -1):
        turned: list[tuple[str, int]] = []
        for high, run in groupby(units, key=lambda unit: unit[1] >= level):
            together = list(run)
            turned += reversed(together) if high else together
        units = turned
    return "".join(unit.translate(_MIRRORED) if level % 2 else unit for unit, level in units)


def lines(text: str, width: int, *, reorder: bool, rtl: bool = True) -> list[str]:
    """Wrap a paragraph to `width` columns; where we reorder a Hebrew one, it also stands at the right edge."""
    wrapped = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
    if not reorder:
        return wrapped
    seen = [visual(line, rtl=rtl) for line in wrapped]
    return [line.rjust(width) for line in seen] if rtl else seen


def _with_combining(text: str, levels: list[int]) -> list[tuple[str, int]]:
    """Characters with the vowel points that sit on them, which must stay behind their letter."""
    units: list[tuple[str, int]] = []
    for character, level in zip(text, levels, strict=True):
        if units and unicodedata.combining(character):
            units[-1] = (units[-1][0] + character, units[-1][1])
        else:
            units.append((character, level))
    return units


def _levels(text: str, rtl: bool) -> list[int]:
    """The embedding level of each character: odd ones run from right to left."""
    base = "R" if rtl else "L"
    kinds = _numbers(_kinds(text, base), base)
    _neutrals(kinds, base)
    if rtl:
        return [1 if kind == "R" else 2 for kind in kinds]
    return [{"R": 1, "EN": 2}.get(kind, 0) for kind in kinds]


def _kinds(text: str, base: str) -> list[str]:
    """Each character as L, R, EN (a digit) or its weak or neutral class; points count as what they sit on."""
    kinds: list[str] = []
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "NSM":
            kind = kinds[-1] if kinds else base
        kinds.append(_STRONG.get(kind, "EN" if kind == "AN" else kind))
    return kinds


def _numbers(kinds: list[str], base: str) -> list[str]:
    """Join what belongs to a number (10:30, 1,500, -5%, ₪20), and digits to the foreign word they follow."""
    for i in range(1, len(kinds) - 1):
        if kinds[i] in ("ES", "CS") and kinds[i - 1] == kinds[i + 1] == "EN":
            kinds[i] = "EN"
    start = 0
    for kind, run in groupby(list(kinds)):
        end = start + len(list(run))
        beside_number = "EN" in kinds[max(start - 1, 0) : start] + kinds[end : end + 1]
        if kind == "ET" and beside_number:
            kinds[start:end] = ["EN"] * (end - start)
        start = end
    strong = base
    for i, kind in enumerate(kinds):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[i] = "L"
    return kinds


def _neutrals(kinds: list[str], base: str) -> None:
    """Spaces and punctuation take the direction of both their neighbours, or else the line's."""
    side = {"L": "L", "R": "R", "EN": "R"}
    before, start = base, 0
    for is_set, run in groupby(list(kinds), key=side.__contains__):
        end = start + len(list(run))
        if not is_set:
            after = side[kinds[end]] if end < len(kinds) else base
            kinds[start:end] = [before if before == after else base] * (end - start)
        before = side[kinds[end - 1]]
        start = end


class Screen:
    """Prints lines, Hebrew the right way round."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._reorder = reorders(self.console.file)
        self._width = min(self.console.width, MAX_WIDTH)

    def hebrew(self, text: str, style: str = "") -> None:
        """A paragraph that reads from right to left."""
        if not self._reorder and not self.console.is_terminal:
            self._print(text, style)
            return
        for line in lines(text, self._width, reorder=self._reorder):
            self._print(line, style)

    def say(self, text: str, style: str = "") -> None:
        """A line that reads from left to right and may hold Hebrew names."""
        for line in lines(text, self.console.width, reorder=True, rtl=False) if self._reorder else [text]:
            self._print(line, style)

    def row(self, *columns: str) -> None:
        """Columns separated by tabs, for programs to read."""
        self.console.file.write("\t".join(columns) + "\n")

    def panel(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Named facts in a box; their values may hold Hebrew."""
        indent = max(len(name) for name, _ in rows) + 2
        body = []
        for name, value in rows:
            wrapped = lines(value, self._width - indent - 4, reorder=self._reorder, rtl=False)
            body += [label.ljust(indent) + line for label, line in zip_longest([name], wrapped, fillvalue="")]
        self.console.print(Panel(Text("\n".join(body)), title=Text(title), title_align="left", width=self._width))

    def mixed(self, text: str) -> str:
        """A line from left to right, its Hebrew turned where this terminal needs it."""
        return visual(text, rtl=False) if self._reorder else text

    def _print(self, line: str, style: str) -> None:
        self.console.print(Text(line, style), soft_wrap=True)
