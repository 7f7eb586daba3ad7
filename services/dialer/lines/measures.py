"""What lines measure, told for all of them together: nobody waits for it, and a dozen at once cost half as much."""

import asyncio
from collections.abc import Callable

from nats.errors import Error as NatsError

from contracts.event import Event
from services.dialer.lines.telling import told
from services.runtime.broker import Broker
from services.runtime.logs import logger

log = logger(__name__)

GATHER_S = 0.5


class Measures:
    """The measurements of one process on their way to the stream."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._untold: list[Callable[[], Event]] = []
        self._telling: asyncio.Task[None] | None = None

    def tell(self, make: Callable[[], Event]) -> None:
        """Tell a measurement within half a second; it is made then, together with others."""
        self._untold.append(make)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all(), name="measures")

    async def settled(self, timeout_s: float) -> None:
        """Wait until everything measured is in its stream, for at most `timeout_s` seconds; then give up."""
        if self._telling is not None:
            await asyncio.wait({self._telling}, timeout=timeout_s)
            self._telling.cancel()

    async def _tell_all(self) -> None:
        while self._untold:
            await asyncio.sleep(GATHER_S)
            gathered, self._untold = self._untold, []
            events = [make() for make in gathered]
            for event, storing in [(event, self._broker.begin(event)) for event in events]:
                await self._stored(event, storing)

    async def _stored(self, event: Event, storing: asyncio.Future[int] | None) -> None:
        try:
            if storing is not None:
                await storing
                self._broker.told(event)
                return
        except (NatsError, TimeoutError) as error:
            log.warning("a measurement is not stored yet", error=repr(error))
        await told(self._broker, event)
