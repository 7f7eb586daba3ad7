"""Tells one call's facts under a claim, and knows when they have been read back."""

import asyncio
import heapq
from itertools import count
from typing import NamedTuple
from uuid import UUID

from contracts.event import Event
from services.conversation.domain.dialogue import Dialogue
from services.runtime.broker import Broker
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

READ_BACK_S = 1.0
"""A fact is read back within a few milliseconds; after so long it is told again, under the same id."""


class _Handed(NamedTuple):
    """A fact that was handed over and not read back yet."""

    event: Event
    body: bytes
    at: float
    """A moment of the loop's clock, in seconds."""


class Teller:
    """What a session tells: at once and in order, and known when folded."""

    def __init__(self, broker: Broker, dialogue: Dialogue) -> None:
        self.epoch = 0
        self._broker = broker
        self._dialogue = dialogue
        self._handed: dict[UUID, _Handed] = {}
        self._all_back = asyncio.Event()
        self._all_back.set()
        self._look_again: asyncio.TimerHandle | None = None
        self._pending: set[asyncio.Task[None]] = set()
        """Facts that could not just be handed over."""
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()

    async def tell(self, event: Event) -> None:
        """Tell a fact and wait until the dialogue has taken it in."""
        sequence = await self._broker.tell(event)
        if sequence is not None:
            await self._known(sequence)

    async def tell_elsewhere(self, event: Event) -> None:
        """Tell a fact that is not one of this call, and so is never read back here."""
        await self._broker.tell(event)

    def tell_soon(self, event: Event) -> None:
        """Tell a fact without waiting; facts told so keep their order. No acknowledgement is asked for: that it is read
        back says as much."""
        body = event.body()
        if self._pending or not self._broker.hand(event, body):
            self._tell_stubbornly(event)
            return
        loop = asyncio.get_running_loop()
        self._handed[event.event_id] = _Handed(event, body, loop.time())
        self._all_back.clear()
        if self._look_again is None:
            self._look_again = loop.call_later(READ_BACK_S, self._look)

    async def settled(self) -> None:
        """Wait until everything told is stored and taken in."""
        while self._handed or self._pending:
            await self._all_back.wait()
            if self._pending:
                await asyncio.wait(self._pending)

    def ours(self, body: bytes) -> Event | None:
        """The fact that is read back, if it is the first of those we still wait for: it need not be read again."""
        for handed in self._handed.values():
            return handed.event if handed.body == body else None
        return None

    def folded(self, event: Event, sequence: int) -> None:
        """The dialogue has taken in everything up to `sequence`, where this fact is."""
        if self._handed.pop(event.event_id, None) is not None:
            self._broker.told(event)
            if not self._handed:
                self._none_handed()
        while self._waiting and self._waiting[0][0] <= sequence:
            _, _, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(None)

    def close(self) -> None:
        """Nobody reads back any more: whoever still waits is let go."""
        self._handed.clear()
        self._none_handed()
        for _, _, waiter in self._waiting:
            waiter.cancel()

    async def _known(self, sequence: int) -> None:
        if self._dialogue.sequence >= sequence:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (sequence, next(self._order), waiter))
        await waiter

    def _look(self) -> None:
        """Whether a fact has not been read back for so long that it may be lost; then it is told again, and what came
        after it, too."""
        self._look_again = None
        oldest = next(iter(self._handed.values()), None)
        if oldest is None:
            return
        loop = asyncio.get_running_loop()
        if oldest.at + READ_BACK_S > loop.time():
            self._look_again = loop.call_at(oldest.at + READ_BACK_S, self._look)
            return
        late = [handed.event for handed in self._handed.values()]
        self._handed.clear()
        for event in late:
            self._tell_stubbornly(event)
        self._none_handed()

    def _none_handed(self) -> None:
        self._all_back.set()
        if self._look_again is not None:
            self._look_again.cancel()
            self._look_again = None

    def _tell_stubbornly(self, event: Event) -> None:
        task = asyncio.create_task(self._tell_quietly(event))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _tell_quietly(self, event: Event) -> None:
        try:
            await self.tell(event)
        except Unavailable as error:
            log.error("a fact was not stored", subject=event.subject, error=error.detail)
