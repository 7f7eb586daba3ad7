"""The whole scheduler on a real broker: requests, facts, HTTP, and what survives a kill."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import pytest

from contracts.contacts import ContactOptedOut
from contracts.event import Event, kind_of
from contracts.meetings import CallbackCancelled, CallbackDue, CallbackRequested, MeetingBooked, MeetingCancelled
from contracts.requests import (
    BookByHand,
    Booked,
    Cancel,
    Cancelled,
    FindSlots,
    ListMeetings,
    RefusalReason,
    Refused,
    Reschedule,
    SlotsOffered,
    parse_reply,
)
from contracts.values import LeadFacts, TimeWindow
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.broker import Broker
from services.runtime.outbox import Relay
from tests.component.scheduler.sample_call import SampleCall, a_call


class Asker:
    """Asks as a conversation would, and reads what the scheduler tells."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker

    async def ask(self, request):
        return parse_reply(await self.broker.ask(request.subject, request.model_dump_json().encode(), 20))

    async def book(self, call: SampleCall) -> Booked:
        offered = await self.ask(call.offer())
        assert isinstance(offered, SlotsOffered)
        booked = await self.ask(call.book(offered.slots[0].slot_id))
        assert isinstance(booked, Booked)
        return booked

    async def told(self, subject: str, count: int = 1) -> list[Event]:
        """The first `count` facts told on a subject, awaited."""
        subscription = await self.broker.js.subscribe(subject, stream="MEETINGS", ordered_consumer=True)
        messages = [await subscription.next_msg(timeout=20) for _ in range(count)]
        await subscription.unsubscribe()
        return [kind_of(message.subject).model_validate_json(message.data) for message in messages]

    async def stored(self, subject: str) -> int:
        """How many facts the stream keeps on a subject."""
        info = await self.broker.js.stream_info("MEETINGS", subjects_filter=subject)
        return sum((info.state.subjects or {}).values())


@pytest.fixture
def asker(broker) -> Asker:
    return Asker(broker)


@pytest.fixture
async def api(start) -> AsyncIterator[aiohttp.ClientSession]:
    listener = listen("127.0.0.1", 0)
    app = build_app([await start()])
    async with serving(app, listener), aiohttp.ClientSession(url_of(listener)) as client:
        yield client


async def test_a_slot_is_offered_booked_and_told(start, asker):
    await start()
    call = a_call()
    booked = await asker.book(call)
    assert booked.meeting.start > datetime.now(UTC)
    (fact,) = await asker.told("meetings.*.booked")
    assert isinstance(fact, MeetingBooked)
    assert (fact.meeting_id, fact.lead_id, fact.phone) == (booked.meeting.meeting_id, call.lead_id, "+972542345678")
    stale = SampleCall(call.call_id, call.lead_id, epoch=call.epoch - 1)
    refused = await asker.ask(stale.offer())
    assert isinstance(refused, Refused)
    assert refused.reason is RefusalReason.STALE_EPOCH
    await asker.ask(Cancel(meeting_id=booked.meeting.meeting_id))
    (fact,) = await asker.told("meetings.*.cancelled")
    assert isinstance(fact, MeetingCancelled)


async def test_a_callback_is_told_due_once_by_two_replicas(start, broker, asker):
    await start()
    await start()
    now = datetime.now(UTC)
    for n in range(20):
        await broker.tell(
            CallbackRequested(
                occurred_at=now,
                callback_id=uuid4(),
                lead_id=f"lead-{n}",
                call_id=uuid4(),
                window=TimeWindow(start=now, end=now + timedelta(minutes=30)),
            )
        )
    due = await asker.told("callbacks.*.due", 20)
    assert {type(fact) for fact in due} == {CallbackDue}
    assert len({fact.callback_id for fact in due}) == 20
    assert await asker.stored("callbacks.*.due") == 20


async def test_an_opted_out_lead_is_not_called_back(start, broker, asker):
    await start()
    now = datetime.now(UTC)
    tomorrow = now + timedelta(days=1)
    event = CallbackRequested(
        occurred_at=now,
        callback_id=uuid4(),
        lead_id="dana",
        call_id=uuid4(),
        window=TimeWindow(start=tomorrow, end=tomorrow),
    )
    await broker.tell(ContactOptedOut(occurred_at=now, lead_id="dana"))
    await broker.tell(event)
    (fact,) = await asker.told("callbacks.*.cancelled")
    assert isinstance(fact, CallbackCancelled)
    assert fact.callback_id == event.callback_id


async def test_a_callback_that_the_dialer_cancels_is_not_due(start, broker, asker):
    service = await start()
    now = datetime.now(UTC)
    soon = now + timedelta(seconds=1)
    about = {"callback_id": uuid4(), "lead_id": "dana", "call_id": uuid4()}
    await broker.tell(CallbackRequested(occurred_at=now, window=TimeWindow(start=soon, end=soon), **about))
    await broker.tell(CallbackCancelled(occurred_at=now, reason="refused by the gate", **about))
    later = CallbackRequested(
        occurred_at=now,
        callback_id=uuid4(),
        lead_id="gal",
        call_id=uuid4(),
        window=TimeWindow(start=soon, end=soon + timedelta(seconds=1)),
    )
    await broker.tell(later)
    (due,) = await asker.told("callbacks.*.due")
    assert due.callback_id == later.callback_id
    assert service.clock.now() >= soon


async def test_people_ask_over_the_broker(start, asker):
    await start()
    found = await asker.ask(FindSlots(count=2))
    lead = LeadFacts(name="דנה כהן")
    booked = await asker.ask(BookByHand(slot_id=found.slots[0].slot_id, lead=lead, phone="054-2345678"))
    window = TimeWindow(start=booked.meeting.start, end=booked.meeting.end)
    (listed,) = (await asker.ask(ListMeetings(window=window))).meetings
    assert listed.meeting == booked.meeting
    moved = await asker.ask(Reschedule(meeting_id=booked.meeting.meeting_id, slot_id=found.slots[1].slot_id))
    assert moved.meeting.start == found.slots[1].start
    assert isinstance(await asker.ask(Cancel(meeting_id=booked.meeting.meeting_id, reason="ill")), Cancelled)
    facts = [(await asker.told(f"meetings.*.{what}"))[0] for what in ("booked", "rescheduled", "cancelled")]
    assert {fact.call_id for fact in facts} == {None}
    assert facts[0].phone == "+972542345678"


async def test_a_stranger_is_not_answered(api):
    async with api.get("/meetings", headers={"x-forwarded-for": "203.0.113.7"}) as reply:
        assert reply.status == 401


async def test_what_it_told_last_is_published_before_it_leaves(start, asker, monkeypatch):
    async def never(relay: Relay) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Relay, "run", never)  # as if every fact came just after it had looked for the last time
    service = await start()
    await asker.book(a_call())
    assert await asker.stored("meetings.*.booked") == 0
    await service.stop()
    assert await asker.stored("meetings.*.booked") == 1
