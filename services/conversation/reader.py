"""Reads one call's facts from its stream, from the first one on: replay and live are one path and one order."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from pydantic import ValidationError

from contracts.event import Event, kind_of
from services.runtime.broker import Broker
from services.runtime.logs import logger

log = logger(__name__)

REOPEN_S = 0.2


class CallReader:
    """An ordered consumer on `calls.{call_id}.>`, reopened at once after a reconnect."""

    def __init__(self, broker: Broker, call_id: UUID, hear: Callable[[Event, int], None]) -> None:
        self._broker = broker
        self._subject = f"calls.{call_id}.>"
        self._hear = hear
        self._last = 0
        self._subscription: JetStreamContext.PushSubscription | None = None
        self._forget: Callable[[], None] = lambda: None
        self._reopening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin with the call's first fact."""
        await self._subscribe()
        self._forget = self._broker.on_reconnect(self._reconnected)

    async def close(self) -> None:
        """Hear nothing more."""
        self._forget()
        if self._reopening is not None:
            self._reopening.cancel()
        await self._unsubscribe()

    async def _subscribe(self) -> None:
        start = DeliverPolicy.BY_START_SEQUENCE if self._last else DeliverPolicy.ALL
        self._subscription = await self._broker.js.subscribe(
            self._subject,
            stream="CALLS",
            ordered_consumer=True,
            cb=self._message,
            config=ConsumerConfig(deliver_policy=start, opt_start_seq=self._last + 1 if self._last else None),
        )

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            try:
                await subscription.unsubscribe()
            except NatsError:
                return

    async def _message(self, message: Msg) -> None:
        sequence = message.metadata.sequence.stream
        if sequence <= self._last:
            return
        self._last = sequence
        kind = kind_of(message.subject)
        if kind is None:
            return
        try:
            event = kind.model_validate_json(message.data)
        except ValidationError as error:
            log.warning("unreadable fact passed over", subject=message.subject, error=str(error)[:200])
            return
        self._hear(event, sequence)

    def _reconnected(self) -> None:
        """Left alone, the client would notice the lost consumer after 18 seconds."""
        if self._reopening is None or self._reopening.done():
            self._reopening = asyncio.create_task(self._reopen(), name=f"reopen {self._subject}")

    async def _reopen(self) -> None:
        while True:
            try:
                await self._unsubscribe()
                await self._subscribe()
            except (NatsError, TimeoutError) as error:
                log.warning("call not readable yet", subject=self._subject, error=repr(error))
                await asyncio.sleep(REOPEN_S)
            else:
                return
