"""A connection whose broker has gone before it, or that does not come to its end."""

import asyncio
from pathlib import Path

import pytest

from contracts.meetings import CallbackRequested
from contracts.streams import CONVERSATION_CALLS, SCHEDULER_CALLBACKS
from messiah.nats_server import NatsServer
from services.runtime import pulls
from services.runtime.broker import Broker
from services.runtime.errors import Unavailable
from services.runtime.lease import Lease, LeaseConsumer
from services.runtime.listening import listen
from services.runtime.provisioner import provision


async def test_closing_while_the_broker_is_away(tmp_path: Path) -> None:
    server = NatsServer(tmp_path)
    server.start()
    broker = Broker(server.url, "test")
    await broker.connect()
    server.kill()
    await broker.close()
    assert not broker.connected


async def test_nobody_there_is_told_within_the_deadline_with_the_cure() -> None:
    broker = Broker("nats://127.0.0.1:1", "test")
    with pytest.raises(Unavailable, match="messiah up"):
        await broker.connect(timeout_s=0.3)


async def test_what_holds_up_a_close_is_not_waited_for(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = Broker(nats_server.url, "test")
    await connection.connect()

    async def never_ends() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(connection.faststream, "stop", never_ends)
    monkeypatch.setattr("services.runtime.broker.CLOSE_S", 0.1)
    async with asyncio.timeout(20):
        await connection.close()
    assert connection.nats.is_closed


async def test_nothing_is_asked_for_while_the_broker_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulls, "AWAY_S", 0.01)
    server = NatsServer(tmp_path)
    server.start()
    broker = Broker(server.url, "test")
    await broker.connect()
    await provision(broker)

    async def work(lease: Lease) -> None:
        await lease.done()

    async def hear(event: CallbackRequested) -> None:
        pass

    listen(broker, SCHEDULER_CALLBACKS, CallbackRequested, hear)
    await broker.start()
    consumer = LeaseConsumer(broker, CONVERSATION_CALLS, work, 10)
    pulling = asyncio.create_task(consumer.run())
    asked: list[str] = []
    publish = broker.nats.publish

    async def noting(subject: str, *given: object, **more: object) -> None:
        if subject.startswith("$JS.API.CONSUMER.MSG.NEXT"):
            asked.append(subject.rpartition(".")[2] if broker.connected else "nobody")
        await publish(subject, *given, **more)

    monkeypatch.setattr(broker.nats, "publish", noting)
    kinds = {CONVERSATION_CALLS.name, SCHEDULER_CALLBACKS.name}
    async with asyncio.timeout(60):
        while not kinds <= set(asked):
            await asyncio.sleep(0.01)
        server.kill()
        while broker.connected:
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.5)  # each would have asked again by now
        asked_meanwhile = asked.count("nobody")
        server.start()
        asked.clear()
        while not kinds <= set(asked):
            await asyncio.sleep(0.01)
    assert asked_meanwhile == 0
    await consumer.stop_pulling()
    await pulling
    await broker.close()
    server.stop()
