"""`messiah dead`: messages that could not be handled, what was wrong with them, and putting them back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from nats.js.errors import BadRequestError, NotFoundError

from services.runtime import dead_letters
from services.runtime.broker import Broker
from services.runtime.errors import NotFound

STREAM = "DEAD"


@dataclass(frozen=True)
class DeadLetter:
    """A buried message. `sequence` is its number among the dead letters."""

    sequence: int
    at: datetime | None
    body: bytes
    headers: dict[str, str]

    def header(self, name: str) -> str:
        return self.headers.get(name, "?")

    @property
    def origin(self) -> str:
        """The subject it was told on."""
        return self.header(dead_letters.ORIGIN_SUBJECT)

    @property
    def consumer(self) -> str:
        """Who could not handle it."""
        return self.header(dead_letters.ORIGIN_CONSUMER)

    @property
    def reason(self) -> str:
        return f"{self.header(dead_letters.ERROR)}: {self.header(dead_letters.REASON)}"


async def letters(broker: Broker) -> AsyncIterator[DeadLetter]:
    """All dead letters, oldest first."""
    state = (await broker.js.stream_info(STREAM)).state
    for sequence in range(max(state.first_seq, 1), state.last_seq + 1):  # an empty stream begins at 0
        try:
            yield await letter(broker, sequence)
        except NotFound:
            continue  # deleted


async def letter(broker: Broker, sequence: int) -> DeadLetter:
    """One dead letter. Raises NotFound."""
    try:
        message = await broker.js.get_msg(STREAM, sequence)
    except (NotFoundError, BadRequestError) as error:  # there is no number below 1
        raise NotFound(f"there is no dead letter {sequence}; see `messiah dead list`") from error
    return DeadLetter(sequence, message.time, message.data or b"", dict(message.headers or {}))


async def replay(broker: Broker, sequence: int) -> DeadLetter:
    """Put a dead letter back on its subject for the consumer that buried it, and take it out of the dead letters;
    should it fail again, it is buried anew. Raises NotFound."""
    found = await letter(broker, sequence)
    await dead_letters.replay(broker, found.body, found.headers)
    await broker.js.delete_msg(STREAM, sequence)
    return found
