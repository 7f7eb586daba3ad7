"""A handler takes in messages in the moment they arrive."""

import asyncio

from services.runtime.broker import Broker
from services.runtime.nats_reading import hear

MANY = 200


async def test_everything_is_taken_in_in_its_order_and_nothing_is_left_behind(broker: Broker):
    taken: list[str] = []
    over = asyncio.Event()

    def take(message) -> None:
        taken.append(message.subject)
        if len(taken) == MANY:
            over.set()

    subscription = await hear(broker.nats, "told.*", take)
    for number in range(MANY):
        await broker.nats.publish(f"told.{number}", b"x" * 1000)
    await asyncio.wait_for(over.wait(), 10)
    assert taken == [f"told.{number}" for number in range(MANY)]
    assert (subscription.pending_msgs, subscription.pending_bytes) == (0, 0)
    await subscription.unsubscribe()
    await broker.nats.publish("told.late", b"")
    await broker.nats.flush()
    assert len(taken) == MANY


async def test_a_message_that_a_handler_fails_on_does_not_end_the_connection(broker: Broker):
    taken: list[bytes] = []
    over = asyncio.Event()

    def take(message) -> None:
        taken.append(message.data)
        if message.data == b"bad":
            raise ValueError("bad")
        over.set()

    await hear(broker.nats, "told", take)
    for body in (b"bad", b"good"):
        await broker.nats.publish("told", body)
    await asyncio.wait_for(over.wait(), 10)
    assert taken == [b"bad", b"good"]
    assert broker.connected
