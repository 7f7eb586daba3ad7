"""The outbox loses nothing, even where two processes share one SQLite file, and keeps the order of what is told of one
thing."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase

from services.runtime import outbox
from services.runtime.database import Database
from services.runtime.errors import Unavailable
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


@pytest.fixture
async def database(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", "test")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()


async def tell(database: Database, *subjects: str) -> None:
    async with database.writing() as session:
        session.add_all(Outbox(subject=each, body=each.encode(), headers={}) for each in subjects)


async def told(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(Outbox.subject).order_by(Outbox.id)))


async def test_a_relay_that_lags_behind_another_takes_out_only_what_it_published(database):
    """SQLite reuses the id of the row the quick relay took out for the fact told next."""
    slow, quick = SlowBroker(), SlowBroker()
    quick.go_on.set()
    await tell(database, "first")
    lagging = asyncio.create_task(Relay(database, slow, Outbox).publish_batch())
    await slow.reached.wait()
    await Relay(database, quick, Outbox).publish_batch()
    await tell(database, "second")
    slow.go_on.set()
    await lagging
    assert await told(database) == ["second"]
    await Relay(database, quick, Outbox).publish_batch()
    assert quick.stored == ["first", "second"]
    assert await told(database) == []


async def test_facts_about_one_thing_wait_for_each_other_and_for_nothing_else(database):
    broker = SlowBroker()
    await tell(database, "calls.one.requested", "calls.two.requested", "calls.one.dialed", "calls.three.requested")
    publishing = asyncio.create_task(Relay(database, broker, Outbox).publish_batch())
    await broker.reached.wait()
    await asyncio.sleep(0)
    assert broker.stored == ["calls.one.requested", "calls.two.requested"]
    broker.go_on.set()
    await publishing
    assert broker.stored[2:] == ["calls.one.dialed", "calls.three.requested"]


async def test_a_fact_that_cannot_be_stored_stops_what_follows_and_all_is_told_again(database):
    class Failing(SlowBroker):
        async def put(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
            await super().put(subject, body, headers)
            if subject == "calls.one.requested":
                raise Unavailable("the broker did not store it")

    broker = Failing()
    broker.go_on.set()
    await tell(database, "calls.one.requested", "calls.two.requested", "calls.one.dialed")
    with pytest.raises(Unavailable):
        await Relay(database, broker, Outbox).publish_batch()
    assert "calls.one.dialed" not in broker.stored
    assert len(await told(database)) == 3


async def test_a_stop_publishes_all_that_was_told(database, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 2)
    broker = SlowBroker()
    broker.go_on.set()
    await tell(database, *(f"calls.{number}.dialed" for number in range(5)))
    await Relay(database, broker, Outbox).finish()
    assert len(broker.stored) == 5
    assert await told(database) == []


async def test_a_stop_does_not_wait_for_a_broker_that_is_away(database, monkeypatch):
    monkeypatch.setattr(outbox, "FINISH_S", 0.05)
    await tell(database, "calls.one.dialed")
    await Relay(database, SlowBroker(), Outbox).finish()
    assert await told(database) == ["calls.one.dialed"]
