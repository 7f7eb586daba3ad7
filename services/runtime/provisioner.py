"""Declares streams, durable consumers, buckets and the clock's pin, from `contracts.streams`.

It runs once when a system starts, alone: concurrent declarations overwrite each other. It is idempotent and
updates what has changed, except a concurrency cap, which belongs to the operator once it exists.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import stamina
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError, ServerError

from contracts.streams import BUCKETS, CLOCK_BUCKET, CONSUMERS, STREAMS, Bucket, Consumer, Stream
from services.runtime.broker import Broker
from services.runtime.clock import Pin
from services.runtime.errors import Unavailable

PIN_KEY = "pin"
CLOSED = "closed"
"""In a consumer's metadata: nobody takes anything from it. The cap of 0, which the server cannot hold."""
UNLIMITED = -1
STORE_S = 10.0
"""How long a server that cannot make a stream's store is asked again: it may still be clearing the folder of one that
was deleted a moment ago."""


async def provision(
    broker: Broker,
    *,
    pin: datetime | None = None,
    replicas: int = 1,
    caps: Mapping[str, int] | None = None,
) -> Pin | None:
    """Declare everything. `pin` is the moment the system's clock is to show, or None for the real one; `caps` are
    concurrency caps by the name of their consumer, for consumers that do not exist yet.

    Returns the pin that is in force: the stored one, if the same moment was asked for before.
    """
    for stream in STREAMS:
        await _declare_stream(broker.js, stream, replicas)
    for consumer in CONSUMERS:
        await _declare_consumer(broker.js, consumer, (caps or {}).get(consumer.name))
    for bucket in BUCKETS:
        await _declare_bucket(broker.js, bucket, replicas)
    return await _pin_clock(broker, pin)


async def read_pin(broker: Broker) -> Pin | None:
    """The pin in force, or None if the clock is the real one. Raises Unavailable if nothing is provisioned yet."""
    try:
        stored = await broker.get_value(CLOCK_BUCKET, PIN_KEY)
    except NotFoundError as error:
        raise Unavailable(f"{broker.url} is not provisioned: run `messiah provision` once, then start again") from error
    return Pin.model_validate_json(stored) if stored else None


_patiently = stamina.retry(on=ServerError, timeout=STORE_S, wait_initial=0.1, wait_max=1)


@_patiently
async def _declare_stream(js: JetStreamContext, stream: Stream, replicas: int) -> None:
    config = StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=stream.max_age_s,
        duplicate_window=stream.duplicate_window_s,
        num_replicas=replicas,
        allow_direct=True,
    )
    try:
        await js.stream_info(stream.name)
    except NotFoundError:
        await js.add_stream(config)
    else:
        await js.update_stream(config)


async def _declare_consumer(js: JetStreamContext, consumer: Consumer, asked: int | None) -> None:
    cap = consumer.max_ack_pending
    metadata = None
    if asked is not None:
        cap = max(asked, 1)  # the server would take 0 for its default of 1,000
        metadata = None if asked else {CLOSED: "yes"}
    try:
        existing = await js.consumer_info(consumer.stream, consumer.name)
    except NotFoundError:
        pass
    else:
        if consumer.capped_at_creation and existing.config.max_ack_pending:
            cap, metadata = existing.config.max_ack_pending, existing.config.metadata
    filters = list(consumer.subjects)
    await js.add_consumer(
        consumer.stream,
        ConsumerConfig(
            durable_name=consumer.name,
            filter_subject=filters[0] if len(filters) == 1 else None,
            filter_subjects=filters if len(filters) > 1 else None,
            ack_policy=AckPolicy.EXPLICIT,
            deliver_policy=DeliverPolicy.ALL,
            ack_wait=consumer.ack_wait_s,
            max_deliver=UNLIMITED,
            max_ack_pending=cap,
            metadata=metadata,
        ),
    )


@_patiently
async def _declare_bucket(js: JetStreamContext, bucket: Bucket, replicas: int) -> None:
    try:
        await js.key_value(bucket.name)
    except NotFoundError:
        await js.create_key_value(KeyValueConfig(bucket=bucket.name, history=bucket.history, replicas=replicas))


async def _pin_clock(broker: Broker, asked: datetime | None) -> Pin | None:
    stored = await read_pin(broker)
    if asked is None:
        if stored:
            await (await broker.js.key_value(CLOCK_BUCKET.name)).delete(PIN_KEY)
        return None
    if stored and stored.asked == asked:
        return stored
    pin = Pin(asked=asked, shown=asked, real=datetime.now(UTC))
    await broker.put_value(CLOCK_BUCKET, PIN_KEY, pin.model_dump_json().encode())
    return pin
