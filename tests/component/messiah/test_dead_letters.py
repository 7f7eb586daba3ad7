"""Dead letters, as a person finds them and puts them back."""

import asyncio
from datetime import UTC, datetime

import pytest

from contracts.event import Event
from contracts.leads import LeadSubmitted
from contracts.streams import DIALER_LEADS
from messiah.narration import Line
from messiah.watch import facts
from services.runtime.broker import Broker
from services.runtime.dead_letters import ORIGIN_CONSUMER, bury, is_for, letter, letters, replay
from services.runtime.errors import NotFound
from services.runtime.tracing import ADDRESSED_TO


async def buried(broker: Broker, body: bytes, sequence: int = 1) -> None:
    await bury(
        broker,
        body=body,
        headers={"ce-type": "LeadSubmitted", "Nats-Expected-Last-Subject-Sequence": "0"},
        subject="leads.submitted",
        stream="LEADS",
        consumer=DIALER_LEADS.name,
        sequence=sequence,
        error=ValueError("name: חסר"),
    )


async def test_they_are_listed_with_their_origin_and_error(broker: Broker) -> None:
    await buried(broker, b"garbage \xff")
    (found,) = [each async for each in letters(broker)]
    assert (found.origin, found.consumer, found.body) == ("leads.submitted", DIALER_LEADS.name, b"garbage \xff")
    assert found.reason.startswith("ValueError: name: ")


async def test_an_empty_stream_lists_nothing(broker: Broker) -> None:
    assert [each async for each in letters(broker)] == []


async def test_a_replayed_letter_goes_to_the_one_consumer_that_buried_it(broker: Broker) -> None:
    await buried(broker, b"first", 1)
    await buried(broker, b"second", 2)
    subscription = await broker.nats.subscribe("leads.submitted")
    await broker.nats.flush()

    await replay(broker, 1)

    message = await subscription.next_msg(timeout=10)
    assert message.data == b"first"
    assert message.headers is not None
    assert message.headers[ADDRESSED_TO] == DIALER_LEADS.name
    assert is_for(message.headers, DIALER_LEADS.name)
    assert not is_for(message.headers, "telemetry-leads")
    assert ORIGIN_CONSUMER not in message.headers
    assert [each.sequence async for each in letters(broker)] == [2]


@pytest.mark.parametrize("number", [0, 99])
async def test_a_letter_that_is_not_there_is_told(broker: Broker, number: int) -> None:
    with pytest.raises(NotFound, match="dead list"):
        await letter(broker, number)


async def test_watching_shows_dead_letters_and_what_is_no_fact(broker: Broker) -> None:
    async with facts(broker) as heard, asyncio.timeout(20):
        await broker.nats.publish("leads.submitted", b"garbage")
        first = await heard.get()
        assert isinstance(first, Line)
        assert "no LeadSubmitted" in first.text
        await buried(broker, b"garbage")
        second = await heard.get()
        assert isinstance(second, Line)
        assert DIALER_LEADS.name in second.text
        await broker.tell(LeadSubmitted(occurred_at=datetime.now(UTC), name="דנה", phone="1"))
        third = await heard.get()
        assert isinstance(third, Event)
