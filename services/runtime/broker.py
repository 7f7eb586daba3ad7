"""One service's connection to NATS: telling facts, asking requests, and staying alive through outages.

Business events are handled through FastStream (see `listening`); what a caller waits for goes through nats-py
on the same connection.
"""

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

import stamina
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js import JetStreamContext
from nats.js.errors import APIError, KeyNotFoundError
from nats.js.kv import KeyValue

from contracts.event import Event
from contracts.reasons import said
from contracts.streams import Bucket, Consumer
from services.runtime.acks import Acks
from services.runtime.errors import Unavailable
from services.runtime.logs import logger
from services.runtime.nats_client import Writer, quicken
from services.runtime.patience import PullSubscription, patient
from services.runtime.pulls import Pull
from services.runtime.spans import Spans, here
from services.runtime.tracing import headers_of

log = logger(__name__)

WRONG_LAST_SEQUENCE = 10071
"""The stream's answer to a fact that can happen once and has been told before."""

API_TIMEOUT_S = 5.0
ACK_TIMEOUT_S = 1.0
"""An acknowledgement takes a fraction of a millisecond; one that was lost with the connection is not worth
waiting for, because the message is told again under the same id."""
CONNECT_S = 30.0
"""How long a service waits for a broker that may be starting beside it."""
DRAIN_TIMEOUT_S = 0.2
"""Handlers have ended by then; a pull subscription left with a status message would never drain by itself."""
CLOSE_S = 30.0
"""Longer than handlers and a last flush may take: whatever holds up a close after that is not waited for."""
EXIT_CONNECTION_LOST = 75

P = TypeVar("P")

TRANSIENT = (NatsError, TimeoutError)
"""What a broker that is away, or still starting, raises."""
BACK_S = 1.0
"""How long a request waits for somebody to listen."""


