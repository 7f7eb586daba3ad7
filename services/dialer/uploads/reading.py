"""Bytes to rows: a CSV file as spreadsheets and people write it, read line by line however long it is."""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from contracts.reasons import said
from services.dialer.uploads.encoding import encoding_of
from services.dialer.uploads.problem import UnreadableFile

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 100_000
MOST_LINES = 50
"""So many lines belong to one row at most; a quotation mark that is still open then was never closed."""
_HEADER_WITHIN = 12
"""A title or two may stand above the header."""

Knows = Callable[[list[str]], int]
"""How many columns of a row are known by name; 0 for a row that cannot be the header."""


@dataclass(frozen=True)
class Row:
    """The cells of one row, and the line of the file on which it begins."""

    line: int
    cells: list[str]
    fault: str | None = None
    """Why the line is no row, with the cure."""

    @property
    def blank(self) -> bool:
        return self.fault is None and not any(cell.strip() for cell in self.cells)


class Sheet:
    """A file that is open for reading: its header, and then its rows, once."""

    def __init__(self, path: Path, knows: Knows) -> None:
        """Raises UnreadableFile if no row of the first few names a column we know."""
        self.encoding = encoding_of(path)
        self._binary = path.open("rb")
        try:
            self.delimiter, self._header_line, self.header = _find_header(self._text(), knows)
            self._binary.seek(0)
            self._lines = self._text()
        except BaseException:
            self._binary.close()
            raise

    def rows(self) -> Iterator[Row]:
        """Every row below the header that is not blank, in order."""
        for row in read_rows(self._lines, self.delimiter):
            if row.line > self._header_line and not row.blank:
                yield row

    @property
    def bytes_read(self) -> int:
        return self._binary.tell()

    def close(self) -> None:
        self._binary.close()

    def _text(self) -> io.TextIOWrapper:
        unclosable = io.BufferedReader(_Borrowed(self._binary))
        return io.TextIOWrapper(unclosable, self.encoding, errors="replace", newline="")


class _Borrowed(io.RawIOBase):
    """A file that stays open when its reader is thrown away."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what a BufferedReader gives
        block = self._file.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


class _Unclosed(Exception):
    """A row does not end: a quotation mark was never closed."""


class _Lines:
    """Lines for a csv reader. Those of the row that is being read can be put back."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.first = 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise _Unclosed
        line = self._again.popleft() if self._again else self._file.readline(LONGEST_LINE + 1)
        if not line:
            if self.taken:  # only an open quotation mark asks for a line beyond the last
                raise _Unclosed
            raise StopIteration
        if len(line) > LONGEST_LINE:
            line_number = self.first + len(self.taken)
            raise UnreadableFile(said("file_long_line", line=line_number, most=f"{LONGEST_LINE:,}"))
        self.taken.append(line)
        return line.replace("\0", "")

    def next_row(self) -> None:
        """What was taken has become a row."""
        self.first += len(self.taken)
        self.taken = []

    def first_line_only(self) -> None:
        """Only the first line of what was taken is done with; put the others back."""
        self._again.extendleft(reversed(self.taken[1:]))
        self.first += 1
        self.taken = []


def read_rows(file: IO[str], delimiter: str) -> Iterator[Row]:
    """Every row of a text, blank ones too."""
    lines = _Lines(file)
    while True:
        try:
            for cells in csv.reader(lines, delimiter=delimiter):
                if len(lines.taken) > 1 and _swallowed_a_row(lines.taken, delimiter):
                    raise _Unclosed
                yield Row(lines.first, cells)
                lines.next_row()
        except _Unclosed:
            yield Row(lines.first, [lines.taken[0].strip()], fault=said("row_unclosed"))
            lines.first_line_only()
            continue
        except csv.Error as error:
            yield Row(lines.first, [], fault=said("row_unreadable", fault=error))
            lines.next_row()
            continue
        return


def _swallowed_a_row(lines: list[str], delimiter: str) -> bool:
    """Whether an opening quotation mark was closed only by one that opens a cell of a later row: it is then followed
    by the text of that cell, and not by a delimiter."""
    try:
        next(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return True
    return False


def _find_header(file: IO[str], knows: Knows) -> tuple[str, int, list[str]]:
    """The delimiter, and the line and the cells of the header."""
    start = "".join(islice(iter(lambda: file.readline(LONGEST_LINE), ""), _HEADER_WITHIN * 2))
    best: tuple[int, str, Row] | None = None
    first: list[str] = []
    for delimiter in _delimiters(start):
        rows = (row for row in read_rows(io.StringIO(start, newline=""), delimiter) if not row.blank)
        for row in islice(rows, _HEADER_WITHIN):
            first = first or row.cells
            found = knows(row.cells)
            if found and (best is None or found > best[0]):
                best = found, delimiter, row
    if best is None:
        shown = ", ".join(cell.strip() for cell in first)[:200]
        raise UnreadableFile(said("file_without_numbers", shown=shown))
    return best[1], best[2].line, best[2].cells


def _delimiters(start: str) -> tuple[str, ...]:
    """Those to try. Excel may say in the first line which one it has used."""
    said = start[:6].casefold()
    return (said[4],) if said.startswith("sep=") and said[4:5] in DELIMITERS else DELIMITERS
