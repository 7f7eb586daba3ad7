"""A database is rewritten once for all who ask for it together, and nothing that was deleted is left in its files."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from services.runtime.database import Database

WORD = "קרמבו-זליגה"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db", "x")
    async with database.writing() as session:
        await session.execute(text("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)"))
        await session.execute(text("CREATE TABLE rewrites (id INTEGER PRIMARY KEY)"))
    yield database
    await database.close()


async def rewrites(database: Database) -> int:
    async with database.reading() as session:
        return int(await session.scalar(text("SELECT count(*) FROM rewrites")) or 0)


async def test_erasures_that_come_together_share_a_rewrite(database: Database, tmp_path: Path) -> None:
    many = 10

    async def erase(number: int) -> None:
        async with database.writing() as session:
            await session.execute(text("DELETE FROM words WHERE id % 10 = :number"), {"number": number})
        await database.rewrite("INSERT INTO rewrites DEFAULT VALUES")

    async with database.writing() as session:
        for number in range(2000):  # rows move between pages as the tree grows, and leave something behind
            row = {"id": (number * 7919) % 2003, "word": f"{WORD} {number} " * (number % 40)}
            await session.execute(text("INSERT INTO words VALUES (:id, :word)"), row)
    assert WORD.encode() in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    async with asyncio.timeout(60), asyncio.TaskGroup() as together:
        for number in range(many):
            together.create_task(erase(number))
        async with database.reading() as session:  # whoever reads is not held up
            assert await session.scalar(text("SELECT count(*) FROM words")) is not None
    assert 1 <= await rewrites(database) <= 2
    assert [path.name for path in tmp_path.iterdir() if WORD.encode() in path.read_bytes()] == []
    await database.rewrite("INSERT INTO rewrites DEFAULT VALUES")
    assert await rewrites(database) >= 2, "one that comes later has its own"


async def test_a_rewrite_that_failed_is_nobodys(database: Database) -> None:
    async def failing() -> None:
        await database.rewrite("INSERT INTO nothing DEFAULT VALUES")

    results = await asyncio.gather(failing(), failing(), failing(), return_exceptions=True)
    assert all(isinstance(each, Exception) for each in results)
    await database.rewrite()
