"""The broker is killed and comes back: telemetry goes on, for the store and for whoever watches."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.telemetry import CallLogged
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from services.runtime.provisioner import provision
from services.telemetry.app import build
from services.telemetry.feed import StreamFeed
from services.telemetry.live import Live, Watcher
from services.telemetry.settings import TelemetrySettings
from tests.component.telemetry.conftest import Teller
from tests.unit.telemetry.sample_call import TRANSCRIPT, SampleCall


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


class NothingStored:
    """An archive that is always behind."""

    async def in_progress(self, heard_since):
        return []


async def _texts(watcher: Watcher, holds) -> list[str]:
    """The transcript of the only call, once it holds what it should."""
    async with asyncio.timeout(20):
        while True:
            records, _ = await watcher.news()
            for record in records:
                texts = [line.text for line in record.transcript]
                if holds(texts):
                    return texts


async def test_a_broker_that_comes_back_is_read_and_followed_on(own_server, tmp_path):
    broker = Broker(own_server.url, "test")
    await broker.connect()
    await provision(broker)
    service = await build(
        TelemetrySettings(_env_file=None, nats_url=own_server.url, messiah_var=tmp_path, telemetry_grace_s=0.1)
    )
    await service.start()
    teller, call = Teller(broker), SampleCall(uuid4())
    async with Live(StreamFeed(broker), NothingStored()).watch() as watcher:
        await teller.tell(*call.before_the_claim())
        told = call.under_the_claim(await teller.tell(call.claimed()))
        await teller.tell(*told[:4])
        whole = [text for _, text, _ in TRANSCRIPT]
        await _texts(watcher, lambda texts: texts == whole[:2])
        own_server.kill()
        own_server.start()
        await teller.tell(*told[4:], call.booked())
        await _texts(watcher, lambda texts: texts == whole)
    (body,) = await teller.logged()
    assert [line.text for line in CallLogged.model_validate_json(body).transcript] == whole
    await service.stop()
    await broker.close()
