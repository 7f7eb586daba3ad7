"""What runs underneath: streams, their consumers and how far behind those are, as JetStream tells it."""

import asyncio
import contextlib
from dataclasses import dataclass

from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from contracts.streams import CONSUMERS, STREAMS
from services.runtime import dead_letters
from services.runtime.broker import Broker
from services.runtime.dead_letters import DeadLetter
from services.runtime.errors import NotFound, Unavailable


@dataclass(frozen=True)
class StreamState:
    """A stream and what it holds. None where it is missing."""

    name: str
    messages: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class ConsumerState:
    """A durable consumer. `pending` is its lag; `waiting` how many pulls are open: 0 means that nobody reads."""

    name: str
    stream: str
    pending: int | None = None
    unsettled: int | None = None
    redelivered: int | None = None
    waiting: int | None = None


class Plant:
    """Reads the state of JetStream. Raises Unavailable if it does not answer."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def streams(self) -> list[StreamState]:
        """Every stream there should be."""
        return list(await asyncio.gather(*(self._stream(stream.name) for stream in STREAMS)))

    async def consumers(self) -> list[ConsumerState]:
        """Every durable consumer there should be."""
        return list(await asyncio.gather(*(self._consumer(each.stream, each.name) for each in CONSUMERS)))

    async def dead(self, most: int) -> tuple[int, list[DeadLetter]]:
        """How many dead letters there are, and the newest ones of them, newest first."""
        try:
            state = (await self._broker.js.stream_info(dead_letters.STREAM)).state
            found: list[DeadLetter] = []
            sequence = state.last_seq
            while sequence >= max(state.first_seq, 1) and len(found) < min(most, state.messages):
                with contextlib.suppress(NotFound):  # put back, or deleted
                    found.append(await dead_letters.letter(self._broker, sequence))
                sequence -= 1
        except NotFoundError:
            return 0, []
        except (NatsError, TimeoutError) as error:
            raise Unavailable(f"the broker does not show its dead letters: {error!r}") from error
        return state.messages, found

    async def _stream(self, name: str) -> StreamState:
        try:
            state = (await self._broker.js.stream_info(name)).state
        except NotFoundError:
            return StreamState(name)
        except (NatsError, TimeoutError) as error:
            raise Unavailable(f"the broker does not show its streams: {error!r}") from error
        return StreamState(name, state.messages, state.bytes)

    async def _consumer(self, stream: str, name: str) -> ConsumerState:
        try:
            info = await self._broker.js.consumer_info(stream, name)
        except NotFoundError:
            return ConsumerState(name, stream)
        except (NatsError, TimeoutError) as error:
            raise Unavailable(f"the broker does not show its consumers: {error!r}") from error
        return ConsumerState(
            name, stream, info.num_pending, info.num_ack_pending, info.num_redelivered, info.num_waiting
        )
