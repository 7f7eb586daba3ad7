"""Where a message goes that could not be handled: to a stream of its own, with its bytes and the error.

A person reads it with `messiah dead list|show` and puts it back with `messiah dead replay`: under a new message
id, and with a header that names the one consumer it is for.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from nats.js.errors import BadRequestError, NotFoundError

from contracts.event import new_event_id
from services.runtime.broker import Broker
from services.runtime.errors import NotFound
from services.runtime.logs import logger
from services.runtime.tracing import ADDRESSED_TO, MSG_ID

log = logger(__name__)

STREAM = "DEAD"
ORIGIN_SUBJECT = "Dead-Subject"
ORIGIN_STREAM = "Dead-Stream"
ORIGIN_CONSUMER = "Dead-Consumer"
ORIGIN_SEQUENCE = "Dead-Sequence"
ERROR = "Dead-Error"
REASON = "Dead-Reason"
_MAX_REASON = 1000


@dataclass(frozen=True)
class DeadLetter:
    """A message that was put aside. `sequence` is its number among the dead letters."""

    sequence: int
    at: datetime | None
    body: bytes
    headers: dict[str, str]

    def header(self, name: str) -> str:
        return self.headers.get(name, "?")

    @property
    def origin(self) -> str:
        """The subject it was told on."""
        return self.header(ORIGIN_SUBJECT)

    @property
    def consumer(self) -> str:
        """Who could not handle it."""
        return self.header(ORIGIN_CONSUMER)

    @property
    def reason(self) -> str:
        return f"{self.header(ERROR)}: {self.header(REASON)}"


async def bury(
    broker: Broker,
    *,
    body: bytes,
    headers: Mapping[str, str] | None,
    subject: str,
    stream: str,
    consumer: str,
    sequence: int,
    error: BaseException,
) -> None:
    """Keep a message that could not be handled, once for each consumer. Raises Unavailable if it cannot be kept."""
    kept = {name: value for name, value in (headers or {}).items() if not name.startswith(("Nats-", "Dead-"))}
    reason = " ".join(str(error).split())[:_MAX_REASON]
    log.error("message sent to the dead letters", subject=subject, consumer=consumer, error=type(error).__name__)
    await broker.put(
        f"dead.{stream}.{consumer}",
        body,
        kept
        | {
            MSG_ID: f"dead.{stream}.{consumer}.{sequence}",
            ORIGIN_SUBJECT: subject,
            ORIGIN_STREAM: stream,
            ORIGIN_CONSUMER: consumer,
            ORIGIN_SEQUENCE: str(sequence),
            ERROR: type(error).__name__,
            REASON: reason.encode("ascii", "backslashreplace").decode(),
        },
    )


async def put_back(broker: Broker, body: bytes, headers: Mapping[str, str]) -> int | None:
    """Tell a dead letter's message again for the consumer that buried it. Returns the new sequence."""
    kept = {name: value for name, value in headers.items() if not name.startswith(("Nats-", "Dead-"))}
    kept |= {MSG_ID: str(new_event_id()), ADDRESSED_TO: headers[ORIGIN_CONSUMER]}
    return await broker.put(headers[ORIGIN_SUBJECT], body, kept)


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
    await put_back(broker, found.body, found.headers)
    await broker.js.delete_msg(STREAM, sequence)
    return found


def is_for(headers: Mapping[str, str] | None, consumer: str) -> bool:
    """False for a replayed message that is addressed to another consumer."""
    addressee = None if headers is None else headers.get(ADDRESSED_TO)
    return addressee is None or addressee == consumer
