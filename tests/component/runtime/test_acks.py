"""A fact is stored once it is acknowledged, and what became of it otherwise is told."""

import asyncio

import pytest
from nats.js.errors import APIError, NoStreamResponseError

from services.runtime.acks import Acks
from services.runtime.broker import WRONG_LAST_SEQUENCE, Broker
from services.runtime.nats_client import Writer
from services.runtime.tracing import EXPECTED_LAST, MSG_ID

SUBJECT = "telemetry.acks.told"


@pytest.fixture
async def acks(broker: Broker) -> Acks:
    opened = Acks(broker.nats, Writer(broker.nats))
    await opened.open()
    return opened


async def test_many_at_once_each_get_their_own_place(broker: Broker, acks: Acks) -> None:
    stored = await asyncio.gather(*(acks.store(SUBJECT, f"{n}".encode(), {}, 5) for n in range(50)))
    assert len(set(stored)) == 50
    for number, place in enumerate(stored):
        assert (await broker.js.get_msg("TELEMETRY", place)).data == f"{number}".encode()


async def test_the_same_message_keeps_its_place(acks: Acks) -> None:
    first = await acks.store(SUBJECT, b"once", {MSG_ID: "same"}, 5)
    assert await acks.store(SUBJECT, b"once", {MSG_ID: "same"}, 5) == first


async def test_a_refusal_is_told_with_its_code(acks: Acks) -> None:
    await acks.store(SUBJECT, b"first", {EXPECTED_LAST: "0"}, 5)
    with pytest.raises(APIError) as refused:
        await acks.store(SUBJECT, b"second", {EXPECTED_LAST: "0"}, 5)
    assert refused.value.err_code == WRONG_LAST_SEQUENCE


async def test_a_subject_of_no_stream_is_told(acks: Acks) -> None:
    with pytest.raises(NoStreamResponseError):
        await acks.store("nowhere.at.all", b"", {}, 5)


async def test_an_acknowledgement_that_does_not_come_is_given_up(broker: Broker, acks: Acks) -> None:
    await broker.nats.subscribe("silent.place")  # somebody listens, and no stream answers
    with pytest.raises(TimeoutError):
        await acks.store("silent.place", b"", {}, 0.05)
    assert await acks.store(SUBJECT, b"after", {}, 5)
