"""The facts of one call as a line takes them in: as they are told, and from the stream where one was missed.

Core NATS brings a fact at once but may lose it, and does not say its place in the stream; the stream keeps
everything in order. What is read there goes through the same intake, which passes over what it has seen.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from uuid import UUID

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy, RawStreamMsg
from nats.js.errors import NotFoundError

from services.runtime.broker import Broker
from services.runtime.logs import logger
from services.runtime.nats_reading import hear

log = logger(__name__)

STREAM = "CALLS"
RETRY_S = 0.2
READ_TIMEOUT_S = 5.0
LOOKUP_S = 0.01
MOST_LOOKUPS = 100

Rest = Callable[[], Awaitable[None]]
Take = Callable[[str, bytes, int | None], Rest | None]
"""Takes in one fact: the last token of its subject, its body, and its place in the stream if it was read there. What it
returns is to be done and waited for before the next one is taken in."""


class CallFacts:
    """What is told of one call. Facts are taken in one at a time, in the order of their arrival."""

    def __init__(self, broker: Broker, call_id: UUID, take: Take) -> None:
        self._broker = broker
        self._call_id = call_id
        self._filter = f"calls.{call_id}.>"
        self._take = take
        self._turnstile = asyncio.Lock()
        self._arrived: deque[Rest] = deque()
        """What arrived and could not be taken in at once; first what is still being taken in."""
        self._taking: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None
        self._forget: Callable[[], None] = lambda: None
        self._resyncing: asyncio.Task[None] | None = None
        self.floor = 0
        """Everything up to this place in the stream has been read there, or is of no interest."""

    @asynccontextmanager
    async def opening(self) -> AsyncIterator[None]:
        """Subscribe; what is told from now on waits until the block ends."""
        async with self._alone():
            self._subscription = await hear(self._broker.nats, self._filter, self._hear)
            await self._broker.nats.flush()  # the server knows the subscription before anybody is told of the line
            self._forget = self._broker.on_reconnect(self._reconnected)
            yield

    async def close(self) -> None:
        """Take in nothing more."""
        self._forget()
        if self._subscription is not None:
            with suppress(NatsError):
                await self._subscription.unsubscribe()
        self._arrived.clear()
        for task in (self._resyncing, self._taking):
            if task is not None:
                task.cancel()

    async def catch_up(self) -> None:
        """Read what the stream holds beyond `floor`. Only while a fact is taken in or the line is opened.

        Keeps trying through an outage.
        """
        while True:
            try:
                await self._read()
            except (NatsError, TimeoutError) as error:
                log.warning("call not readable yet", call_id=str(self._call_id), error=repr(error))
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def resync(self) -> None:
        """The same from anywhere else: waits for its turn."""
        async with self._alone():
            await self.catch_up()

    async def last(self, kind: str) -> RawStreamMsg | None:
        """The last fact of a kind in the stream, or None. Raises NatsError or TimeoutError."""
        try:
            return await self._broker.js.get_last_msg(STREAM, f"calls.{self._call_id}.{kind}", direct=True)
        except NotFoundError:
            return None

    async def place_of_new(self, kind: str, known: int) -> int:
        """The place of the last fact of a kind of which a new one has just been told, beyond the place `known`.

        Core NATS may be ahead of the stream, and an outage may lie between the two. `known` itself, if the stream
        has no other after a second: then it never took the fact.
        """
        lookups = 0
        while lookups < MOST_LOOKUPS:
            try:
                stored = await self.last(kind)
            except (NatsError, TimeoutError):
                await asyncio.sleep(RETRY_S)
                continue
            if stored is not None and (stored.seq or 0) > known:
                return stored.seq or 0
            lookups += 1
            await asyncio.sleep(LOOKUP_S)
        return known

    async def _read(self) -> None:
        subscription = await self._broker.js.subscribe(
            self._filter,
            stream=STREAM,
            ordered_consumer=True,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self.floor + 1),
        )
        try:
            info = await subscription.consumer_info()
            on_the_way = info.delivered.consumer_seq if info.delivered else 0
            for _ in range(on_the_way + (info.num_pending or 0)):
                message = await subscription.next_msg(timeout=READ_TIMEOUT_S)
                place = message.metadata.sequence.stream
                await self._take_in(message.subject.rpartition(".")[2], message.data, place)
                self.floor = place
        finally:
            with suppress(NatsError):
                await subscription.unsubscribe()

    def _hear(self, message: Msg) -> None:
        kind = message.subject.rpartition(".")[2]
        if self._arrived or self._turnstile.locked():
            self._arrived.append(partial(self._take_in, kind, message.data, None))
        elif (rest := self._take(kind, message.data, None)) is not None:
            self._arrived.append(rest)
            self._take_soon()

    async def _take_in(self, kind: str, data: bytes, place: int | None) -> None:
        if (rest := self._take(kind, data, place)) is not None:
            await rest()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Nothing is taken in meanwhile; what arrives is afterwards."""
        async with self._turnstile:
            try:
                yield
            finally:
                if self._arrived:
                    self._take_soon()

    def _take_soon(self) -> None:
        self._taking = asyncio.create_task(self._take_arrived(), name=f"take {self._filter}")

    async def _take_arrived(self) -> None:
        async with self._turnstile:
            while self._arrived:
                try:
                    await self._arrived[0]()
                except Exception as error:
                    log.error("a fact could not be taken in", call_id=str(self._call_id), exc_info=error)
                if self._arrived:
                    self._arrived.popleft()

    def _reconnected(self) -> None:
        """Something may have been told while we were away."""
        if self._resyncing is None or self._resyncing.done():
            self._resyncing = asyncio.create_task(self.resync(), name=f"resync {self._filter}")
