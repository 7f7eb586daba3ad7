"""Forgets a person. The conversation's memory is the stream, which the dialer empties; here it is only made sure that
nobody talks to them any more."""

from contracts.contacts import ContactErased, ContactErasureBegan
from services.conversation.worker import Worker
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable

NAME = "conversation"


class Forgetting:
    """Any worker may answer: the dialer has seen every call end, and asks only then."""

    def __init__(self, broker: Broker, worker: Worker, clock: Clock) -> None:
        self._broker = broker
        self._worker = worker
        self._clock = clock

    async def forget(self, event: ContactErasureBegan) -> None:
        """Raises Unavailable while a session of this worker still knows the person."""
        if any(call_id in self._worker.sessions for call_id in event.traces.call_ids):
            raise Unavailable("a call with a person who asked to be forgotten is coming to its end")
        await self._broker.tell(ContactErased.answering(event, NAME, self._clock.now()))
