"""One service's database: SQLite in one file, or a schema of its own in PostgreSQL.

Rows to be worked on are claimed atomically on both: every writing transaction of SQLite begins IMMEDIATE, and
PostgreSQL skips locked rows.
"""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
from pydantic_core import to_json
from sqlalchemy import Connection, Executable, MetaData, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from services.runtime.errors import InvalidMessage, Unavailable
from services.runtime.logs import logger
from services.runtime.sqlite import sqlite_engine

log = logger(__name__)

_PASSING = ("08", "40", "53", "55", "57", "58")
"""Classes of PostgreSQL's errors that may pass by themselves: no connection, a conflict, too busy, shutting down."""
_IMPOSSIBLE = "22"
"""A value that PostgreSQL cannot keep."""
_AWAY = (ConnectionError, socket.gaierror)
_ERRORS = (StatementError, *_AWAY, OverflowError, UnicodeEncodeError)
"""What a database or its driver raises; the last two for values that do not even fit into a statement."""


class Database:
    """An engine and how to open transactions on it."""

    def __init__(self, url: str, schema: str) -> None:
        self.schema = schema
        self.is_sqlite = url.startswith("sqlite")
        self.engine = sqlite_engine(url, _json) if self.is_sqlite else _postgres(url, schema)
        self._reader = self.engine.execution_options(read_only=True)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._readings = async_sessionmaker(self._reader, expire_on_commit=False)
        # SQLite's writers poll for their turn and some starve; those of one process queue here, in order.
        self._writers: AbstractAsyncContextManager[None] = asyncio.Lock() if self.is_sqlite else nullcontext()
        self._rewriting = asyncio.Lock()
        self._begun = self._ended = 0
        """How many rewrites began, and the last of them that came to its end."""

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may change things; committed when the block ends without an error.

        Raises Unavailable if the database does not answer, InvalidMessage for a value that it cannot keep.
        """
        with self._meaning():
            async with self._writers, self._sessions.begin() as session:
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads, and so waits for no writer. Raises as `writing` does."""
        with self._meaning():
            async with self._readings() as session:
                yield session

    async def asked(self, question: Executable, **about: Any) -> bool:
        """The answer to a yes-or-no question, for whoever asks every second: without a session, and made once, it costs
        half. Raises as `writing` does."""
        with self._meaning():
            async with self._reader.connect() as connection:
                return bool(await connection.scalar(question, about))

    async def migrate(self, migrations: Path) -> None:
        """Bring the schema up to date. Replicas that start together wait for each other."""
        async with self.engine.connect() as connection:
            await self._serialize(connection)
            config = alembic.config.Config()
            config.set_main_option("script_location", str(migrations))
            await connection.run_sync(_upgrade, config)
            await connection.commit()

    async def rewrite(self, *first: str) -> None:
        """Leave nothing of deleted rows in the files of SQLite: neither in what pages have left over, nor in the log.
        PostgreSQL is told to clean up. Whoever asks while one is under way waits for the next, which is one for all.

        Readers of SQLite go on meanwhile, and nobody can write. `first` are statements that belong to it on SQLite.
        Raises Unavailable if readers do not go away.
        """
        begun = self._begun
        async with self._rewriting:
            if self._ended > begun:
                return
            await self._rewrite(first)
            self._ended = self._begun

    @property
    def size(self) -> int:
        """Bytes in the file of SQLite; 0 where others keep the files."""
        path = Path(self.engine.url.database or "")
        return path.stat().st_size if self.is_sqlite and path.is_file() else 0

    async def _rewrite(self, first: Sequence[str]) -> None:
        if self.is_sqlite:
            async with self._writers, self.engine.connect() as connection:
                self._begun += 1  # whoever asks from here on may have deleted something later
                raw: Any = (await connection.get_raw_connection()).driver_connection
                for statement in (*first, "VACUUM"):
                    await raw.execute(statement)
                async with raw.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                    (busy, *_) = await cursor.fetchone()
            if busy:
                raise Unavailable(f"somebody reads the {self.schema} database all the time; its log is emptied later")
            return
        self._begun += 1
        async with self.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            query = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
            for (table,) in (await connection.execute(query)).all():
                await connection.execute(text(f'VACUUM "{table}"'))

    async def check(self) -> None:
        """Raises Unavailable if the database does not answer."""
        try:
            async with self.reading() as session:
                await session.execute(text("SELECT 1"))
        except (DBAPIError, OSError, Unavailable) as error:
            raise Unavailable(f"the {self.schema} database does not answer: check DATABASE_URL") from error

    async def close(self) -> None:
        await self.engine.dispose()

    def lock_key(self, purpose: str) -> int:
        """The key of a PostgreSQL advisory lock for one purpose of this service."""
        digest = hashlib.sha256(f"{self.schema}/{purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Says what a database's error means to who asked; what is a bug stays as it is."""
        try:
            yield
        except _ERRORS as error:
            cause = error.orig if isinstance(error, StatementError) else error
            kind = str(getattr(cause, "sqlstate", None) or "")[:2]
            if isinstance(cause, (OverflowError, UnicodeError)) or kind == _IMPOSSIBLE:
                log.warning(
                    "a value was refused that the database cannot keep",
                    database=self.schema,
                    error=type(cause).__name__,
                )
                raise InvalidMessage(
                    "one of the values is none that can be kept: text has no NUL character and no half of one, numbers "
                    "are below 2^63, moments between the years 1 and 9999"
                ) from error
            if isinstance(error, (OperationalError, InterfaceError, *_AWAY)) or kind in _PASSING:
                raise Unavailable(f"the {self.schema} database does not answer: {cause}") from error
            raise

    async def _serialize(self, connection: AsyncConnection) -> None:
        if not self.is_sqlite:
            key = self.lock_key("migrate")
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
            await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"'))


def run_migrations(metadata: MetaData) -> None:
    """The whole of a service's `migrations/env.py`."""
    from alembic import context

    connection: Connection | None = context.config.attributes.get("connection")
    if connection is None:
        raise Unavailable("migrations run through Database.migrate, which holds the connection")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,  # all versions in one transaction, or another replica gets in between two on SQLite
    )
    with context.begin_transaction():
        context.run_migrations()


def _upgrade(connection: Connection, config: alembic.config.Config) -> None:
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")


def _json(value: object) -> str:
    """As a column keeps it, which takes models as they are. Their absent fields are left out."""
    return to_json(value, exclude_none=True).decode()


def _postgres(url: str, schema: str) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=True,
        json_serializer=_json,
        hide_parameters=True,  # an error is logged, and its parameters are people's names and words
        connect_args={"server_settings": {"search_path": schema}},
    )
