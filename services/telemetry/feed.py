"""Facts as they happen, for whoever watches: ordered consumers that exist only while somebody does.

A plain subscription would be cheaper, but it does not say where a fact stands in its stream, and only that tells
the worker who speaks from one that has been replaced.
"""

from collections.abc import Callable

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from contracts.event import Event
from contracts.streams import TELEMETRY_CALLS, TELEMETRY_CONTACTS, TELEMETRY_MEETINGS, TELEMETRY_TURNS, Consumer
from services.runtime.broker import Broker
from services.runtime.errors import InvalidMessage, Unavailable
from services.runtime.tail import Tail
from services.telemetry.domain.facts import Fact
from services.telemetry.messages import fact_in

FOLLOWED = (TELEMETRY_CALLS, TELEMETRY_MEETINGS, TELEMETRY_CONTACTS, TELEMETRY_TURNS)
FAR_BEHIND = 10_000
"""How many messages of a stream are read at most, should the store lag behind the streams."""
GONE_S = 1.0
"""How soon the server forgets a consumer that nobody listens to."""

Hear = Callable[[Fact[Event]], None]


class StreamFeed:
    """One ordered consumer a stream. Each begins with the first message that the store may not hold yet."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._tails: list[Tail] = []

    async def open(self, hear: Hear) -> None:
        """Raises Unavailable if the broker does not show its streams."""

        def take_in(message: Msg, _: int) -> None:
            try:
                fact = fact_in(message)
            except InvalidMessage:
                return  # the reader of the durable consumer buries it
            if fact is not None:
                hear(fact)

        try:
            for consumer in FOLLOWED:
                tail = Tail(self._broker, consumer.stream, ">", take_in, GONE_S)
                self._tails.append(tail)
                await tail.open(after=await self._stored(consumer))
        except (NatsError, TimeoutError, OSError) as error:
            await self.close()
            raise Unavailable(f"the broker does not show its streams: {error!r}") from error

    async def close(self) -> None:
        for tail in self._tails:
            await tail.close()
        self._tails = []

    async def _stored(self, consumer: Consumer) -> int:
        """The consumer of the store acknowledges what is stored: what follows its floor is still missing there."""
        stored = await self._broker.js.consumer_info(consumer.stream, consumer.name)
        stream = await self._broker.js.stream_info(consumer.stream)
        floor = stored.ack_floor.stream_seq if stored.ack_floor else 0
        return max(floor, stream.state.last_seq - FAR_BEHIND)
