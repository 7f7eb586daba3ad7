"""Tells one call's facts under a claim, and knows when they have been read back."""

import asyncio
import heapq
from itertools import count
from uuid import UUID

from nats.errors import Error as NatsError

from contracts.event import Event
from services.conversation.domain.dialogue import Dialogue
from services.runtime.broker import Broker
from services.runtime.cancelling import give_up
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

READ_BACK_S = 1.0
"""A fact is read back within a few milliseconds; after so long it is told again, under the same id."""


class Teller:
    """What a session tells: at once and in order, and known when folded."""

    def __init__(self, broker: Broker, dialogue: Dialogue) -> None:
        self.epoch = 0
        self._broker = broker
        self._dialogue = dialogue
        self._pending: set[asyncio.Task[None]] = set()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()
        self._read_back: dict[UUID, asyncio.Future[None]] = {}
        """Facts that were handed over and not read back yet."""

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
        task = asyncio.create_task(self._tell_quietly(event))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def settled(self) -> None:
        """Wait until everything told is stored and taken in."""
        while self._pending:
            await asyncio.wait(self._pending)

    def folded(self, event: Event, sequence: int) -> None:
        """The dialogue has taken in everything up to `sequence`, where this fact is."""
        read_back = self._read_back.get(event.event_id)
        if read_back is not None and not read_back.done():
            read_back.set_result(None)
        while self._waiting and self._waiting[0][0] <= sequence:
            _, _, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(None)

    def close(self) -> None:
        """Nobody reads back any more: whoever still waits is let go."""
        for waiter in (*(waiter for _, _, waiter in self._waiting), *self._read_back.values()):
            waiter.cancel()

    async def _known(self, sequence: int) -> None:
        if self._dialogue.sequence >= sequence:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (sequence, next(self._order), waiter))
        await waiter

    async def _tell_quietly(self, event: Event) -> None:
        try:
            if await self._handed(event):
                self._broker.told(event)
            else:
                await self.tell(event)
        except Unavailable as error:
            log.error("a fact was not stored", subject=event.subject, error=error.detail)

    async def _handed(self, event: Event) -> bool:
        """Whether it was read back in time."""
        loop = asyncio.get_running_loop()
        read_back = self._read_back[event.event_id] = loop.create_future()
        late = loop.call_later(READ_BACK_S, give_up, read_back)
        try:
            await self._broker.hand(event)
            await read_back
        except (TimeoutError, NatsError):
            return False
        finally:
            late.cancel()
            del self._read_back[event.event_id]
        return True
