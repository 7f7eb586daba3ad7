"""What is wrong in a list, as a table to download, in the language of the page."""

import codecs
import csv
import io
from collections.abc import AsyncIterator

from services.telemetry.console.language import Words

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes Hebrew for something else."""
_HEADINGS = ("line", "column", "value", "problem", "cure", "row")
_END = "\r\n"


async def translated(words: Words, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The dialer's report, row by row, in another language."""
    headings = True
    async for cells in _rows(pieces):
        if headings:
            headings = False
            yield (BYTE_ORDER_MARK + _line([words(f"campaigns.{each}") for each in _HEADINGS])).encode()
        else:
            yield _line(_row(words, cells)).encode()


def _row(words: Words, cells: list[str]) -> list[str]:
    line, column, value, problem, cure, became = cells
    problem, cure = words.fault(problem, cure)
    return [line, words.of("column", column) if column else "", value, problem, cure, words.of("row", became)]


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


async def _rows(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[str]]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    row, rest = "", ""
    async for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split(_END)
        for line in lines:
            row += line + _END
            if row.count('"') % 2 == 0:  # else it ends within a cell
                yield next(csv.reader(io.StringIO(row, newline="")))
                row = ""
