"""The outbox loses nothing, even where two processes share one SQLite file."""

import asyncio

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase

from services.runtime.database import Database
from services.runtime.outbox import OutboxRow, Relay
from services.runtime.unit_of_work import named_metadata


class Base(DeclarativeBase):
    metadata = named_metadata()


class Outbox(OutboxRow, Base):
    pass


class SlowBroker:
    """Stores what it is given, once it is let go on."""

    name = "test"

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def put(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        self.stored.append(subject)
        self.reached.set()
        await self.go_on.wait()


async def test_a_relay_that_lags_behind_another_takes_out_only_what_it_published(tmp_path):
    """SQLite reuses the id of the row the quick relay took out for the fact told next."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", "test")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)

    async def tell(subject: str) -> None:
        async with database.writing() as session:
            session.add(Outbox(subject=subject, body=subject.encode(), headers={}))

    slow, quick = SlowBroker(), SlowBroker()
    quick.go_on.set()
    await tell("first")
    lagging = asyncio.create_task(Relay(database, slow, Outbox).publish_batch())
    await slow.reached.wait()
    await Relay(database, quick, Outbox).publish_batch()
    await tell("second")
    slow.go_on.set()
    await lagging
    async with database.reading() as session:
        assert list(await session.scalars(select(Outbox.subject))) == ["second"]
    await Relay(database, quick, Outbox).publish_batch()
    assert quick.stored == ["first", "second"]
    async with database.reading() as session:
        assert list(await session.scalars(select(Outbox.subject))) == []
    await database.close()
