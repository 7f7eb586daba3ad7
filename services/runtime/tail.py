"""Follows a stream from one place on: everything in its order and each message once, across outages of the broker."""

import asyncio
from collections.abc import Callable

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

from services.runtime.broker import Broker
from services.runtime.logs import logger

log = logger(__name__)

REOPEN_S = 0.2

Hear = Callable[[Msg, int], None]
"""Takes in a message and its place in the stream."""


class Tail:
    """An ordered consumer on a subject of a stream, opened anew at once after a reconnect."""

    def __init__(self, broker: Broker, stream: str, subject: str, hear: Hear, gone_s: float | None = None) -> None:
        """`gone_s`: after how many seconds the server forgets the consumer when nobody listens any more."""
        self._broker = broker
        self._stream = stream
        self._subject = subject
        self._hear = hear
        self._gone_s = gone_s
        self._last = 0
        self._subscription: JetStreamContext.PushSubscription | None = None
        self._forget: Callable[[], None] = lambda: None
        self._reopening: asyncio.Task[None] | None = None

    async def open(self, after: int = 0) -> None:
        """Begin with what follows the place `after`. Raises NatsError or TimeoutError."""
        self._last = after
        await self._subscribe()
        self._forget = self._broker.on_reconnect(self._reconnected)

    async def close(self) -> None:
        """Hear nothing more."""
        self._forget()
        self._forget = lambda: None
        if self._reopening is not None:
            self._reopening.cancel()
        await self._unsubscribe()

    async def _subscribe(self) -> None:
        start = DeliverPolicy.BY_START_SEQUENCE if self._last else DeliverPolicy.ALL
        self._subscription = await self._broker.js.subscribe(
            self._subject,
            stream=self._stream,
            ordered_consumer=True,
            cb=self._message,
            config=ConsumerConfig(
                deliver_policy=start,
                opt_start_seq=self._last + 1 if self._last else None,
                inactive_threshold=self._gone_s,
            ),
        )

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            try:
                await subscription.unsubscribe()
            except NatsError:
                return

    async def _message(self, message: Msg) -> None:
        place = message.metadata.sequence.stream
        if place > self._last:
            self._last = place
            self._hear(message, place)

    def _reconnected(self) -> None:
        """Left alone, the client would notice a lost consumer after 18 seconds."""
        if self._reopening is None or self._reopening.done():
            self._reopening = asyncio.create_task(self._reopen(), name=f"reopen {self._subject} of {self._stream}")

    async def _reopen(self) -> None:
        while True:
            try:
                await self._unsubscribe()
                await self._subscribe()
            except (NatsError, TimeoutError, OSError) as error:
                log.warning("stream not readable yet", stream=self._stream, subject=self._subject, error=repr(error))
                await asyncio.sleep(REOPEN_S)
            else:
                return
