"""Meetings are moved and cancelled: in a call within its holds and its epoch, by hand to any free time."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from contracts.meetings import MeetingCancelled, MeetingRescheduled
from contracts.requests import Booked, Cancel, Cancelled, RefusalReason, Refused, Reschedule
from contracts.values import TimeWindow
from tests.component.scheduler.sample_call import SampleCall, a_call, exactly
from tests.component.scheduler.test_booking import _booked, _ids, _is


async def test_a_meeting_is_moved_within_a_call_with_the_same_person(replica):
    call = a_call()
    meeting = (await _booked(replica, call)).meeting
    again = SampleCall(uuid4(), call.lead_id)
    offered = await replica.desk.offer(again.offer(exactly(25, 14)))
    assert {slot.representative_id for slot in offered.slots} == {meeting.representative_id}
    move = Reschedule(
        meeting_id=meeting.meeting_id, call_id=again.call_id, epoch=again.epoch, slot_id=offered.slots[0].slot_id
    )
    for _ in range(2):
        moved = (await replica.desk.reschedule(move)).meeting
        assert moved.start == exactly(25, 14).start
        assert moved.meeting_id == meeting.meeting_id
    _, fact = await replica.told()
    assert isinstance(fact, MeetingRescheduled)
    assert (fact.previous_start, fact.start, fact.call_id) == (meeting.start, moved.start, again.call_id)
    old = TimeWindow(start=meeting.start, end=meeting.start)
    offers = [_ids(await replica.desk.offer(a_call().offer(old, count=1))) for _ in range(2)]
    assert [meeting.slot_id] in offers, "both persons are free at the old time"


async def test_a_meeting_is_moved_by_hand_to_any_free_slot_and_no_other(replica):
    meeting = (await _booked(replica, a_call(), exactly(24, 16))).meeting
    other = (await _booked(replica, a_call(), exactly(25, 14))).meeting

    async def move(slot_id: str):
        return await replica.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id=slot_id))

    person = meeting.representative_id
    assert isinstance(await move(f"{person}-20261124T1415Z"), Booked), "its own time is in nobody's way"
    _is(await move(other.slot_id), RefusalReason.TAKEN)
    _is(await move(f"{person}-20261128T1000Z"), RefusalReason.TAKEN)
    _is(await move("nonsense"), RefusalReason.INVALID)
    missing = Reschedule(meeting_id=uuid4(), slot_id=other.slot_id)
    _is(await replica.desk.reschedule(missing), RefusalReason.NOT_FOUND)


async def test_a_cancelled_meeting_frees_its_time_and_is_told_once(replica):
    call = a_call()
    meeting = (await _booked(replica, call, exactly(24, 16))).meeting
    for _ in range(2):
        reply = await replica.desk.cancel(Cancel(meeting_id=meeting.meeting_id, reason="changed plans"))
        assert reply == Cancelled(meeting_id=meeting.meeting_id)
    _, fact = await replica.told()
    assert isinstance(fact, MeetingCancelled)
    assert fact.reason == "changed plans"
    _is(await replica.desk.cancel(Cancel(meeting_id=uuid4())), RefusalReason.NOT_FOUND)
    again = (await _booked(replica, a_call(), exactly(24, 16))).meeting
    assert again.slot_id == meeting.slot_id
    move = Reschedule(meeting_id=meeting.meeting_id, slot_id=again.slot_id)
    _is(await replica.desk.reschedule(move), RefusalReason.NOT_FOUND)


async def test_a_meeting_is_moved_by_a_quarter_of_an_hour_in_a_call_that_says_which(replica):
    call = a_call()
    meeting = (await _booked(replica, call, exactly(24, 16))).meeting
    again = SampleCall(uuid4(), call.lead_id)
    wish = exactly(24, 16, 15)
    blind = await replica.desk.offer(again.offer(wish, count=1))
    assert blind.slots[0].start != wish.start, "the meeting itself is in the way"
    offered = await replica.desk.offer(again.offer(wish, count=1, meeting_id=meeting.meeting_id))
    assert (offered.slots[0].start, offered.slots[0].representative_id) == (wish.start, meeting.representative_id)
    move = Reschedule(
        meeting_id=meeting.meeting_id, call_id=again.call_id, epoch=again.epoch, slot_id=offered.slots[0].slot_id
    )
    assert (await replica.desk.reschedule(move)).meeting.start == wish.start


async def test_in_a_call_only_what_that_call_was_offered_can_be_moved_to(replica):
    call, stranger = a_call(), a_call()
    meeting = (await _booked(replica, call, exactly(24, 16))).meeting
    others = _ids(await replica.desk.offer(stranger.offer(exactly(25, 10), count=1)))[0]
    again = SampleCall(uuid4(), call.lead_id)
    in_call = {"meeting_id": meeting.meeting_id, "call_id": again.call_id}
    refused = _is(
        await replica.desk.reschedule(Reschedule(**in_call, epoch=again.epoch, slot_id=others)),
        RefusalReason.NOT_OFFERED,
    )
    assert {slot.representative_id for slot in refused.alternatives} == {meeting.representative_id}
    fresh = refused.alternatives[0]
    assert isinstance(
        await replica.desk.reschedule(Reschedule(**in_call, epoch=again.epoch, slot_id=fresh.slot_id)), Booked
    )
    no_epoch = _is(await replica.desk.reschedule(Reschedule(**in_call, slot_id=others)), RefusalReason.INVALID)
    assert no_epoch.field == "epoch"
    _is(await replica.desk.cancel(Cancel(**in_call)), RefusalReason.INVALID)
    assert isinstance(await replica.desk.cancel(Cancel(**in_call, epoch=again.epoch)), Cancelled)
    *_, fact = await replica.told()
    assert (type(fact), fact.call_id) == (MeetingCancelled, again.call_id)


async def test_a_long_meeting_stays_long_when_it_is_moved_by_hand(replica):
    call = a_call()
    slot = (await replica.desk.offer(call.offer(exactly(24, 10), count=1, meeting_minutes=60))).slots[0]
    meeting = (await replica.desk.book(call.book(slot.slot_id))).meeting
    other = f"{meeting.representative_id}-20261125T1200Z"
    moved = (await replica.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id=other))).meeting
    assert moved.end - moved.start == timedelta(minutes=60)


async def test_who_cannot_be_moved_there_by_hand_is_told_where_to(replica):
    meeting = (await _booked(replica, a_call(), exactly(24, 16))).meeting
    saturday = f"{meeting.representative_id}-20261128T1000Z"
    reply = await replica.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id=saturday))
    refused = _is(reply, RefusalReason.TAKEN)
    assert {slot.representative_id for slot in refused.alternatives} == {meeting.representative_id}
    taken = refused.alternatives[0].slot_id
    assert isinstance(await replica.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id=taken)), Booked)


async def test_whoever_changes_a_meeting_as_it_was_seen_changes_nothing_else(replicas):
    """Two who looked at the same page at the same time: one of them moves the meeting, the other is told so."""
    meeting = (await _booked(replicas[0], a_call(), exactly(24, 16))).meeting
    seen = {"meeting_id": meeting.meeting_id, "sequence": 0}
    slots = [f"{meeting.representative_id}-20261125T{hour:02}00Z" for hour in range(9, 14)]
    moves = [replicas[n % 2].desk.reschedule(Reschedule(slot_id=slot, **seen)) for n, slot in enumerate(slots)]
    replies = await asyncio.gather(*moves, replicas[1].desk.cancel(Cancel(**seen)))
    refused = [reply for reply in replies if isinstance(reply, Refused)]
    assert {reply.reason for reply in refused} <= {RefusalReason.CHANGED, RefusalReason.NOT_FOUND}
    assert len(refused) == len(replies) - 1
    _, change = await replicas[0].told()
    assert change.meeting_id == meeting.meeting_id


async def test_the_same_change_asked_for_twice_is_made_once_and_confirmed_twice(replicas):
    meeting = (await _booked(replicas[0], a_call(), exactly(24, 16))).meeting
    slot_id = f"{meeting.representative_id}-20261125T1000Z"
    move = Reschedule(meeting_id=meeting.meeting_id, slot_id=slot_id, sequence=0)
    replies = await asyncio.gather(*[replica.desk.reschedule(move) for replica in replicas])
    assert [reply.meeting.slot_id for reply in replies] == [slot_id, slot_id]
    assert len(await replicas[0].told()) == 2
    changed = _is(
        await replicas[0].desk.cancel(Cancel(meeting_id=meeting.meeting_id, sequence=0)), RefusalReason.CHANGED
    )
    assert slot_id in changed.detail, "the refusal says how things are"
    for _ in range(2):
        done = await replicas[0].desk.cancel(Cancel(meeting_id=meeting.meeting_id, sequence=1))
        assert done == Cancelled(meeting_id=meeting.meeting_id)
