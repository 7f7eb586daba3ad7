"""Reads one call's facts from its stream, from the first one on: replay and live are one path and one order."""

from collections.abc import Callable
from uuid import UUID

from nats.aio.msg import Msg
from pydantic import ValidationError

from contracts.event import Event, kind_of
from services.runtime.broker import Broker
from services.runtime.logs import logger
from services.runtime.tail import Tail

log = logger(__name__)


class CallReader:
    """Tells `hear` each fact with its place in the stream."""

    def __init__(
        self, broker: Broker, call_id: UUID, hear: Callable[[Event, int], None], ours: Callable[[bytes], Event | None]
    ) -> None:
        """`ours` is given the bytes of a fact, and knows the fact if we told it ourselves."""
        self._hear = hear
        self._ours = ours
        self._tail = Tail(broker, "CALLS", f"calls.{call_id}.>", self._read)

    async def open(self) -> None:
        """Begin with the call's first fact."""
        await self._tail.open()

    async def close(self) -> None:
        """Hear nothing more."""
        await self._tail.close()

    def _read(self, message: Msg, place: int) -> None:
        kind = kind_of(message.subject)
        if kind is None:
            return
        try:
            event = self._ours(message.data) or kind.model_validate_json(message.data)
        except ValidationError as error:
            log.warning("unreadable fact passed over", subject=message.subject, error=str(error)[:200])
            return
        self._hear(event, place)
