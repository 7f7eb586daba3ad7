"""Follows a stream from one place on: everything in its order and each message once, across outages of the broker.

An ordered consumer as the client's own is, but without its two tasks for each: every call has a tail, and tasks that
look four times a second whether there is something to do cost more than the facts of the call.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, Header

from services.runtime.broker import Broker
from services.runtime.logs import logger
from services.runtime.nats_client import place_of
from services.runtime.nats_reading import hear

log = logger(__name__)

REOPEN_S = 0.2
HEARTBEAT_S = 5.0
"""How often the server says that it is there when it has nothing to send."""
SILENCE_S = 3 * HEARTBEAT_S
"""After so long without a word, the consumer is taken for lost."""

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
        self._received = 0
        """How many messages of this consumer came; the server counts them, too."""
        self._silent = False
        self._subscription: Subscription | None = None
        self._forget: Callable[[], None] = lambda: None
        self._watch: asyncio.TimerHandle | None = None
        self._reopening: asyncio.Task[None] | None = None

    async def open(self, after: int = 0) -> None:
        """Begin with what follows the place `after`. Raises NatsError or TimeoutError."""
        self._last = after
        await self._subscribe()
        self._forget = self._broker.on_reconnect(self._lost)
        self._look()

    async def close(self) -> None:
        """Hear nothing more."""
        self._forget()
        self._forget = lambda: None
        if self._watch is not None:
            self._watch.cancel()
        if self._reopening is not None:
            self._reopening.cancel()
        await self._unsubscribe()

    async def _subscribe(self) -> None:
        self._received, self._silent = 0, False
        inbox = self._broker.nats.new_inbox()
        self._subscription = await hear(self._broker.nats, inbox, partial(self._message, inbox))
        await self._broker.js.add_consumer(
            self._stream,
            config=ConsumerConfig(
                filter_subject=self._subject,
                deliver_subject=inbox,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE if self._last else DeliverPolicy.ALL,
                opt_start_seq=self._last + 1 if self._last else None,
                ack_policy=AckPolicy.NONE,
                max_deliver=1,
                idle_heartbeat=HEARTBEAT_S,
                inactive_threshold=self._gone_s,
                mem_storage=True,
                num_replicas=1,
            ),
        )

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            try:
                await subscription.unsubscribe()
            except NatsError:
                return

    def _message(self, inbox: str, message: Msg) -> None:
        if self._subscription is None or self._subscription.subject != inbox:
            return  # of the consumer before this one
        self._silent = False
        if not message.data and message.headers and Header.STATUS in message.headers:
            if int(message.headers.get(Header.LAST_CONSUMER, self._received)) != self._received:
                self._lost()
            return
        _, place, number, _ = place_of(message)
        if number != self._received + 1:
            self._lost()
            return
        self._received += 1
        if place > self._last:
            self._last = place
            self._hear(message, place)

    def _look(self) -> None:
        """Whether anything was heard since the last look."""
        if self._silent:
            self._lost()
        self._silent = True
        self._watch = asyncio.get_running_loop().call_later(SILENCE_S, self._look)

    def _lost(self) -> None:
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
