"""Whoever races for a slot, over whichever replica: one meeting, told once, and everybody else knows why not."""

import asyncio
import json
from collections import Counter
from uuid import uuid4

import pytest

from contracts.meetings import MeetingBooked
from contracts.requests import BookByHand, Booked, RefusalReason, Refused, parse_reply
from contracts.values import LeadFacts
from services.scheduler.domain.hold import Hold
from services.scheduler.domain.working_hours import Weekday
from services.scheduler.store import SqlLedger
from tests.component.scheduler.sample_call import a_call, exactly

THOUSAND = 1000
DEADLINE_S = 240.0


def _by_hand(slot_id: str, lead_id: str, **more) -> BookByHand:
    return BookByHand(slot_id=slot_id, lead_id=lead_id, lead=LeadFacts(name="דנה"), **more)


@pytest.fixture
def one_person(settings, tmp_path) -> None:
    """Nobody but Noa takes meetings, and on three days only: whoever comes too late finds little else to be offered."""
    path = tmp_path / "noa.yaml"
    hours = dict.fromkeys(Weekday, "09:00-12:00")
    noa = {"id": "noa", "name": "נועה", "email": "noa@example.com", "hours": hours, "horizon_days": 5}
    path.write_text(json.dumps({"representatives": [noa]}), encoding="utf-8")
    settings.representatives_file, settings.callback_tick_s = path, 60


@pytest.mark.usefixtures("one_person")
async def test_a_thousand_attempts_on_one_slot_over_two_replicas_make_one_meeting(start, broker):
    services = [await start(), await start()]

    async def ask(request):
        return parse_reply(await broker.ask(request.subject, request.model_dump_json().encode(), DEADLINE_S))

    first = a_call()
    (slot,) = (await ask(first.offer(count=1))).slots
    calls = [a_call() for _ in range(THOUSAND - 1)]
    ledger = SqlLedger(services[0].units)
    async with ledger.begin() as transaction:  # everybody was offered it, and nobody holds it any more
        now = services[0].clock.now()
        (offered,) = await transaction.holds(first.call_id)
        await transaction.release(first.call_id, now)
        times = (offered.slot, offered.occupied_from, offered.occupied_until, now)
        await transaction.hold([Hold(call.call_id, *times, wish_key="") for call in calls])
    replies = await asyncio.gather(*[ask(call.book(slot.slot_id)) for call in (first, *calls)])
    assert Counter(type(reply) for reply in replies) == {Booked: 1, Refused: THOUSAND - 1}
    assert {reply.reason for reply in replies if isinstance(reply, Refused)} == {RefusalReason.TAKEN}
    subscription = await broker.js.subscribe("meetings.>", stream="MEETINGS", ordered_consumer=True)
    told = MeetingBooked.model_validate_json((await subscription.next_msg(timeout=20)).data)
    assert [told.meeting_id] == [reply.meeting.meeting_id for reply in replies if isinstance(reply, Booked)]
    async with ledger.reading() as calendar:
        busy = await calendar.busy(slot.start, slot.end, services[0].clock.now())
    assert [each.lead_id for each in busy if each.representative_id == slot.representative_id] == [told.lead_id]


async def test_people_and_calls_that_race_for_a_slot_make_one_meeting(replicas):
    call = a_call()
    (slot,) = (await replicas[0].desk.offer(call.offer(exactly(24, 16), count=1))).slots
    await replicas[0].lapse(call.call_id)
    racing = [replicas[n % 2].desk.book_by_hand(_by_hand(slot.slot_id, f"lead-{n}")) for n in range(40)]
    replies = await asyncio.gather(*racing, replicas[1].desk.book(call.book(slot.slot_id)))
    assert Counter(type(reply) for reply in replies) == {Booked: 1, Refused: 40}
    refused = [reply for reply in replies if isinstance(reply, Refused)]
    assert {reply.reason for reply in refused} == {RefusalReason.TAKEN}
    assert all(slot.slot_id not in [each.slot_id for each in reply.alternatives] for reply in refused)
    assert all(reply.alternatives for reply in refused)
    assert [type(fact) for fact in await replicas[0].told()] == [MeetingBooked]


async def test_the_same_key_at_the_same_moment_makes_one_meeting(replicas):
    call = a_call()
    (slot,) = (await replicas[0].desk.offer(call.offer(count=1))).slots
    await replicas[0].lapse(call.call_id)
    request = _by_hand(slot.slot_id, "dana", key=str(uuid4()))
    replies = await asyncio.gather(*[replicas[n % 2].desk.book_by_hand(request) for n in range(20)])
    assert len({reply.meeting.meeting_id for reply in replies}) == 1
    assert len(await replicas[0].told()) == 1


async def test_a_lead_who_is_booked_twice_at_the_same_moment_has_one_meeting(replicas):
    """At different times and by different people: no slot is fought over, only the lead's one meeting."""
    call = a_call()
    slots = (await replicas[0].desk.offer(call.offer(count=5))).slots
    await replicas[0].lapse(call.call_id)
    racing = [replicas[n % 2].desk.book_by_hand(_by_hand(slot.slot_id, "dana")) for n, slot in enumerate(slots)]
    replies = await asyncio.gather(*racing)
    assert Counter(type(reply) for reply in replies) == {Booked: 1, Refused: 4}
    assert {reply.reason for reply in replies if isinstance(reply, Refused)} == {RefusalReason.ALREADY_BOOKED}
    (free, *_) = [slot for slot, reply in zip(slots, replies, strict=True) if isinstance(reply, Refused)]
    assert isinstance(await replicas[0].desk.book_by_hand(_by_hand(free.slot_id, "dana", another=True)), Booked)
