"""Where a message goes that could not be handled: to a stream of its own, with its bytes and the error.

A person reads it with `messiah dead list|show` and puts it back with `messiah dead replay`: under a new message
id, and with a header that names the one consumer it is for.
"""

from collections.abc import Mapping

from contracts.event import new_event_id
from services.runtime.broker import Broker
from services.runtime.logs import logger
from services.runtime.tracing import ADDRESSED_TO, MSG_ID

log = logger(__name__)

ORIGIN_SUBJECT = "Dead-Subject"
ORIGIN_STREAM = "Dead-Stream"
ORIGIN_CONSUMER = "Dead-Consumer"
ORIGIN_SEQUENCE = "Dead-Sequence"
ERROR = "Dead-Error"
REASON = "Dead-Reason"
_MAX_REASON = 1000


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


async def replay(broker: Broker, body: bytes, headers: Mapping[str, str]) -> int | None:
    """Put a dead letter back on its subject for the consumer that buried it. Returns the new sequence."""
    kept = {name: value for name, value in headers.items() if not name.startswith(("Nats-", "Dead-"))}
    kept |= {MSG_ID: str(new_event_id()), ADDRESSED_TO: headers[ORIGIN_CONSUMER]}
    return await broker.put(headers[ORIGIN_SUBJECT], body, kept)


def is_for(headers: Mapping[str, str] | None, consumer: str) -> bool:
    """False for a replayed message that is addressed to another consumer."""
    addressee = (headers or {}).get(ADDRESSED_TO)
    return addressee is None or addressee == consumer
