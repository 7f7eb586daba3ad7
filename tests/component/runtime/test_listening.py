"""What becomes of messages that a handler hears: acknowledged, retried or buried, and nothing else stops."""

import asyncio

import pytest

from contracts.leads import LeadSubmitted
from contracts.requests import Cancel, Cancelled, RefusalReason, Refused, parse_reply
from contracts.streams import DIALER_LEADS
from services.runtime.broker import Broker
from services.runtime.dead_letters import ORIGIN_SUBJECT, put_back
from services.runtime.errors import Refused as RefusedFailure
from services.runtime.listening import answer, listen
from services.runtime.service import Service

GOOD = '{"name":"דנה","phone":"0542345678"}'.encode()


@pytest.fixture
async def heard(broker: Broker):
    """A service that hears leads, and fails on those named after a failure."""
    events: asyncio.Queue[LeadSubmitted] = asyncio.Queue()
    failures = {"refused": RefusedFailure("no"), "bug-once": RuntimeError("bug")}

    async def submit(event: LeadSubmitted) -> None:
        await events.put(event)
        if (error := failures.get(event.name)) is not None:
            if event.name == "bug-once":
                del failures["bug-once"]
            raise error

    listening = Broker(broker.url, "listener")
    service = Service("listener", listening)
    await service.prepare()
    listen(listening, DIALER_LEADS, LeadSubmitted, submit)
    await service.start()
    yield events
    await service.stop()


async def _next(events: asyncio.Queue) -> LeadSubmitted:
    return await asyncio.wait_for(events.get(), 10)


async def _dead(broker: Broker):
    subscription = await broker.js.subscribe("dead.>", stream="DEAD", ordered_consumer=True)
    return await subscription.next_msg(timeout=10)


async def test_a_lead_published_by_hand_gets_its_id_from_its_place_in_the_stream(broker, heard):
    ack = await broker.js.publish("leads.submitted", GOOD)
    first = await _next(heard)
    assert first.name == "דנה"
    stored = await broker.js.get_msg("LEADS", ack.seq)
    again = LeadSubmitted.from_message(stored.data, stream="LEADS", sequence=ack.seq, stored_at=first.occurred_at)
    assert again.event_id == first.event_id


@pytest.mark.parametrize("body", [b"not json", b'"a string"', b'{"name": "no phone"}', b"\xff\xfe"])
async def test_what_is_no_lead_is_buried_with_its_bytes_and_the_rest_go_on(broker, heard, body):
    await broker.js.publish("leads.submitted", body)
    await broker.js.publish("leads.submitted", GOOD)
    assert (await _next(heard)).name == "דנה"
    dead = await _dead(broker)
    assert dead.subject == "dead.LEADS.dialer-leads"
    assert dead.data == body
    assert dead.headers[ORIGIN_SUBJECT] == "leads.submitted"


async def test_a_bug_is_retried_and_a_refusal_is_buried(broker, heard):
    await broker.js.publish("leads.submitted", b'{"name":"bug-once","phone":"1"}')
    first, second = await _next(heard), await _next(heard)
    assert first.event_id == second.event_id
    await broker.js.publish("leads.submitted", b'{"name":"refused","phone":"1"}')
    assert (await _next(heard)).name == "refused"
    assert (await _dead(broker)).headers["Dead-Error"] == "Refused"


async def test_a_replayed_dead_letter_is_heard_again_by_its_consumer(broker, heard):
    await broker.js.publish("leads.submitted", b'{"name":"refused","phone":"1"}')
    first = await _next(heard)
    dead = await _dead(broker)
    await put_back(broker, dead.data, dead.headers)
    second = await _next(heard)
    assert second.name == "refused"
    assert second.event_id != first.event_id


async def test_a_request_is_answered_and_every_failure_is_a_typed_refusal(broker):
    async def cancel(request: Cancel) -> Cancelled:
        if request.reason == "fail":
            raise RuntimeError("bug")
        return Cancelled(meeting_id=request.meeting_id)

    answering = Broker(broker.url, "answering")
    service = Service("answering", answering)
    await service.prepare()
    answer(answering, Cancel.subject, Cancel, cancel)
    await service.start()
    meeting = "01a1fcbb-f6bf-7383-9f4e-9108bb1b8819"
    good = parse_reply(await broker.ask(Cancel.subject, f'{{"meeting_id":"{meeting}"}}'.encode()))
    assert isinstance(good, Cancelled)
    failed = parse_reply(await broker.ask(Cancel.subject, f'{{"meeting_id":"{meeting}","reason":"fail"}}'.encode()))
    assert isinstance(failed, Refused)
    bad = parse_reply(await broker.ask(Cancel.subject, b"{}"))
    assert isinstance(bad, Refused)
    assert bad.reason is RefusalReason.INVALID
    await service.stop()
