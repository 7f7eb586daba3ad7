"""SQLite for the event loop at one trip to its thread for a statement, where the driver by itself makes four or more.

Each trip wakes a thread and is woken by it, which takes longer than most statements do. So a statement takes along what
comes before and after it: the beginning of its transaction, all its rows, and the end of its cursor.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite
import stamina
from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_TIMEOUT_MS = 10_000
MAPPED = 1 << 30
"""How many bytes of the file are read where the system keeps them anyway, instead of being copied page by page."""
CACHE_KIB = 16 * 1024
"""How much of the file a connection keeps besides."""
LOG_PAGES = 4000
"""How many pages gather in the log before they are written to their places: those that change all the time once."""
_PRAGMAS = (
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    f"mmap_size={MAPPED}",
    f"cache_size=-{CACHE_KIB}",
    f"wal_autocheckpoint={LOG_PAGES}",
)


def sqlite_engine(url: str, json_serializer: Callable[[Any], str]) -> AsyncEngine:
    """An engine for one file, whose transactions are for writing unless they are executed as `read_only`."""

    async def connect() -> "SqliteConnection":
        connection = SqliteConnection(make_url(url).database or ":memory:")
        try:
            await connection
        except Exception:
            connection.ended()
            raise
        return connection

    engine = create_async_engine(url, hide_parameters=True, json_serializer=json_serializer, async_creator=connect)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        opened: Any = connection.connection.driver_connection
        opened.begin(read_only=connection.get_execution_options().get("read_only", False))

    return engine


class SqliteConnection(aiosqlite.Connection):
    """A connection whose transactions begin with their first statement."""

    def __init__(self, file: str) -> None:
        super().__init__(partial(_open, file), iter_chunk_size=64)
        self._thread.daemon = True  # a process that ends without closing it does not wait for it
        self._first: str | None = None
        self._in_transaction = False

    def ended(self) -> None:
        """Wait for the thread of a connection that could not be opened: it ends at once, and not after the loop."""
        self._thread.join()

    def begin(self, *, read_only: bool) -> None:
        """Have the next statement begin a transaction. One that may write excludes other writers from the start."""
        self._first = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    def cursor(self) -> "_Cursor":  # type: ignore[override]  # what SQLAlchemy enters, executes and closes
        return _Cursor(self)

    async def commit(self) -> None:
        """Commit, if the transaction has begun."""
        if self._is_over():
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, if the transaction has begun."""
        if self._is_over():
            await super().rollback()

    async def execute_whole(self, statement: str, parameters: Any, *, many: bool) -> tuple[sqlite3.Cursor, list[Any]]:
        """A statement from its transaction's beginning to its last row."""
        first, self._first = self._first, None
        self._in_transaction |= first is not None

        def work() -> tuple[sqlite3.Cursor, list[Any]]:
            cursor = self._conn.cursor()
            try:
                if first is not None:
                    cursor.execute(first)
                (cursor.executemany if many else cursor.execute)(statement, parameters)
                return cursor, cursor.fetchall() if cursor.description else []
            finally:
                cursor.close()

        executed: tuple[sqlite3.Cursor, list[Any]] = await self._execute(work)  # type: ignore[no-untyped-call]
        return executed

    def _is_over(self) -> bool:
        """Whether there was a transaction; there is none any more."""
        was, self._in_transaction, self._first = self._in_transaction, False, None
        return was


class _Cursor:
    """As much of a cursor as SQLAlchemy needs: its rows are there when it has been executed."""

    description: Sequence[Any] | None = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> "_Cursor":
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> None:
        self._keep(*await self._connection.execute_whole(statement, parameters, many=False))

    async def executemany(self, statement: str, parameters: Iterable[Any]) -> None:
        self._keep(*await self._connection.execute_whole(statement, parameters, many=True))

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _keep(self, executed: sqlite3.Cursor, rows: list[Any]) -> None:
        self.description, self.rowcount, self.lastrowid = executed.description, executed.rowcount, executed.lastrowid
        self._rows = rows


def _open(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file,
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,
        check_same_thread=False,  # whoever collects it
    )
    _log_ahead(connection)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _is_busy(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


@stamina.retry(on=_is_busy, attempts=None, timeout=BUSY_TIMEOUT_MS / 1000, wait_initial=0.05)
def _log_ahead(connection: sqlite3.Connection) -> None:
    """Those who open a new file together exclude each other here, and SQLite's own waiting does not cover it."""
    connection.execute("PRAGMA journal_mode=WAL")
