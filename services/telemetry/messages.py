"""How telemetry hears: durable consumers, read in batches for the store.

They go through nats-py. A batch is one transaction, so that a hundred calls cost little more than one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from nats.aio.msg import Msg

from contracts.event import Event, kind_of
from contracts.leads import LeadSubmitted
from contracts.streams import Consumer
from services.runtime.broker import Broker
from services.runtime.dead_letters import is_for
from services.runtime.errors import InvalidMessage, Unavailable
from services.runtime.listening import read_at, settle
from services.runtime.logs import logger
from services.runtime.nats_client import place_of
from services.runtime.pulls import Pull
from services.telemetry.domain.facts import Fact

log = logger(__name__)

BATCH = 200
GATHER_S = 0.5
"""How long facts gather while they come in a trickle: a transaction costs the same for one as for a hundred. So far
telemetry lags behind a call."""
RETRY_S = 1.0
TELEMETRY = "telemetry"

Keep = Callable[[Sequence[Fact[Event]]], Awaitable[None]]


def fact_in(message: Msg) -> Fact[Event] | None:
    """The fact in a stream's message, or None for one that telemetry passes over.

    Raises InvalidMessage for what was meant for telemetry and cannot be read. What cannot be read and is meant
    for others, they bury. A lead as submitted is raw, and nobody's yet: the gate's verdict on it is what counts.
    """
    kind = kind_of(message.subject)
    if kind is None:
        raise InvalidMessage(f"nothing is told on {message.subject}; contracts/README.md lists every subject")
    if kind is LeadSubmitted:
        return None
    place = place_of(message)
    try:
        return Fact(read_at(place, message, kind), place.sequence, place.stored_at)
    except InvalidMessage:
        if TELEMETRY in kind.heard_by:
            raise
        return None


class BatchReader:
    """Reads one durable consumer until `stop`."""

    def __init__(self, broker: Broker, consumer: Consumer, keep: Keep) -> None:
        self.consumer = consumer
        self._broker = broker
        self._keep = keep
        self._stopping = False
        self._pull: Pull | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self) -> None:
        """Fetch, keep, acknowledge. What cannot be read is buried; nothing is acknowledged before it is kept."""
        self._idle.clear()
        try:
            self._pull = pull = await self._broker.pull(self.consumer)
            many = False
            while not self._stopping:
                first = await pull.next()
                if first is None:
                    continue
                if not many:
                    await asyncio.sleep(GATHER_S)
                messages = [first, *await pull.more(BATCH - 1)]
                many = len(messages) == BATCH
                await self._handle(messages)
            await pull.close()
        finally:
            self._idle.set()

    async def stop(self) -> None:
        """Take nothing new. Returns when the last batch is kept and no pull request is left at the server, which
        would hold back what it had handed out for the whole of `ack_wait`."""
        self._stopping = True
        if self._pull is not None:
            self._pull.interrupt()
        await self._idle.wait()

    async def _handle(self, messages: list[Msg]) -> None:
        read_well: list[tuple[Msg, Fact[Event] | None]] = []
        for message in messages:
            try:
                fact = fact_in(message) if is_for(message.headers, self.consumer.name) else None
            except InvalidMessage as error:
                await settle(self._broker, message, error)
            else:
                read_well.append((message, fact))
        try:
            await self._keep_all([fact for _, fact in read_well if fact])
        except Exception as error:
            log.error("batch not stored; trying its messages one by one", size=len(read_well), exc_info=error)
            await self._one_by_one(read_well)
        else:
            for message, _ in read_well:
                await message.ack()

    async def _keep_all(self, facts: Sequence[Fact[Event]]) -> None:
        """Keep facts, however long the database is away: the messages stay ours, or come again later."""
        while facts:
            try:
                await self._keep(facts)
                return
            except Unavailable as error:
                if self._stopping:
                    raise
                log.warning("facts wait for the database", consumer=self.consumer.name, error=error.detail)
                await asyncio.sleep(RETRY_S)

    async def _one_by_one(self, messages: Sequence[tuple[Msg, Fact[Event] | None]]) -> None:
        """So that one message we fail on does not hold up the others."""
        for message, fact in messages:
            try:
                await self._keep_all([fact] if fact else [])
            except Exception as error:
                await settle(self._broker, message, error)
            else:
                await message.ack()
