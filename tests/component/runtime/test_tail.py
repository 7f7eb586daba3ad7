"""A tail hears everything of its stream in order and once, whatever becomes of its consumer."""

import asyncio

import pytest
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from services.runtime import tail as tail_module
from services.runtime.broker import Broker
from services.runtime.tail import Tail

SUBJECT = "telemetry.tail.>"


class Heard:
    """What a tail heard: each message with its place."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def __call__(self, message, place: int) -> None:
        self.told.append((message.data.decode(), place))

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.told) < count:
                await asyncio.sleep(0.01)
        return [text for text, _ in self.told]


async def _tell(broker: Broker, *texts: str) -> list[int | None]:
    return [await broker.put("telemetry.tail.told", text.encode(), {}) for text in texts]


@pytest.fixture
async def opened(broker: Broker):
    """Opens tails, and closes them in the end."""
    tails: list[Tail] = []

    async def open_one(heard: Heard, after: int = 0) -> Tail:
        tails.append(Tail(broker, "TELEMETRY", SUBJECT, heard))
        await tails[-1].open(after)
        return tails[-1]

    yield open_one
    for each in tails:
        await each.close()


async def _consumer(broker: Broker):
    consumers = await broker.js.consumers_info("TELEMETRY")
    return next(each for each in consumers if each.config.filter_subject == SUBJECT)


async def test_what_was_told_before_and_after_is_heard_in_order(broker: Broker, opened) -> None:
    first = await _tell(broker, "a", "b")
    heard, later = Heard(), Heard()
    await opened(heard)
    await opened(later, after=first[0] or 0)
    places = first + await _tell(broker, "c")
    assert await heard.until(3) == ["a", "b", "c"]
    assert [place for _, place in heard.told] == places
    assert await later.until(2) == ["b", "c"]


async def test_a_consumer_that_is_gone_is_missed_and_nothing_is_lost(
    broker: Broker, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "SILENCE_S", 0.3)
    heard = Heard()
    await opened(heard)
    await _tell(broker, "a")
    await heard.until(1)
    await broker.js.delete_consumer("TELEMETRY", (await _consumer(broker)).name)
    await _tell(broker, "b", "c")
    assert await heard.until(3) == ["a", "b", "c"]


async def test_a_message_that_was_skipped_is_read_again(broker: Broker, opened) -> None:
    heard = Heard()
    await opened(heard)
    await _tell(broker, "a")
    await heard.until(1)
    lost = await _consumer(broker)
    await broker.js.delete_consumer("TELEMETRY", lost.name)
    places = await _tell(broker, "b", "c")
    await broker.js.add_consumer(
        "TELEMETRY",
        config=ConsumerConfig(
            filter_subject=SUBJECT,
            deliver_subject=lost.config.deliver_subject,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=places[1],  # the tail's next message is not the one it expects
            ack_policy=AckPolicy.NONE,
            mem_storage=True,
        ),
    )
    assert await heard.until(3) == ["a", "b", "c"]


async def test_a_closed_tail_hears_nothing_more(broker: Broker, opened) -> None:
    heard = Heard()
    closed = await opened(heard)
    await _tell(broker, "a")
    await heard.until(1)
    await closed.close()
    other = Heard()
    await opened(other)
    await _tell(broker, "b")
    assert await other.until(2) == ["a", "b"]
    assert [text for text, _ in heard.told] == ["a"]


async def test_a_stream_that_is_not_there_is_told(broker: Broker) -> None:
    with pytest.raises(NotFoundError):
        await Tail(broker, "NOTHING", "nothing.>", Heard()).open()
