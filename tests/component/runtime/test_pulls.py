"""Pull requests that stay open for long end at once where they have to."""

import asyncio
from pathlib import Path
from unittest.mock import Mock
from uuid import uuid4

import pytest

from contracts.calls import CallStarted
from contracts.streams import CONVERSATION_CALLS
from messiah.nats_server import NatsServer
from services.runtime import pulls
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.lease import Lease, LeaseConsumer
from services.runtime.provisioner import provision

LONG_S = 600.0
DEADLINE_S = 60.0


@pytest.fixture
async def broker(tmp_path: Path):
    server = NatsServer(tmp_path)
    server.start()
    broker = Broker(server.url, "test")
    await broker.connect()
    await provision(broker)
    yield broker
    await broker.close()
    server.stop()


async def start_call(broker: Broker) -> None:
    started = CallStarted(
        call_id=uuid4(), occurred_at=Clock().now(), lead_id="lead", line="relay", carrier_call_id="CA1"
    )
    await broker.tell(started)


async def waiting_requests(broker: Broker) -> int:
    info = await broker.js.consumer_info(CONVERSATION_CALLS.stream, CONVERSATION_CALLS.name)
    return info.num_waiting or 0


async def test_a_worker_that_is_full_stops_pulling_at_once(broker: Broker) -> None:
    taken = asyncio.Event()

    async def work(lease: Lease) -> None:
        taken.set()
        await asyncio.Event().wait()

    consumer = LeaseConsumer(broker, CONVERSATION_CALLS, work, capacity=1)
    pulling = asyncio.create_task(consumer.run())
    await start_call(broker)
    async with asyncio.timeout(DEADLINE_S):
        await taken.wait()
        await consumer.stop_pulling()
        await pulling
    assert consumer.running == 1
    await consumer.cancel_all()


async def test_whoever_stops_pulling_leaves_no_request_behind(broker: Broker) -> None:
    async def work(lease: Lease) -> None:
        await lease.done()

    consumer = LeaseConsumer(broker, CONVERSATION_CALLS, work, capacity=1)
    pulling = asyncio.create_task(consumer.run())
    async with asyncio.timeout(DEADLINE_S):
        while not await waiting_requests(broker):
            await asyncio.sleep(0.01)
        await consumer.stop_pulling()
        await pulling
    assert await waiting_requests(broker) == 0


async def test_a_request_that_a_dying_broker_forgot_is_made_again_at_once(tmp_path: Path) -> None:
    server = NatsServer(tmp_path)
    server.start()
    broker = Broker(server.url, "test")
    await broker.connect()
    await provision(broker)
    pull = await broker.pull(CONVERSATION_CALLS)
    asking = asyncio.create_task(pull.next(LONG_S))
    async with asyncio.timeout(DEADLINE_S):
        while not await waiting_requests(broker):
            await asyncio.sleep(0.01)
        server.kill()
        server.start()
        assert await asking is None
        await start_call(broker)
        assert await pull.next(LONG_S)
    await broker.close()
    server.stop()


async def test_what_is_there_is_taken_at_once_and_no_more_of_it_than_asked_for(broker: Broker) -> None:
    pull = await broker.pull(CONVERSATION_CALLS)
    for _ in range(5):
        await start_call(broker)
    async with asyncio.timeout(DEADLINE_S):
        assert await pull.next(LONG_S)
        assert len(await pull.more(3)) == 3
        assert len(await pull.more(3)) == 1
        assert await pull.more(3) == []
        assert await pull.next(0.01) is None


async def test_a_refused_request_is_made_again(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Mock()  # other tests may have sent the log elsewhere
    monkeypatch.setattr(pulls, "log", log)
    pull = await broker.pull(CONVERSATION_CALLS)
    asking = asyncio.create_task(pull.next(LONG_S))
    async with asyncio.timeout(DEADLINE_S):
        while not await waiting_requests(broker):
            await asyncio.sleep(0.01)
        await broker.js.delete_consumer(CONVERSATION_CALLS.stream, CONVERSATION_CALLS.name)
        assert await asking is None
        await provision(broker)
        await start_call(broker)
        assert await pull.next(LONG_S)
    assert any("pull refused" in warned.args[0] for warned in log.warning.call_args_list)
