"""The whole scheduler on a real broker: requests, facts, HTTP, and what survives a kill."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import pytest

from contracts.contacts import ContactOptedOut
from contracts.event import Event, kind_of
from contracts.meetings import CallbackCancelled, CallbackDue, CallbackRequested, MeetingBooked, MeetingCancelled
from contracts.requests import Booked, Cancel, RefusalReason, Refused, SlotsOffered, parse_reply
from contracts.values import TimeWindow
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.broker import Broker
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


async def test_a_meeting_whose_teller_was_killed_is_told_by_the_next_scheduler(start, asker, monkeypatch):
    """The transaction has committed and nothing was published: what kill -9 in between leaves behind."""

    async def killed(self) -> None:
        return

    with monkeypatch.context() as patch:
        patch.setattr("services.runtime.outbox.Relay.run", killed)
        doomed = await start()
        call = a_call()
        booked = await asker.book(call)
        assert await asker.stored("meetings.>") == 0
        await doomed.stop()
    await start()
    (fact,) = await asker.told("meetings.*.booked")
    assert fact.meeting_id == booked.meeting.meeting_id
    again = await asker.ask(call.book(booked.meeting.slot_id))
    assert again == booked
    assert await asker.stored("meetings.>") == 1


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


async def test_a_stranger_is_not_answered(api):
    async with api.get("/meetings", headers={"x-forwarded-for": "203.0.113.7"}) as reply:
        assert reply.status == 401
