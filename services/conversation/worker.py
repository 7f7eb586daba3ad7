"""Takes calls as they start, up to its capacity, and hands them over when it is told to stop."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from contracts.calls import CallStarted
from contracts.streams import CONVERSATION_CALLS
from services.conversation.session import Session
from services.runtime.broker import Broker
from services.runtime.errors import InvalidMessage
from services.runtime.lease import Lease, LeaseConsumer
from services.runtime.listening import read, settle
from services.runtime.logs import logger

log = logger(__name__)


class Worker:
    """The sessions of one process."""

    def __init__(self, broker: Broker, capacity: int, new_session: Callable[[UUID], Session]) -> None:
        self._broker = broker
        self._new_session = new_session
        self.sessions: dict[UUID, Session] = {}
        self.consumer = LeaseConsumer(broker, CONVERSATION_CALLS, self._work, capacity)

    async def drain(self, turn_s: float) -> None:
        """Take nothing new, let turns in progress finish within `turn_s` seconds, and hand every call over."""
        await self.consumer.stop_pulling()
        await asyncio.gather(*(session.release(turn_s) for session in self.sessions.values()))
        await self.consumer.wait_all(turn_s)

    async def stop(self) -> None:
        await self.consumer.cancel_all()

    async def _work(self, lease: Lease) -> None:
        try:
            call_id = read(lease.message, CallStarted).call_id
            if str(call_id) != lease.message.subject.split(".")[1]:
                raise InvalidMessage(f"the fact is about call {call_id}, which its subject does not name")
        except InvalidMessage as error:
            lease.abandon()
            await settle(self._broker, lease.message, error)
            return
        running = self.sessions.get(call_id)
        if running is not None and running.lease is not None:
            running.lease.adopt(lease.message)
            return
        session = self.sessions[call_id] = self._new_session(call_id)
        try:
            await session.run(lease)
        finally:
            self.sessions.pop(call_id, None)
