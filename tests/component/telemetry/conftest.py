"""Telemetry on a real broker, over SQLite and, where TEST_DATABASE_URL names a server, over PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from contracts.event import Event
from messiah.nats_server import NatsServer
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.broker import Broker
from services.runtime.service import Service
from services.telemetry.app import build
from services.telemetry.settings import TelemetrySettings
from tests.databases import each_database
from tests.unit.telemetry.sample_call import SampleCall

Start = Callable[..., Awaitable[Service]]


database_url = each_database("telemetry")


@pytest.fixture
async def start(
    broker: Broker, nats_server: NatsServer, tmp_path: Path, database_url: str | None
) -> AsyncIterator[Start]:
    """Starts one telemetry after another over the same database; the last ones are stopped with the test."""
    settings = TelemetrySettings(
        _env_file=None,
        nats_url=nats_server.url,
        database_url=database_url,
        messiah_var=tmp_path,
        telemetry_grace_s=0.1,
        console=False,
    )
    async with AsyncExitStack() as running:

        async def start_one(**changes: Any) -> Service:
            service = await build(settings.with_(**changes))
            await service.start()
            running.push_async_callback(_stop, service)
            return service

        yield start_one


async def _stop(service: Service) -> None:
    if service.broker.connected:  # the test has not stopped it
        await service.stop()


@pytest.fixture
async def telemetry(start: Start) -> Service:
    return await start()


@pytest.fixture
async def api(telemetry: Service) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of telemetry's HTTP API."""
    listener = listen("127.0.0.1", 0)
    async with serving(build_app([telemetry]), listener), aiohttp.ClientSession(url_of(listener)) as client:
        yield client


class Teller:
    """Tells facts as the other services would, and waits for what telemetry tells."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker

    async def tell(self, *events: Event) -> int:
        """Store facts; the answer is the sequence of the last one."""
        sequence = 0
        for event in events:
            sequence = await self.broker.tell(event) or sequence
        return sequence

    async def tell_a_whole_call(self, call: SampleCall) -> None:
        await self.tell(*call.before_the_claim())
        epoch = await self.tell(call.claimed())
        await self.tell(*call.under_the_claim(epoch), call.booked())

    async def logged(self) -> list[bytes]:
        """Every logged call so far, once there is at least one."""
        subject = "telemetry.calls.logged"
        subscription = await self.broker.js.subscribe(subject, stream="TELEMETRY", ordered_consumer=True)
        bodies = [(await subscription.next_msg(timeout=20)).data]
        stored = (await self.broker.js.stream_info("TELEMETRY", subjects_filter=subject)).state.subjects
        bodies += [(await subscription.next_msg(timeout=20)).data for _ in range(stored[subject] - 1)]
        await subscription.unsubscribe()
        return bodies


@pytest.fixture
def teller(broker: Broker) -> Teller:
    return Teller(broker)
