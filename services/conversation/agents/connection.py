"""One connection to a model's endpoint, and the responses that come over it, one after the other.

What arrives is handed on within the event loop's callback, and whoever asked is woken only for what is worth it: waking
a task for every token costs more than all that is done with the tokens.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpResponseParser

MOST_BYTES = 4 << 20
"""An answer that is longer than this is none."""
REFUSED = 300
"""The status of an answer that is none: elsewhere it would be another request."""
BEAT_S = 0.1
"""Who rests wakes with the others who do. What they say then is told, read and spoken by every process in one go, which
takes a tenth less of a turn's CPU than one after the other."""

Hear = Callable[[bytes], bool]
"""Takes in bytes of an answer; whether whoever asked is to be woken for them. What it raises ends the response."""
Deadline = Callable[[], float]
"""A moment of the loop's clock, in seconds, that may move while it is waited for."""


class Lost(Exception):
    """The connection failed, or what came over it is no response."""


class Response:
    """What comes in answer to one request."""

    def __init__(self, hear: Hear) -> None:
        self.status = 0
        """0 until the head has come."""
        self.whole = False
        """All of it has come."""
        self.refusal = b""
        """What a status that is no success says."""
        self._hear = hear
        self._bytes = 0
        self._fault: Exception | None = None
        self._worth = False
        self._waiter: asyncio.Future[None] | None = None

    async def first_news(self, deadline: Deadline) -> None:
        """As `news`, for the first time: also for a refusal. Raises Lost if nothing comes at all, and TimeoutError."""
        while not (self._worth or self.whole or self.status >= REFUSED or (self.status and self._fault)):
            await self._woken(deadline)
        self._worth = False

    async def news(self, deadline: Deadline) -> None:
        """Wait for something worth it, or for the end. Raises Lost, what `hear` raised, and TimeoutError."""
        while not (self._worth or self.whole):
            await self._woken(deadline)
        self._worth = False

    async def end(self, deadline: Deadline) -> None:
        """Wait until all has come. Raises as `news` does."""
        while not self.whole:
            await self._woken(deadline)

    # What its connection tells.

    def begins(self, status: int) -> None:
        self.status = status
        if status >= REFUSED:
            self._wake()

    def comes(self, body: bytes) -> None:
        self._bytes += len(body)
        if self._bytes > MOST_BYTES:
            self.fails(Lost(f"the answer is longer than {MOST_BYTES} bytes"))
        elif self.status >= REFUSED:
            self.refusal += body
        elif self._fault is None:
            try:
                worth = self._hear(body)
            except Exception as fault:
                self.fails(fault)
            else:
                if worth:
                    self._worth = True
                    self._wake()

    def ends(self) -> None:
        self.whole = True
        self._wake()

    def fails(self, fault: Exception) -> None:
        self._fault = self._fault or fault
        self._wake()

    async def _woken(self, deadline: Deadline) -> None:
        if self._fault is not None:
            raise self._fault
        loop = asyncio.get_running_loop()
        until = deadline()
        if until <= loop.time():
            raise TimeoutError
        self._waiter = loop.create_future()
        late = loop.call_at(until, self._wake)
        try:
            await self._waiter
        finally:
            late.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(asyncio.Protocol):
    """See the module. `reusable` once a response has come whole, until it is closed."""

    def __init__(self) -> None:
        self.reusable = False
        self.since = 0.0
        """When it was last given back: a moment of the loop's clock, in seconds."""
        self._transport: asyncio.Transport | None = None
        self._parser: HttpResponseParser | None = None
        self._response: Response | None = None

    def ask(self, request: bytes, hear: Hear) -> Response:
        """Send a request."""
        self.reusable = False
        self._response = Response(hear)
        self._parser = HttpResponseParser(self)
        if self._transport is None or self._transport.is_closing():
            self._response.fails(Lost("the connection is closed"))
        else:
            self._transport.write(request)
        return self._response

    async def rest(self, at_most_s: float) -> None:
        """Leave what comes meanwhile to the operating system: read at once, it costs a fraction."""
        transport = self._transport
        if transport is not None:
            transport.pause_reading()
        try:
            await asyncio.sleep(until_beat(asyncio.get_running_loop().time(), at_most_s))
        finally:
            if transport is not None and not transport.is_closing():
                transport.resume_reading()

    def close(self) -> None:
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._response is None or self._parser is None:
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._response.fails(Lost(f"what it answers is no HTTP: {error}"))
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.reusable = False
        if self._response is not None:
            self._response.fails(Lost(repr(error) if error else "it was closed before the answer was complete"))

    # What the parser calls.

    def on_headers_complete(self) -> None:
        assert self._parser is not None and self._response is not None  # noqa: S101, PT018
        status = self._parser.get_status_code()
        if status >= 200:  # before that, it only says that an answer will come
            self._response.begins(status)

    def on_body(self, body: bytes) -> None:
        if self._response is not None:
            self._response.comes(body)

    def on_message_complete(self) -> None:
        assert self._parser is not None  # noqa: S101
        response = self._response
        if response is not None and response.status:
            self._response = None
            self.reusable = self._parser.should_keep_alive()
            response.ends()


def until_beat(now: float, at_most_s: float) -> float:
    """How long it is, in seconds, to the last beat within `at_most_s`; all of that where none is."""
    beat = (now + at_most_s) // BEAT_S * BEAT_S
    return beat - now if beat > now else at_most_s
