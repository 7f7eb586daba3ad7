"""Takes single messages out of streams so that nothing is left of them on the disk.

The server overwrites a message that is deleted by its sequence. A purge, and a message that ages or is replaced in a
bucket, only leave the index: their bytes stay in the file until it is dropped.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import APIError, NotFoundError

from services.runtime.broker import Broker

BATCH = 200
FETCH_S = 5.0
IDLE_S = 60.0
"""How long the server keeps the consumer of somebody who died while reading."""


async def stored(broker: Broker, stream: str, filters: Sequence[str]) -> AsyncIterator[Msg]:
    """Every message that a stream holds now, of those subjects, oldest first. Raises what nats-py raises."""
    subscription = await broker.js.pull_subscribe(
        filters[0],
        stream=stream,
        config=ConsumerConfig(
            filter_subjects=list(filters) if len(filters) > 1 else None,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=IDLE_S,
            mem_storage=True,
        ),
    )
    try:
        pending = (await subscription.consumer_info()).num_pending or 0
        while pending:
            messages = await subscription.fetch(min(BATCH, pending), timeout=FETCH_S)
            pending = messages[-1].metadata.num_pending
            for message in messages:
                yield message
            await asyncio.sleep(0)  # calls in this process have their turn
    finally:
        with contextlib.suppress(NatsError):
            await subscription.unsubscribe()


async def erase(broker: Broker, stream: str, sequence: int) -> bool:
    """Overwrite a message and take it out. False if it was gone."""
    try:
        return bool(await broker.js.delete_msg(stream, sequence))
    except (NotFoundError, APIError):
        return False
