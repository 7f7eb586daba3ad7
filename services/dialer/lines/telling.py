"""What a line tells, off the caller's time: in order, and kept until the stream has it."""

import asyncio

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
        self._untold: asyncio.Queue[Event] = asyncio.Queue()
        self._telling = asyncio.create_task(self._tell_all())

    def tell(self, event: Event) -> None:
        """Tell a fact, after those before it. A re-telling keeps its id."""
        self._untold.put_nowait(event)

    async def settled(self) -> None:
        """Wait until everything told is in its stream."""
        await self._untold.join()

    async def stop(self) -> None:
        """Give up what is not told yet."""
        await cancel_until_done(lambda: (self._telling,))

    async def _tell_all(self) -> None:
        while True:
            await told(self._broker, await self._untold.get())
            self._untold.task_done()


async def told(broker: Broker, event: Event) -> None:
    """Tell a fact for as long as it takes until the stream has it."""
    while True:
        try:
            await broker.tell(event)
        except Unavailable as error:
            log.warning("a fact is not stored yet; telling it again", subject=event.subject, error=error.detail)
        else:
            return
