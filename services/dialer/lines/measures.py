"""What lines measure, told for all of them together: nobody waits for it, and a dozen at once cost half as much."""

import asyncio

from contracts.event import Event
from services.dialer.lines.telling import told
from services.runtime.broker import Broker

GATHER_S = 0.5


class Measures:
    """The measurements of one process on their way to the stream."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._untold: list[Event] = []
        self._telling: asyncio.Task[None] | None = None

    def tell(self, event: Event) -> None:
        """Tell a measurement within half a second."""
        self._untold.append(event)
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
            await asyncio.gather(*(told(self._broker, event) for event in gathered))
