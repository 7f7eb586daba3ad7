"""A connection whose broker has gone before it, or that does not come to its end."""

import asyncio
from pathlib import Path

import pytest

from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from services.runtime.errors import Unavailable


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
