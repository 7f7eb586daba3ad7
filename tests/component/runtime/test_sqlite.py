"""A statement of SQLite takes what belongs to it along, and still is what a driver's statement is."""

import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.runtime.database import Database
from services.runtime.errors import Unavailable
from services.runtime.sqlite import SqliteConnection


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db", "x")
    async with found.writing() as session:
        await session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
    yield found
    await found.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was sent to a connection's thread."""
    sent: list[object] = []
    send = SqliteConnection._execute

    async def noting(self: SqliteConnection, work: object, *args: object) -> object:
        sent.append(work)
        return await send(self, work, *args)

    monkeypatch.setattr(SqliteConnection, "_execute", noting)
    return sent


async def test_a_statement_is_one_trip_and_so_is_the_end(database: Database, trips: list[object]) -> None:
    async with database.writing() as session:
        await session.execute(text("INSERT INTO things (name) VALUES ('a')"))
        found = (await session.execute(text("SELECT name FROM things"))).all()
    assert [tuple(row) for row in found] == [("a",)]
    assert len(trips) == 3

    trips.clear()
    async with database.reading():
        pass
    async with database.writing():
        pass
    assert trips == []


async def test_what_a_statement_did_is_told(database: Database) -> None:
    async with database.writing() as session:
        many = [{"name": name} for name in "abc"]
        await session.execute(text("INSERT INTO things (name) VALUES (:name)"), many)
        returned = await session.execute(text("INSERT INTO things (name) VALUES ('d') RETURNING id, name"))
        assert [tuple(row) for row in returned] == [(4, "d")]
        changed = await session.execute(text("UPDATE things SET name = name || '!' WHERE id > 2"))
        assert changed.rowcount == 2  # type: ignore[attr-defined]


async def test_what_was_not_committed_is_gone(database: Database) -> None:
    async def insert_twice() -> None:
        async with database.writing() as session:
            for _ in range(2):
                await session.execute(text("INSERT INTO things (name) VALUES ('a')"))

    with pytest.raises(IntegrityError):
        await insert_twice()
    async with database.reading() as session:
        assert (await session.scalar(text("SELECT count(*) FROM things"))) == 0


async def test_readers_see_one_moment_and_wait_for_no_writer(database: Database) -> None:
    async with database.reading() as reader:
        assert (await reader.scalar(text("SELECT count(*) FROM things"))) == 0
        async with database.writing() as writer:
            await writer.execute(text("INSERT INTO things (name) VALUES ('a')"))
            async with database.reading() as other:
                assert (await other.scalar(text("SELECT count(*) FROM things"))) == 0
        assert (await reader.scalar(text("SELECT count(*) FROM things"))) == 0


async def test_a_writer_excludes_others_from_its_first_statement(database: Database, tmp_path: Path) -> None:
    replica = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db", "x")
    async with replica.engine.connect() as impatient:
        await impatient.exec_driver_sql("PRAGMA busy_timeout=1")
        await impatient.rollback()
        async with database.writing() as session:
            await session.scalar(text("SELECT count(*) FROM things"))
            with pytest.raises(Exception, match="locked"):
                await impatient.exec_driver_sql("SELECT 1")
    await replica.close()


async def test_a_file_that_is_none_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/nowhere/x.db", "x")
    with pytest.raises(Unavailable, match="does not answer"):
        await database.check()
    await database.close()


async def test_a_new_file_that_another_is_just_opening_is_opened_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    class Contended(sqlite3.Connection):
        """Refuses once, as SQLite does at once when two change a file's journal together."""

        def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:
            if "journal_mode" in statement and not refused:
                refused.append(statement)
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
            return super().execute(statement, *parameters)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Contended))
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/new.db", "x")
    async with database.reading() as session:
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
    await database.close()
    assert len(refused) == 1
