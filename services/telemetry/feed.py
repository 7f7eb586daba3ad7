"""Facts as they happen, for whoever watches: ordered consumers that exist only while somebody does.

A plain subscription would be cheaper, but it does not say where a fact stands in its stream, and only that tells
the worker who speaks from one that has been replaced.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

from contracts.event import Event
from contracts.streams import TELEMETRY_CALLS, TELEMETRY_CONTACTS, TELEMETRY_MEETINGS, TELEMETRY_TURNS, Consumer
from services.runtime.broker import Broker
from services.runtime.errors import InvalidMessage, Unavailable
from services.runtime.logs import logger
from services.telemetry.domain.facts import Fact
from services.telemetry.messages import fact_in

log = logger(__name__)

FOLLOWED = (TELEMETRY_CALLS, TELEMETRY_MEETINGS, TELEMETRY_CONTACTS, TELEMETRY_TURNS)
FAR_BEHIND = 10_000
"""How many messages of a stream are read at most, should the store lag behind the streams."""
REOPEN_S = 0.25
GONE_S = 1.0
"""How soon the server forgets a consumer that nobody listens to."""

Hear = Callable[[Fact[Event]], None]


class StreamFeed:
    """One ordered consumer a stream. Each begins with the first message that the store may not hold yet."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._tails: list[_Tail] = []
        self._forget: Callable[[], None] = lambda: None

    async def open(self, hear: Hear) -> None:
        try:
            self._tails = [_Tail(self._broker, consumer, hear) for consumer in FOLLOWED]
            for tail in self._tails:
                await tail.open()
        except (NatsError, TimeoutError, OSError) as error:
            await self.close()
            raise Unavailable(f"the broker does not show its streams: {error!r}") from error
        self._forget = self._broker.on_reconnect(self._reconnected)

    async def close(self) -> None:
        self._forget()
        self._forget = lambda: None
        for tail in self._tails:
            await tail.close()
        self._tails = []

    def _reconnected(self) -> None:
        for tail in self._tails:
            tail.reopen()


@dataclass
class _Tail:
    """One stream from a sequence on."""

    broker: Broker
    consumer: Consumer
    hear: Hear
    last: int = 0
    """The sequence of the last message heard, or passed over."""
    subscription: JetStreamContext.PushSubscription | None = None
    reopening: asyncio.Task[None] | None = field(default=None)

    async def open(self) -> None:
        """The consumer of the store acknowledges what is stored: what follows its floor is still missing there."""
        stored = await self.broker.js.consumer_info(self.consumer.stream, self.consumer.name)
        stream = await self.broker.js.stream_info(self.consumer.stream)
        floor = stored.ack_floor.stream_seq if stored.ack_floor else 0
        self.last = max(floor, stream.state.last_seq - FAR_BEHIND)
        await self._subscribe()

    async def close(self) -> None:
        if self.reopening is not None:
            self.reopening.cancel()
        await self._unsubscribe()

    def reopen(self) -> None:
        """Left alone, the client would notice a lost consumer after 18 seconds."""
        if self.reopening is None or self.reopening.done():
            self.reopening = asyncio.create_task(self._reopen(), name=f"reopen {self.consumer.stream}")

    async def _reopen(self) -> None:
        while True:
            try:
                await self._unsubscribe()
                await self._subscribe()
            except (NatsError, TimeoutError, OSError) as error:
                log.warning("stream not readable yet", stream=self.consumer.stream, error=repr(error))
                await asyncio.sleep(REOPEN_S)
            else:
                return

    async def _subscribe(self) -> None:
        self.subscription = await self.broker.js.subscribe(
            ">",
            stream=self.consumer.stream,
            ordered_consumer=True,
            cb=self._message,
            config=ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self.last + 1,
                inactive_threshold=GONE_S,
            ),
        )

    async def _unsubscribe(self) -> None:
        subscription, self.subscription = self.subscription, None
        if subscription is not None:
            try:
                await subscription.unsubscribe()
            except NatsError:
                return

    async def _message(self, message: Msg) -> None:
        sequence = message.metadata.sequence.stream
        if sequence <= self.last:
            return
        self.last = sequence
        try:
            fact = fact_in(message)
        except InvalidMessage:
            return  # the reader of the durable consumer buries it
        if fact is not None:
            self.hear(fact)
