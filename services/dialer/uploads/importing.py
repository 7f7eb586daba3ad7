"""Reads one file to its end, some rows at a time: each batch goes in, and is counted, in one transaction."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from contracts.reasons import said
from services.dialer.store import SqlLedger
from services.dialer.uploads.columns import Cells
from services.dialer.uploads.headings import Headings
from services.dialer.uploads.ledger import Uploads
from services.dialer.uploads.problem import Problem, UnreadableFile
from services.dialer.uploads.reading import Row, Sheet
from services.dialer.uploads.upload import Entered, State, Upload
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

T = TypeVar("T")

REST = 0.15
"""How long the database is left to others after each batch, as a share of the time it was held: calls come first."""
AGAIN_S = 1.0


class Listing(Protocol):
    """What is listed in a file, and how it goes in."""

    headings: Headings

    def read(self, row: Row, cells: Cells) -> tuple[Any, list[Problem]]:
        """What a row says, or None, and everything that is wrong with it or worth a remark."""

    def key(self, entry: Any) -> str:
        """What is the same in a row that says the same again."""

    async def enter(self, transaction: Any, entries: Sequence[Any]) -> Entered:
        """Put entries in, each key once."""


class Importer:
    """Works on one file. What was read before a crash is not read again."""

    def __init__(
        self,
        ledger: SqlLedger,
        uploads: Uploads,
        clock: Clock,
        listing: Listing,
        batch: int,
        wanted: Callable[[], bool],
    ) -> None:
        """`batch` rows go in at a time; `wanted` says whether to go on."""
        self._ledger = ledger
        self._uploads = uploads
        self._clock = clock
        self._listing = listing
        self._batch = batch
        self._wanted = wanted
        self._rests_until = 0.0

    async def run(self, upload: Upload, path: Path) -> Upload:
        """Read the file from where it was left. Returns the upload as it stands then."""
        try:
            sheet = Sheet(path, self._listing.headings.known)
        except UnreadableFile as unreadable:
            return await self._fail(upload, unreadable)
        cells = Cells(sheet.header, self._listing.headings)
        upload = replace(upload, encoding=sheet.encoding, delimiter=sheet.delimiter, ignored=cells.ignored)
        with contextlib.closing(sheet), _Seen() as seen:
            rows = sheet.rows()
            try:
                for row in islice(rows, upload.rows):
                    self._take(row, cells, seen)
                while batch := list(islice(rows, self._batch)):
                    if not self._wanted():
                        return upload
                    upload = await self._put_in(replace(upload, bytes_read=sheet.bytes_read), batch, cells, seen)
            except UnreadableFile as unreadable:
                return await self._fail(upload, unreadable)
        finished = replace(upload, state=State.FINISHED, finished_at=self._clock.real(), bytes_read=upload.size)
        await self._stubbornly(lambda: self._uploads.finish(finished))
        return finished

    async def _put_in(self, upload: Upload, batch: list[Row], cells: Cells, seen: "_Seen") -> Upload:
        entries, problems, duplicates = [], [], 0
        for row in batch:
            entry, wrong, duplicate = self._take(row, cells, seen)
            problems += wrong
            duplicates += duplicate
            if entry is not None:
                entries.append(entry)

        async def commit() -> Upload:
            async with self._ledger.begin() as transaction:
                entered = await self._listing.enter(transaction, entries) if entries else Entered()
                found = sorted([*problems, *entered.problems], key=lambda each: each.line)
                after = upload.further(len(batch), duplicates, entered, found)
                after = replace(after, beat_at=self._clock.real())
                await self._uploads.save(transaction.session, after, found)
            return after

        await asyncio.sleep(self._rests_until - time.monotonic())  # the rows were read meanwhile
        began = time.monotonic()
        after = await self._stubbornly(commit)
        ended = time.monotonic()
        self._rests_until = ended + (ended - began) * REST
        return after

    def _take(self, row: Row, cells: Cells, seen: "_Seen") -> tuple[Any, list[Problem], bool]:
        """What a row says, what is wrong with it, and whether it only repeats an earlier one."""
        entry, problems = self._listing.read(row, cells)
        if entry is None:
            return None, problems, False
        first = seen.first(self._listing.key(entry), row.line)
        if first is None:
            return entry, problems, False
        repeated = Problem.told(row.line, "", "", said("row_repeated", first=first), only_remark=True)
        return None, [repeated], True

    async def _fail(self, upload: Upload, unreadable: UnreadableFile) -> Upload:
        failed = replace(upload, state=State.FAILED, problem=unreadable.detail, finished_at=self._clock.real())
        await self._stubbornly(lambda: self._uploads.finish(failed))
        return failed

    async def _stubbornly(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it again until the database answers, as long as we are wanted."""
        while True:
            try:
                return await work()
            except Unavailable as error:
                if not self._wanted():
                    raise
                log.warning("reading a list waits", error=error.detail)
            await asyncio.sleep(AGAIN_S)


class _Seen:
    """In which line each number stood first: on disk, so that a long list takes no more memory than a short one."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)  # a file that vanishes with the connection
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA cache_size=-4000")
        self._connection.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._connection.execute("BEGIN")  # never committed: nothing of it is to last

    def __enter__(self) -> "_Seen":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def first(self, key: str, line: int) -> int | None:
        """The line in which it stood first; None if it is this one."""
        changed = self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, line)).rowcount
        if changed:
            return None
        found: tuple[int] = self._connection.execute("SELECT line FROM seen WHERE key = ?", (key,)).fetchone()
        return found[0]
