"""What a line tells, off the caller's time: in order, and kept until the stream has it."""

import asyncio
from collections import deque

from contracts.event import Event
from services.runtime.broker import Broker
from services.runtime.cancelling import cancel_until_done
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)


class Teller:
    """The facts one line tells. It outlives its line, for what is not acknowledged yet."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._untold: deque[Event] = deque()
        self._all_told = asyncio.Event()
        self._all_told.set()
        self._storing: asyncio.Future[int] | None = None
        self._insisting: asyncio.Task[None] | None = None

    def tell(self, event: Event) -> None:
        """Tell a fact, after those before it. A re-telling keeps its id."""
        self._untold.append(event)
        if len(self._untold) == 1:
            self._all_told.clear()
            self._begin()

    async def settled(self) -> None:
        """Wait until everything told is in its stream."""
        await self._all_told.wait()

    async def stop(self) -> None:
        """Give up what is not told yet."""
        if self._storing is not None:
            self._storing.cancel()
        await cancel_until_done(lambda: () if self._insisting is None else (self._insisting,))

    def _begin(self) -> None:
        self._storing = self._broker.begin(self._untold[0])
        if self._storing is None:
            self._insist()
        else:
            self._storing.add_done_callback(self._stored)

    def _stored(self, storing: asyncio.Future[int]) -> None:
        if storing.cancelled():
            return
        if storing.exception() is not None:
            self._insist()
            return
        self._broker.told(self._untold.popleft())
        if self._untold:
            self._begin()
        else:
            self._all_told.set()

    def _insist(self) -> None:
        self._insisting = asyncio.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        while self._untold:
            await told(self._broker, self._untold[0])
            self._untold.popleft()
        self._all_told.set()


async def told(broker: Broker, event: Event) -> None:
    """Tell a fact for as long as it takes until the stream has it."""
    while True:
        try:
            await broker.tell(event)
        except Unavailable as error:
            log.warning("a fact is not stored yet; telling it again", subject=event.subject, error=error.detail)
        else:
            return