class Broker:
    """A named connection. `connect` before use; it reconnects for ever, until `close`."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.source = f"/{name}"
        self.told: Callable[[Event], None] = lambda _: None
        """Counts a fact that is kept."""
        self.answered: Callable[[str, str, int], None] = lambda *_: None
        """Counts requests that were answered: their subject, why they were refused if they were, and how many."""
        self.failed: Callable[[Exception], None] = lambda _: None
        """Counts what the connection complains of: nothing else learns of a forbidden publish."""
        self.spans = Spans(name)
        self._closing = False
        self._trouble: Exception | None = None
        self._on_reconnect: list[Callable[[], None]] = []
        self.faststream = NatsBroker(
            url,
            name=name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # type: ignore[arg-type]  # nats-py takes fractions of a second
            ping_interval=5,
            max_outstanding_pings=2,
            connect_timeout=5,
            drain_timeout=DRAIN_TIMEOUT_S,  # type: ignore[arg-type]  # nats-py takes fractions of a second
            allow_reconnect=True,
            reconnected_cb=self._reconnected,
            disconnected_cb=self._disconnected,
            closed_cb=self._closed,
            error_cb=self._error,
            graceful_timeout=15.0,
            logger=None,
        )
        self._nats: Client | None = None
        self._js: JetStreamContext | None = None
        self._acks: Acks | None = None
        self._writer: Writer | None = None

    async def connect(self, timeout_s: float = CONNECT_S) -> None:
        """Connect within `timeout_s`. Raises Unavailable with the cure if nobody answers."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.faststream.connect()  # nats-py itself tries again and again, as when it reconnects
        except (OSError, NatsError) as error:  # TimeoutError is an OSError
            raise Unavailable(
                f"no NATS server answers at {self.url} ({self._trouble or error!r}): start one with `messiah up`, "
                "or set NATS_URL"
            ) from error
        self._nats = self.faststream.connection
        self._writer = quicken(self._nats)
        self._js = self._nats.jetstream(timeout=API_TIMEOUT_S)
        self._acks = Acks(self._nats, self._writer)
        await self._acks.open()

    async def start(self) -> None:
        """Start every FastStream subscriber that was declared."""
        await self.faststream.start()
        for subscriber in self.faststream.subscribers:
            if isinstance(pulled := getattr(subscriber, "subscription", None), PullSubscription):
                patient(pulled, self)
        await self.nats.flush()  # the server knows every subscription before anybody counts on it

    async def close(self) -> None:
        """Let running handlers finish, then disconnect; at once if the broker is away."""
        self._closing = True
        stopping = asyncio.create_task(self.faststream.stop())
        await asyncio.wait({stopping}, timeout=CLOSE_S)
        if not stopping.done():
            log.warning("the connection did not drain; closing it", service=self.name)
            stopping.cancel()
            await asyncio.wait({stopping}, timeout=DRAIN_TIMEOUT_S)
        # nats-py may raise CancelledError or the socket's own error when it has just gone
        error = stopping.exception() if stopping.done() and not stopping.cancelled() else None
        if error is not None and not isinstance(error, NatsError | OSError):
            raise error
        if self._nats is not None and not self._nats.is_closed:
            await self._nats.close()

    @property
    def nats(self) -> Client:
        return self._connected(self._nats)

    @property
    def js(self) -> JetStreamContext:
        return self._connected(self._js)

    @property
    def connected(self) -> bool:
        return self._nats is not None and self._nats.is_connected

    def on_reconnect(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each reconnect; the answer is how to stop that."""
        self._on_reconnect.append(callback)
        return lambda: self._on_reconnect.remove(callback)

    async def pull(self, consumer: Consumer) -> Pull:
        """A provisioned durable consumer, to fetch from."""
        pull = Pull(self, consumer)
        await pull.open()
        return pull

    async def tell(self, event: Event) -> int | None:
        """Store a fact in its stream. Returns its sequence, or None if a fact that happens once was told before.

        Keeps trying through an outage, always under the same message id. Raises Unavailable after half a minute.
        """
        sequence = await self.put(event.subject, event.body(), headers_of(event, self.source))
        if sequence is not None:
            self.told(event)
        return sequence

    def begin(self, event: Event) -> asyncio.Future[int] | None:
        """Begin to store a fact, if the connection takes it at once. It is tried once, and not counted: whoever began
        tells it again if that raises, and has it counted by `told` if not."""
        acks = self._acks
        if acks is None:
            return None
        return acks.begin(event.subject, event.body(), headers_of(event, self.source), ACK_TIMEOUT_S)

    def hand(self, event: Event, body: bytes) -> bool:
        """Hand a fact to the broker, if the connection takes it at once; whether it did. Whether its stream keeps it
        shows only when it is read back: for whoever reads it anyway."""
        writer = self._writer
        return writer is not None and writer.published(event.subject, body, headers_of(event, self.source))

    async def put(self, subject: str, body: bytes, headers: dict[str, str]) -> int | None:
        """Store a message that is already bytes. See `tell`."""
        try:
            return await self._put_once(subject, body, headers)
        except TRANSIENT:  # only now: setting up retries costs more than storing does
            return await self._put_stubbornly(subject, body, headers)

    async def _put_once(self, subject: str, body: bytes, headers: dict[str, str]) -> int | None:
        try:
            return await self._connected(self._acks).store(subject, body, headers, ACK_TIMEOUT_S)
        except APIError as error:
            if error.err_code == WRONG_LAST_SEQUENCE:
                return None
            raise

    async def _put_stubbornly(self, subject: str, body: bytes, headers: dict[str, str]) -> int | None:
        try:
            async for attempt in stamina.retry_context(on=TRANSIENT, timeout=30, wait_initial=0.1, wait_max=2):
                with attempt:
                    return await self._put_once(subject, body, headers)
        except TRANSIENT as error:
            raise Unavailable(f"the broker did not store {subject}: {error!r}") from error
        raise AssertionError("unreachable: the retry loop returns or raises")

    async def ask(self, subject: str, body: bytes, timeout_s: float = 5.0) -> bytes:
        """One request and its reply. Raises Unavailable if nobody answers in time.

        Where nobody listens at the moment, it is asked again for a second: a service that starts anew is soon back.
        """
        try:
            with self.spans.span(f"ask {subject}", "client"):
                place = here()
                headers = {"traceparent": place.traceparent} if place else None
                async for attempt in stamina.retry_context(
                    on=NoRespondersError, timeout=BACK_S, attempts=None, wait_initial=0.05, wait_max=0.2
                ):
                    with attempt:
                        reply = await self.nats.request(subject, body, timeout=timeout_s, headers=headers)
        except (TimeoutError, NatsError) as error:
            raise Unavailable(said("nobody_answered", subject=subject, seconds=f"{timeout_s:g}")) from error
        return bytes(reply.data)

    async def get_value(self, bucket: Bucket, key: str) -> bytes | None:
        """A value from a key-value bucket, or None."""
        return await _value(await self.js.key_value(bucket.name), key)

    async def values(self, bucket: Bucket) -> dict[str, bytes]:
        """Every key of a key-value bucket with its value.

        Not by the client's watch: it says that all is there when nothing is left to be sent, be it still on the way.
        """
        prefix = f"$KV.{bucket.name}."
        state = (await self.js.stream_info(f"KV_{bucket.name}", subjects_filter=f"{prefix}>")).state
        store = await self.js.key_value(bucket.name)
        keys = [subject.removeprefix(prefix) for subject in state.subjects or ()]
        return {key: value for key in keys if (value := await _value(store, key)) is not None}

    async def put_value(self, bucket: Bucket, key: str, value: bytes) -> None:
        """Set a value in a key-value bucket."""
        store = await self.js.key_value(bucket.name)
        await store.put(key, value)

    def _connected(self, part: P | None) -> P:
        if part is None:
            raise Unavailable(f"{self.name} is not connected; await Broker.connect() first")
        return part

    async def _reconnected(self) -> None:
        log.info("reconnected to the broker", service=self.name)
        for callback in list(self._on_reconnect):
            callback()

    async def _disconnected(self) -> None:
        if not self._closing:
            log.warning("lost the broker; reconnecting", service=self.name)

    async def _closed(self) -> None:
        if not self._closing:
            log.error("the broker connection closed for good; exiting to be restarted", service=self.name)
            os._exit(EXIT_CONNECTION_LOST)

    async def _error(self, error: Exception) -> None:
        self._trouble = error
        self.failed(error)
        if self._nats is not None and not self._closing:
            log.warning("broker error", service=self.name, error=repr(error))


async def _value(store: KeyValue, key: str) -> bytes | None:
    """A value, or None if there is none any more."""
    try:
        return (await store.get(key)).value
    except KeyNotFoundError:
        return None
