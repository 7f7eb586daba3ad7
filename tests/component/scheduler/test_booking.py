"""A booking cannot lie: what is offered is held, what is booked is booked once, and every refusal says why."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.meetings import MeetingBooked
from contracts.requests import (
    Booked,
    Cancel,
    FindSlots,
    ListedMeeting,
    ListMeetings,
    RefusalReason,
    Refused,
    Reschedule,
    SlotsFound,
    SlotsOffered,
)
from contracts.values import TimeWindow
from services.scheduler.domain.hold import MAX_HELD
from services.scheduler.domain.working_hours import DaysOff
from services.scheduler.ports import SlotGone
from tests.component.scheduler.conftest import Replica
from tests.component.scheduler.sample_call import MINUTE, SUNDAY, SampleCall, a_call, exactly


def _ids(reply: SlotsOffered | SlotsFound | Refused) -> list[str]:
    assert isinstance(reply, (SlotsOffered, SlotsFound)), reply
    return [slot.slot_id for slot in reply.slots]


async def _booked(replica: Replica, call: SampleCall, wish: TimeWindow | None = None) -> Booked:
    slot_id = _ids(await replica.desk.offer(call.offer(wish)))[0]
    reply = await replica.desk.book(call.book(slot_id))
    assert isinstance(reply, Booked), reply
    return reply


def _is(reply: object, reason: RefusalReason) -> Refused:
    assert isinstance(reply, Refused), reply
    assert reply.reason is reason, reply
    return reply


async def test_an_offered_slot_is_held_for_the_longest_call_and_two_minutes(replica):
    reply = await replica.desk.offer(a_call().offer())
    assert len(_ids(reply)) == 2
    assert reply.held_until == SUNDAY + timedelta(seconds=720)


async def test_no_two_live_calls_are_offered_the_same_time_of_the_same_person(replicas):
    wish = exactly(24, 16)
    replies = await asyncio.gather(*[replicas[n % 2].desk.offer(a_call().offer(wish)) for n in range(12)])
    offered = [slot_id for reply in replies for slot_id in _ids(reply)]
    assert len(offered) == 24
    assert len(set(offered)) == 24


async def test_the_same_wish_again_gives_the_same_slots_to_whichever_worker_asks(replica):
    call = a_call()
    offered = _ids(await replica.desk.offer(call.offer()))
    replica.clock.moment += MINUTE
    await _booked(replica, a_call())
    call = call.succeeded()
    assert _ids(await replica.desk.offer(call.offer())) == offered
    exact = call.offer(exactly(25, 16, 15), count=3)
    assert _ids(await replica.desk.offer(exact)) == _ids(await replica.desk.offer(exact)), "in the same order"
    await replica.desk.offer(call.offer(TimeWindow(start=exact.wish.start - MINUTE * 30, end=exact.wish.start)))
    assert len(_ids(await replica.desk.offer(exact))) == 3, "though the other wish took some over"


async def test_other_wishes_of_a_call_keep_what_was_offered_but_not_what_was_turned_down(replica):
    call, other = a_call(), a_call()
    first = _ids(await replica.desk.offer(call.offer(exactly(24, 16), count=1)))
    second = _ids(await replica.desk.offer(call.offer(exactly(24, 16), count=1, exclude=tuple(first))))
    assert first != second
    third = _ids(await replica.desk.offer(other.offer(exactly(24, 16), count=1)))
    assert third == first, "turned down, so free for others"
    await replica.desk.offer(call.offer(exactly(25, 10)))
    assert second[0] not in _ids(await replica.desk.offer(a_call().offer(exactly(24, 16), count=5)))


async def test_a_call_that_asks_without_end_holds_no_more_than_its_share(replica):
    call = a_call()
    for hour in range(9, 16):
        await replica.desk.offer(call.offer(exactly(25, hour), count=3))
    async with replica.ledger.begin() as transaction:
        held = [hold for hold in await transaction.holds(call.call_id) if hold.active(replica.clock.now())]
    assert len(held) == MAX_HELD


async def test_a_worker_that_was_superseded_is_refused_and_changes_nothing(replica):
    call = a_call()
    (slot_id, other) = _ids(await replica.desk.offer(call.succeeded().offer()))
    _is(await replica.desk.offer(call.offer()), RefusalReason.STALE_EPOCH)
    _is(await replica.desk.book(call.book(slot_id)), RefusalReason.STALE_EPOCH)
    assert await replica.told() == []
    meeting = (await replica.desk.book(call.succeeded().book(slot_id))).meeting
    stale = {"meeting_id": meeting.meeting_id, "call_id": call.call_id, "epoch": call.epoch}
    _is(await replica.desk.book(call.book(slot_id)), RefusalReason.STALE_EPOCH)
    _is(await replica.desk.cancel(Cancel(**stale)), RefusalReason.STALE_EPOCH)
    _is(await replica.desk.reschedule(Reschedule(**stale, slot_id=other)), RefusalReason.STALE_EPOCH)
    assert len(await replica.told()) == 1


async def test_booking_again_gives_the_same_meeting_and_tells_it_once(replicas):
    call = a_call()
    slot_id = _ids(await replicas[0].desk.offer(call.offer()))[0]
    requests = [replicas[n % 2].desk.book(call.book(slot_id)) for n in range(10)]
    replies = await asyncio.gather(*requests)
    assert {reply.meeting.meeting_id for reply in replies} == {replies[0].meeting.meeting_id}
    (fact,) = await replicas[0].told()
    assert isinstance(fact, MeetingBooked)
    assert fact.meeting_id == replies[0].meeting.meeting_id
    assert (fact.call_id, fact.correlation_id, fact.lead.name) == (call.call_id, call.call_id, "דנה כהן")
    assert fact.end - fact.start == timedelta(minutes=20)


async def test_what_was_not_offered_is_refused_with_alternatives_that_can_be_booked(replica):
    call, other = a_call(), a_call()
    slot_id = _ids(await replica.desk.offer(other.offer()))[0]
    refused = _is(await replica.desk.book(call.book(slot_id)), RefusalReason.NOT_OFFERED)
    assert len(refused.alternatives) == 2
    assert slot_id not in [slot.slot_id for slot in refused.alternatives]
    assert isinstance(await replica.desk.book(call.book(refused.alternatives[0].slot_id)), Booked)
    _is(await replica.desk.book(a_call().book("nonsense")), RefusalReason.NOT_OFFERED)


async def test_a_lapsed_hold_is_booked_if_nobody_took_the_slot_meanwhile(replica):
    lucky, late, quick = a_call(), a_call(), a_call()
    taken = _ids(await replica.desk.offer(late.offer(exactly(24, 16), count=1)))[0]
    free = _ids(await replica.desk.offer(lucky.offer(exactly(25, 10), count=1)))[0]
    replica.clock.moment += timedelta(hours=1)
    assert _ids(await replica.desk.offer(quick.offer(exactly(24, 16), count=1))) == [taken]
    assert isinstance(await replica.desk.book(lucky.book(free)), Booked)
    _is(await replica.desk.book(late.book(taken)), RefusalReason.TAKEN)
    assert isinstance(await replica.desk.book(quick.book(taken)), Booked)
    refused = _is(await replica.desk.book(late.book(taken)), RefusalReason.TAKEN)
    assert refused.alternatives


async def test_a_slot_that_has_passed_is_refused_with_later_ones(replica):
    call = a_call()
    slot_id = _ids(await replica.desk.offer(call.offer(count=1)))[0]
    replica.clock.moment += timedelta(days=3)
    refused = _is(await replica.desk.book(call.book(slot_id)), RefusalReason.EXPIRED)
    assert all(slot.start > replica.clock.now() for slot in refused.alternatives)


async def test_slots_that_only_overlap_are_not_both_booked(replica):
    call, other = a_call(), a_call()
    (mine,) = _ids(await replica.desk.offer(call.offer(exactly(24, 16), count=1)))
    await replica.lapse(call.call_id)
    replies = await replica.desk.offer(other.offer(exactly(24, 16, 15), count=1))
    await replica.lapse(other.call_id)
    assert replies.slots[0].start - MINUTE * 15 == exactly(24, 16).start
    assert replies.slots[0].representative_id == mine.partition("-")[0]
    assert isinstance(await replica.desk.book(call.book(mine)), Booked)
    _is(await replica.desk.book(other.book(replies.slots[0].slot_id)), RefusalReason.TAKEN)


async def test_one_meeting_a_lead_unless_it_is_moved(replica):
    call = a_call()
    first, second = _ids(await replica.desk.offer(call.offer()))
    meeting = (await replica.desk.book(call.book(first))).meeting
    refused = _is(await replica.desk.book(call.book(second)), RefusalReason.ALREADY_BOOKED)
    assert str(meeting.meeting_id) in refused.detail
    again = SampleCall(uuid4(), call.lead_id)
    slot_id = _ids(await replica.desk.offer(again.offer()))[0]
    _is(await replica.desk.book(again.book(slot_id)), RefusalReason.ALREADY_BOOKED)
    assert len(await replica.told()) == 1


@pytest.mark.parametrize("minutes_apart", [0, 15])
async def test_of_many_concurrent_bookings_of_one_time_exactly_one_is_made(replicas, minutes_apart):
    """Of the same slot, and of two slots that overlap, which no unique index could tell."""
    racing = []
    for n in range(60):  # each is offered the slot and loses its hold: only the booking itself can decide
        call, wish = a_call(), exactly(24, 16, minutes_apart * (n // 2 % 2))
        (slot_id,) = _ids(await replicas[0].desk.offer(call.offer(wish, count=1)))
        await replicas[0].lapse(call.call_id)
        racing.append((call, slot_id))
    bookings = [replicas[n % 2].desk.book(call.book(slot_id)) for n, (call, slot_id) in enumerate(racing)]
    replies = await asyncio.gather(*bookings)
    assert len({slot_id for _, slot_id in racing}) == (2 if minutes_apart else 1)
    assert sum(isinstance(reply, Booked) for reply in replies) == 1
    assert {reply.reason for reply in replies if isinstance(reply, Refused)} == {RefusalReason.TAKEN}
    assert [type(fact) for fact in await replicas[0].told()] == [MeetingBooked]


async def test_the_database_itself_refuses_a_second_meeting_at_a_time(replica):
    meeting = (await _booked(replica, a_call())).meeting
    async with replica.ledger.reading() as calendar:
        stored = await calendar.meeting(meeting.meeting_id)
    twin = type(stored)(**{name: getattr(stored, name) for name in stored.__slots__} | {"meeting_id": uuid4()})
    with pytest.raises(SlotGone):
        async with replica.ledger.begin() as transaction:
            await transaction.add_meeting(twin)
    async with replica.ledger.reading() as calendar:
        assert await calendar.meeting(twin.meeting_id) is None


async def test_a_call_is_offered_nothing_on_a_day_its_lead_does_not_want(replica):
    day = TimeWindow(start=exactly(24, 0).start, end=exactly(25, 0).start)
    offered = await replica.desk.offer(a_call().offer(exactly(24, 16), not_on=(day,), count=5))
    assert len(offered.slots) == 5
    assert not [slot for slot in offered.slots if slot.start in day]


async def test_nobody_free_is_a_refusal_with_the_cure(replica):
    refused = _is(
        await replica.desk.offer(a_call().offer(not_before=SUNDAY + timedelta(days=60))), RefusalReason.NO_SLOTS
    )
    assert "callback" in refused.detail
    _is(await replica.desk.offer(a_call().offer(meeting_minutes=0)), RefusalReason.INVALID)


async def test_another_length_is_offered_and_booked(replica):
    call = a_call()
    slot = (await replica.desk.offer(call.offer(meeting_minutes=45))).slots[0]
    meeting = (await replica.desk.book(call.book(slot.slot_id))).meeting
    assert meeting.end - meeting.start == timedelta(minutes=45)


async def test_another_meeting_is_made_only_when_it_is_asked_for(replica):
    call = a_call()
    first, second = _ids(await replica.desk.offer(call.offer()))
    meeting = (await replica.desk.book(call.book(first))).meeting
    _is(await replica.desk.book(call.book(second)), RefusalReason.ALREADY_BOOKED)
    other = (await replica.desk.book(call.book(second).model_copy(update={"another": True}))).meeting
    assert other.meeting_id != meeting.meeting_id
    again = await replica.desk.book(call.book(second).model_copy(update={"another": True}))
    assert again.meeting == other
    assert [type(fact) for fact in await replica.told()] == [MeetingBooked, MeetingBooked]


async def test_what_was_held_before_its_person_took_the_day_off_is_gone(replicas):
    call = a_call()
    slot = (await replicas[0].desk.offer(call.offer(exactly(24, 16), count=1))).slots[0]
    person, day = slot.representative_id, slot.start.date()
    await replicas[1].staffing.add_days_off(person, DaysOff(first=day, last=day))
    refused = _is(await replicas[0].desk.book(call.book(slot.slot_id)), RefusalReason.TAKEN)
    assert refused.alternatives
    assert not [each for each in refused.alternatives if each.representative_id == person and each.start.date() == day]
    offered = await replicas[0].desk.offer(call.offer(exactly(24, 16), count=1))
    assert offered.slots[0].representative_id != person, "the same wish is not given the lost slot again"


async def test_a_lapsed_hold_does_not_stretch_a_limit(replica):
    (noa,) = [each.representative for each in await replica.staffing.everybody() if each.representative.id == "noa"]
    await replica.staffing.put("noa", noa.model_copy(update={"daily_limit": 1}))
    await replica.staffing.remove("yoav")
    late, quick = a_call(), a_call()
    lapsed = _ids(await replica.desk.offer(late.offer(exactly(24, 16), count=1)))[0]
    await replica.lapse(late.call_id)
    await _booked(replica, quick, exactly(24, 10))
    _is(await replica.desk.book(late.book(lapsed)), RefusalReason.TAKEN)


async def test_free_times_are_found_and_meetings_listed_for_whoever_asks(replica):
    meeting = (await _booked(replica, a_call(), exactly(24, 16))).meeting
    other = await _booked(replica, a_call(), exactly(25, 10))
    await replica.desk.cancel(Cancel(meeting_id=other.meeting.meeting_id))
    found = await replica.desk.find_slots(FindSlots(wish=exactly(24, 16), count=2))
    assert meeting.slot_id not in _ids(found)
    to_move = await replica.desk.find_slots(FindSlots(wish=exactly(24, 16), meeting_id=meeting.meeting_id, count=5))
    assert {slot.representative_id for slot in to_move.slots} == {meeting.representative_id}
    assert meeting.slot_id not in _ids(to_move), "it stands there already"
    _is(await replica.desk.find_slots(FindSlots(meeting_id=uuid4())), RefusalReason.NOT_FOUND)
    _is(await replica.desk.find_slots(FindSlots(meeting_id=other.meeting.meeting_id)), RefusalReason.NOT_FOUND)
    _is(await replica.desk.find_slots(FindSlots(representative_id="nobody")), RefusalReason.NOT_FOUND)
    _is(await replica.desk.find_slots(FindSlots(meeting_minutes=1)), RefusalReason.INVALID)
    nobody = FindSlots(not_before=SUNDAY + timedelta(days=90))
    assert await replica.desk.find_slots(nobody) == SlotsFound(slots=())

    async def listed(**only) -> list[ListedMeeting]:
        window = TimeWindow(start=SUNDAY, end=SUNDAY + timedelta(days=7))
        return list((await replica.desk.list_meetings(ListMeetings(window=window, **only))).meetings)

    assert [each.meeting for each in await listed()] == [meeting]
    everything = await listed(include_cancelled=True)
    assert [each.cancelled for each in everything] == [False, True]
    assert everything[0].lead.name == "דנה כהן"
    assert await listed(representative_id="nobody") == []
    assert await listed(lead_id=everything[1].lead_id) == []
    window = TimeWindow(start=SUNDAY, end=SUNDAY)
    _is(await replica.desk.list_meetings(ListMeetings(window=window, cursor="x")), RefusalReason.INVALID)
