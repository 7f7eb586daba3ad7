"""Fetching from a durable consumer: patiently where there is nothing, and not at all while the broker is away.

A pull request costs both sides the same whether anything comes of it or not, so it stays open for long. What may have
lost it ends it at once: a reconnect, because the server may have forgotten it. The client's own fetching makes a task
and several rounds of the event loop for each message; here they gather until somebody looks.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import Header
from pydantic_core import to_json

from contracts.streams import Consumer
from services.runtime.logs import logger
from services.runtime.nats_reading import hear

log = logger(__name__)

PULL_S = 10.0
"""How long a pull request stays open at the server."""
AWAY_S = 0.25
"""How long nothing is asked for while the broker is away, or after it refused."""
LATE_S = 1.0
"""After so long without a word the server's answer is lost."""
NOTHING_CAME = ("404", "408")
"""How the server ends a request for which there is no message, or no message any more."""


class Connection(Protocol):
    """As much of a connection to the broker as fetching needs."""

    @property
    def nats(self) -> Client: ...

    @property
    def connected(self) -> bool: ...

    def on_reconnect(self, callback: Callable[[], None]) -> Callable[[], None]: ...


class Pull:
    """Fetches from one durable consumer, one request at a time. `open` before use."""

    def __init__(self, connection: Connection, consumer: Consumer) -> None:
        self._connection = connection
        self._consumer = consumer
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.name}"
        self._inbox = connection.nats.new_inbox()
        self._requests = 0
        self._most = 0
        """With how many messages the request under way is answered."""
        self._messages: list[Msg] = []
        self._over = asyncio.Event()
        """Set when the request under way is."""
        self._refused = False
        self._subscription: Subscription | None = None
        self._forget: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Listen for what is fetched; the client does so again after a reconnect."""
        self._subscription = await hear(self._connection.nats, f"{self._inbox}.*", self._arrived)
        self._forget = self._connection.on_reconnect(self.interrupt)

    async def next(self, wait_s: float = PULL_S) -> Msg | None:
        """The next message, or None if none came within `wait_s` seconds, or nothing can come."""
        if not self._messages:
            await self._ask({"batch": 1, "expires": int(wait_s * 1e9)}, wait_s + LATE_S)
        return self._messages.pop(0) if self._messages else None

    async def more(self, most: int) -> list[Msg]:
        """Up to `most` messages that are there now."""
        if len(self._messages) < most:
            await self._ask({"batch": most - len(self._messages), "no_wait": True}, LATE_S)
        taken, self._messages = self._messages[:most], self._messages[most:]
        return taken

    def interrupt(self) -> None:
        """End the request under way, if there is one."""
        self._over.set()

    async def close(self) -> None:
        """Take back what is left of a request at the server, which would otherwise give it messages that nobody looks
        at."""
        self._forget()
        self.interrupt()
        if self._subscription is not None:
            with contextlib.suppress(NatsError):
                await self._subscription.unsubscribe()

    async def _ask(self, request: dict[str, int], at_most_s: float) -> None:
        """Returns when as many have come as were asked for, when the server says that no more will, when it is
        interrupted, or after `at_most_s` seconds."""
        if not self._connection.connected:
            await asyncio.sleep(AWAY_S)
            return
        self._requests += 1
        self._most, self._refused = len(self._messages) + request["batch"], False
        self._over.clear()
        late = asyncio.get_running_loop().call_later(at_most_s, self._over.set)
        try:
            await self._connection.nats.publish(self._subject, to_json(request), reply=self._reply)
            await self._over.wait()
        except (NatsError, OSError) as error:
            log.warning("pull failed; trying again", consumer=self._consumer.name, error=repr(error))
            self._refused = True
        finally:
            late.cancel()
        if self._refused:
            await asyncio.sleep(AWAY_S)

    @property
    def _reply(self) -> str:
        """Where the request under way is answered."""
        return f"{self._inbox}.{self._requests}"

    def _arrived(self, message: Msg) -> None:
        status = message.headers.get(Header.STATUS) if message.headers and not message.data else None
        if status is None:
            self._messages.append(message)
            if len(self._messages) >= self._most:
                self._over.set()
        elif message.subject == self._reply:
            if status not in NOTHING_CAME:
                log.warning("pull refused; trying again", consumer=self._consumer.name, status=status)
                self._refused = True
            self._over.set()
