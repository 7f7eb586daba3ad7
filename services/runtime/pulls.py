"""Fetching from a durable consumer: patiently where there is nothing, and not at all while the broker is away.

A pull request costs both sides the same whether anything comes of it or not, so it stays open for long. Whatever may
have lost it ends it at once: a reconnect, because the server may have forgotten it, or a stop. The client keeps what
is published while the broker is away, and pull requests are published: after an outage all of them would be answered
at once with more messages than there is room for, and when its buffer is full, asking fails at once and is tried
again without end.
"""

import asyncio
import contextlib
from collections.abc import Callable

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

PULL_S = 10.0
"""How long a pull request stays open at the server."""
AWAY_S = 0.25
"""How long nothing is asked for while the broker is away."""

PullSubscription = JetStreamContext.PullSubscription


class Pull:
    """Fetches from one durable consumer, one request at a time."""

    def __init__(
        self,
        subscription: PullSubscription,
        connected: Callable[[], bool],
        on_reconnect: Callable[[Callable[[], None]], Callable[[], None]],
    ) -> None:
        self._subscription = subscription
        self._ask = subscription.fetch
        self._connected = connected
        self._on_reconnect = on_reconnect
        self._asking: asyncio.Timeout | None = None
        self._closed = False

    async def fetch(self, batch: int = 1, timeout: float | None = PULL_S, heartbeat: float | None = None) -> list[Msg]:
        """Up to `batch` messages within `timeout` seconds. Raises TimeoutError if none came, or nothing can come."""
        if self._closed:
            raise TimeoutError
        if not self._connected():
            await asyncio.sleep(AWAY_S)
            raise TimeoutError
        async with asyncio.timeout(None) as self._asking:
            forget = self._on_reconnect(self.interrupt)
            try:
                return await self._ask(batch, timeout, heartbeat)
            finally:
                self._asking = None
                forget()

    async def close(self) -> None:
        """End the request under way and take back what is left of it at the server, which would otherwise give it
        messages that nobody looks at."""
        self._closed = True
        self.interrupt()
        with contextlib.suppress(NatsError):
            await self._subscription.unsubscribe()

    def interrupt(self) -> None:
        """End the request under way, if there is one."""
        expire(self._asking)


def expire(limit: asyncio.Timeout | None) -> None:
    """Have a limit pass now, if it is still waited for."""
    if limit is not None and not limit.expired():
        limit.reschedule(asyncio.get_running_loop().time())
