"""Listening to a running system from outside: its facts, as they happen."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts.event import Event, kind_of
from messiah.narration import Line, Narrator
from messiah.terminal import Screen
from services.runtime.broker import Broker
from services.runtime.clock import ISRAEL, Clock
from services.runtime.dead_letters import ERROR, REASON
from services.runtime.provisioner import read_pin
from services.runtime.settings import RuntimeSettings

SUBJECTS = (
    "leads.>",
    "campaigns.>",
    "calls.>",
    "meetings.>",
    "callbacks.>",
    "contacts.>",
    "telemetry.>",
    "dead.>",
)

CONNECT_S = 3.0
"""A person waits for the answer: a system that runs answers at once."""


async def connected(work: Callable[[Broker], Awaitable[None]]) -> None:
    """Run `work` with a connection to the system that runs. Raises Unavailable if none does."""
    broker = Broker(RuntimeSettings().broker_url, "messiah")
    await broker.connect(CONNECT_S)
    try:
        await work(broker)
    finally:
        await broker.close()


@asynccontextmanager
async def facts(broker: Broker) -> AsyncIterator[asyncio.Queue[Event | Line]]:
    """Every fact told from here on, in the order in which the broker got them; a Line for what is no fact."""
    heard: asyncio.Queue[Event | Line] = asyncio.Queue()

    async def hear(message: Msg) -> None:
        heard.put_nowait(read(message))

    subscriptions = [await broker.nats.subscribe(subject, cb=hear) for subject in SUBJECTS]
    await broker.nats.flush()
    try:
        yield heard
    finally:
        for subscription in subscriptions:
            with contextlib.suppress(NatsError):  # the broker may have stopped before us
                await subscription.unsubscribe()


def read(message: Msg) -> Event | Line:
    """The fact in a message, or what to show of a message that holds none."""
    headers = message.headers or {}
    if message.subject.startswith("dead."):
        consumer = message.subject.rpartition(".")[2]
        why = f"{headers.get(ERROR, 'error')}: {headers.get(REASON, '')}"
        return Line(f"dead letter of {consumer}: {why} (see `messiah dead list`)", "bold red")
    kind = kind_of(message.subject)
    if kind is None:
        return Line(f"unknown subject {message.subject}", "red")
    try:
        return kind.from_message(message.data, stream=message.subject, sequence=0, stored_at=datetime.now(UTC))
    except (ValidationError, ValueError):
        return Line(f"no {kind.__name__} on {message.subject}: {message.data[:80]!r}", "red")


async def watch(broker: Broker, screen: Screen) -> None:
    """Show what happens until cancelled."""
    narrator, clock = Narrator(), Clock.pinned(await read_pin(broker))
    async with facts(broker) as heard:
        while True:
            fact = await heard.get()
            at = f"{clock.now().astimezone(ISRAEL):%H:%M:%S}"
            for line in [fact] if isinstance(fact, Line) else narrator.lines(fact):
                show(screen, line, at)


def show(screen: Screen, line: Line, at: str) -> None:
    """One line with its moment and whom it is about."""
    if line.spoken:
        screen.hebrew(f"{at} {line.about} | {line.text}", line.style)
    else:
        about = f"{line.about}  " if line.about else ""
        screen.say(f"{at}  {about}{line.text}", line.style)
