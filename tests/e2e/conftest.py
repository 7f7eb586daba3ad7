"""What the end-to-end tests share: a whole system in this process, and somebody who hears everything it tells."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from contracts.event import Event
from contracts.streams import Consumer
from messiah.demo import ALONE, CLOCK
from messiah.narration import Line
from messiah.system import System
from messiah.watch import facts
from services.runtime.broker import Broker

E = TypeVar("E", bound="Event | Line")

SPEED = 20.0
"""How many times faster than life the simulator's people ring and speak."""
TIMEOUT_S = 60.0


class Ear:
    """Hears every fact of a system, and waits for the ones a test needs."""

    def __init__(self, broker: Broker, heard: "asyncio.Queue[Event | Line]") -> None:
        self.broker = broker
        self.told: list[Event | Line] = []
        self._heard = heard

    def of(self, kind: type[E]) -> list[E]:
        """What has been heard of one kind."""
        return [fact for fact in self.told if isinstance(fact, kind)]

    async def until(self, kind: type[E], fits: Callable[[E], bool] = lambda _: True) -> E:
        """The next fact of a kind that fits, heard from now on."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                fact = await self._heard.get()
                self.told.append(fact)
                if isinstance(fact, kind) and fits(fact):
                    return fact

    async def until_dead(self, consumer: Consumer) -> RawStreamMsg:
        """A message that this consumer could not handle has been put aside, and kept."""
        await self.until(Line, lambda line: line.text.startswith(f"dead letter of {consumer.name}"))
        return await self.kept("DEAD", f"dead.{consumer.stream}.{consumer.name}")

    async def kept(self, stream: str, subject: str) -> RawStreamMsg:
        """The last message of a subject: whoever listens hears of it before the stream has it."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                with suppress(NotFoundError):
                    return await self.broker.js.get_last_msg(stream, subject)
                await asyncio.sleep(0.05)

    async def stored(self, stream: str, subject: str) -> dict[str, int]:
        """How many facts the stream keeps, by subject."""
        return (await self.broker.js.stream_info(stream, subjects_filter=subject)).state.subjects or {}


@asynccontextmanager
async def listening(nats_url: str) -> AsyncIterator[Ear]:
    """Listen to a system from outside, as a client of its own."""
    broker = Broker(nats_url, "test")
    await broker.connect()
    try:
        async with facts(broker) as heard:
            yield Ear(broker, heard)
    finally:
        await broker.close()


def settings(var: Path, **given: Any) -> dict[str, Any]:
    """Settings of a system that keeps to itself, in a folder and on ports of its own, on a Sunday at ten."""
    return dict(ALONE) | {"messiah_var": var, "messiah_clock": CLOCK} | given


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    async with System.start(simulator={"speed": SPEED}, **settings(tmp_path)) as running:
        yield running


@pytest.fixture
async def ear(system: System) -> AsyncIterator[Ear]:
    async with listening(system.nats_url) as ear:
        yield ear
