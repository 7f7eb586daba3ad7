"""The runtime on the servers that production has: NATS and PostgreSQL in containers."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import DeclarativeBase
from testcontainers.community.nats import NatsContainer
from testcontainers.community.postgres import PostgresContainer

from contracts.leads import LeadSubmitted
from contracts.streams import CONSUMERS, DIALER_CALLS, DIALER_LEADS, STREAMS
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.inbox import InboxRow
from services.runtime.outbox import OutboxRow
from services.runtime.provisioner import provision
from services.runtime.settings import RuntimeSettings
from services.runtime.unit_of_work import Units, named_metadata

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


class Base(DeclarativeBase):
    metadata = named_metadata()


class Outbox(OutboxRow, Base):
    pass


class Inbox(InboxRow, Base):
    pass


@pytest.fixture(scope="module")
def nats_url(engine: None) -> Iterator[str]:
    with NatsContainer("nats:2.15-alpine", jetstream=True) as container:
        yield container.nats_uri()


@pytest.fixture(scope="module")
def database_url(engine: None) -> Iterator[str]:
    with PostgresContainer("postgres:17", driver=None) as container:
        yield container.get_connection_url()


@pytest.fixture
async def broker(nats_url: str) -> AsyncIterator[Broker]:
    connection = Broker(nats_url, "containers")
    await connection.connect()
    await provision(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def units(broker: Broker, database_url: str) -> AsyncIterator[Units]:
    settings = RuntimeSettings(database_url=database_url)
    database = Database(settings.store_url("containers"), "containers")
    async with database.engine.begin() as connection:
        await connection.execute(text('CREATE SCHEMA IF NOT EXISTS "containers"'))
        await connection.run_sync(Base.metadata.create_all)
    yield Units(database, broker, Inbox, Outbox)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    await database.close()


async def _tell_and_fail(units: Units) -> None:
    async with units.begin() as unit:
        unit.tell(lead("לא נאמר"))
        raise RuntimeError("rolled back")


def lead(name: str) -> LeadSubmitted:
    return LeadSubmitted(occurred_at=datetime.now(UTC), name=name, phone="0542345678")


async def test_provisioning_twice_declares_once_and_keeps_an_operators_cap(broker):
    info = (await broker.js.consumer_info(DIALER_CALLS.stream, DIALER_CALLS.name)).config
    info.max_ack_pending = 7
    await broker.js.add_consumer(DIALER_CALLS.stream, info)
    await provision(broker)
    assert {info.config.name for info in await broker.js.streams_info()} >= {stream.name for stream in STREAMS}
    for consumer in CONSUMERS:
        await broker.js.consumer_info(consumer.stream, consumer.name)
    assert (await broker.js.consumer_info(DIALER_CALLS.stream, DIALER_CALLS.name)).config.max_ack_pending == 7


async def test_what_a_transaction_told_is_published_once_and_what_it_did_not_commit_is_not(broker, units):
    before = (await broker.js.stream_info("LEADS")).state.messages
    told = lead("נאמר")
    async with units.begin() as unit:
        unit.tell(told)
    with pytest.raises(RuntimeError):
        await _tell_and_fail(units)
    assert await units.relay.publish_batch() == 1
    assert await units.relay.publish_batch() == 0
    stored = await broker.js.get_last_msg("LEADS", "leads.submitted")
    assert LeadSubmitted.model_validate_json(stored.data) == told
    assert (await broker.js.stream_info("LEADS")).state.messages == before + 1


async def test_an_event_is_handled_once_by_each_consumer(units):
    event = lead("פעם אחת")
    firsts = []
    for _ in range(2):
        async with units.begin() as unit:
            firsts.append(await unit.first_time(DIALER_LEADS, event))
    assert firsts == [True, False]
    async with units.reading() as session:
        rows = (await session.scalars(select(Inbox).where(Inbox.event_id == str(event.event_id)))).all()
    assert len(rows) == 1
