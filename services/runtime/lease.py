"""A call is one message being worked on.

A lease consumer hands a message to one worker, who keeps it un-acknowledged while the work runs and tells the
broker every second or two that it is in progress. If the worker dies, the broker hands the message to another
after `ack_wait`. There is no lease table: the broker's own redelivery is the failover.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from contracts.streams import Consumer
from services.runtime.broker import Broker
from services.runtime.cancelling import cancel_until_done, expire
from services.runtime.logs import about, logger
from services.runtime.pulls import Pull

log = logger(__name__)

BEATS = 4
"""So often a holder is heard within `ack_wait`."""


class Lease:
    """One message under work. It is kept alive until `done`, `give_back` or `abandon`."""

    def __init__(self, message: Msg) -> None:
        self.message = message
        self.held = True

    def adopt(self, message: Msg) -> None:
        """Go on under a newer delivery of the same message."""
        self.message = message

    async def done(self) -> None:
        """The work is finished; nobody gets the message again."""
        self.abandon()
        await self.message.ack()

    async def give_back(self) -> None:
        """Hand the message to another worker at once."""
        self.abandon()
        await self.message.nak()

    def abandon(self) -> None:
        """Fall silent: no ack, no nak, no heartbeat. Somebody else holds the message."""
        self.held = False


class LeaseConsumer:
    """Pulls leases one at a time while there is room, and hands each to `work` in a task of its own."""

    def __init__(
        self,
        broker: Broker,
        consumer: Consumer,
        work: Callable[[Lease], Awaitable[None]],
        capacity: int,
    ) -> None:
        self._broker = broker
        self._consumer = consumer
        self._work = work
        self._room = asyncio.Semaphore(capacity)
        self._paused = asyncio.Event()
        self._paused.set()
        self._stopping = False
        self._pulling: asyncio.Timeout | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._leases: set[Lease] = set()
        self._heart: asyncio.Task[None] | None = None

    @property
    def running(self) -> int:
        """How many leases are being worked on."""
        return len(self._tasks)

    def pause(self) -> None:
        """Take nothing new until `resume`."""
        self._paused.clear()

    def resume(self) -> None:
        self._paused.set()

    async def run(self) -> None:
        """Pull until `stop_pulling`, then return."""
        self._idle.clear()
        try:
            pull = await self._broker.pull(self._consumer)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0 if self._stopping else None) as self._pulling:
                    while True:
                        await self._take_one(pull)
            await pull.close()
        finally:
            self._pulling = None
            self._idle.set()

    async def stop_pulling(self) -> None:
        """Take nothing new. Returns when no pull request of ours is left at the server, which would otherwise swallow
        the messages we hand back."""
        self._stopping = True
        expire(self._pulling)
        await self._idle.wait()

    async def wait_all(self, timeout_s: float) -> bool:
        """Wait for the leases in work; False if some were still running after `timeout_s`."""
        if not self._tasks:
            return True
        _, pending = await asyncio.wait(self._tasks, timeout=timeout_s)
        return not pending

    async def cancel_all(self) -> None:
        """Cancel whatever still runs."""
        await cancel_until_done(lambda: self._tasks)

    async def _take_one(self, pull: Pull) -> None:
        await self._paused.wait()
        await self._room.acquire()
        message = None
        try:
            message = await pull.next()
        finally:
            if message is None:
                self._room.release()
        if message is not None:
            task = asyncio.create_task(self._hold(Lease(message)), name=f"lease {message.subject}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _hold(self, lease: Lease) -> None:
        message = lease.message
        self._leases.add(lease)
        if self._heart is None or self._heart.done():
            self._heart = asyncio.create_task(self._beat(), name=f"heart of {self._consumer.name}")
        try:
            with about(message.subject), self._broker.spans.handling(self._consumer.name, message.headers):
                await self._work(lease)
        except Exception as error:
            log.error("lease failed; the broker will hand it on", subject=lease.message.subject, exc_info=error)
        finally:
            lease.abandon()
            self._leases.discard(lease)
            self._room.release()

    async def _beat(self) -> None:
        """Keep every lease alive while there are any: together, so that a hundred cost one wake-up and one write."""
        while self._leases:
            await asyncio.sleep(self._consumer.ack_wait_s / BEATS)
            for lease in [each for each in self._leases if each.held]:
                with contextlib.suppress(NatsError, OSError):
                    await lease.message.in_progress()
