"""Callbacks fall due once, whoever looks and whenever, and never for a lead that opted out."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from contracts.calls import CallConcluded, CallEnded
from contracts.contacts import ContactOptedOut
from contracts.meetings import CallbackCancelled, CallbackDue, CallbackRequested
from contracts.values import Disposition, Outcome, TimeWindow
from tests.component.scheduler.sample_call import ISRAEL, MINUTE, SUNDAY, a_call, exactly

HOUR = timedelta(hours=1)


def _requested(lead_id: str = "dana", after: timedelta = HOUR, callback_id: UUID | None = None) -> CallbackRequested:
    return CallbackRequested(
        occurred_at=SUNDAY,
        callback_id=callback_id or uuid4(),
        lead_id=lead_id,
        call_id=uuid4(),
        window=TimeWindow(start=SUNDAY + after, end=SUNDAY + after + HOUR),
    )


def _opted_out(lead_id: str) -> ContactOptedOut:
    return ContactOptedOut(occurred_at=SUNDAY, lead_id=lead_id)


async def test_a_callback_is_due_at_its_start_and_not_before(replica):
    event = _requested()
    await replica.handlers.callback_requested(event)
    replica.clock.moment += HOUR - MINUTE
    assert await replica.ticker.tick() == 0
    replica.clock.moment += MINUTE
    assert await replica.ticker.tick() == 1
    assert await replica.ticker.tick() == 0
    (due,) = await replica.told()
    assert isinstance(due, CallbackDue)
    assert (due.callback_id, due.lead_id, due.call_id) == (event.callback_id, event.lead_id, event.call_id)
    assert (due.window, due.causation_id, due.correlation_id) == (event.window, event.event_id, event.call_id)


async def test_replicas_that_look_at_once_tell_each_callback_once(replicas):
    events = [_requested(lead_id=f"lead-{n}") for n in range(130)]  # more than one replica takes at once
    for event in events:
        await replicas[0].handlers.callback_requested(event)
    replicas[0].clock.moment += timedelta(days=3)  # nobody looked for three days
    while sum(await asyncio.gather(*[each.ticker.tick() for each in replicas * 3])):
        pass
    due = [fact.callback_id for fact in await replicas[0].told()]
    assert sorted(due) == sorted(event.callback_id for event in events)


async def test_a_redelivered_or_repeated_request_changes_nothing(replica):
    event = _requested()
    await replica.handlers.callback_requested(event)
    replica.clock.moment += HOUR
    await replica.ticker.tick()
    await replica.handlers.callback_requested(event)
    await replica.handlers.callback_requested(_requested(callback_id=event.callback_id))
    await replica.ticker.tick()
    assert [type(fact) for fact in await replica.told()] == [CallbackDue]


async def test_the_newest_wish_of_a_lead_replaces_the_one_before(replica):
    first, second = _requested(), _requested(after=2 * HOUR)
    other = _requested("gal")
    for event in (first, other, second):
        await replica.handlers.callback_requested(event)
    replica.clock.moment += 3 * HOUR
    await replica.ticker.tick()
    cancelled, *due = await replica.told()
    assert isinstance(cancelled, CallbackCancelled)
    assert (cancelled.callback_id, cancelled.causation_id) == (first.callback_id, second.event_id)
    assert [fact.callback_id for fact in due] == [other.callback_id, second.callback_id]


async def test_an_opt_out_cancels_callbacks_before_and_after_it(replica):
    before, after = _requested(), _requested()
    await replica.handlers.callback_requested(before)
    opted_out = _opted_out("dana")
    for _ in range(2):
        await replica.handlers.opted_out(opted_out)
    await replica.handlers.callback_requested(after)
    replica.clock.moment += timedelta(days=1)
    assert await replica.ticker.tick() == 0
    facts = await replica.told()
    assert [(type(fact), fact.callback_id) for fact in facts] == [
        (CallbackCancelled, before.callback_id),
        (CallbackCancelled, after.callback_id),
    ]


async def test_an_opt_out_and_a_callback_at_the_same_moment_cancel_it_whichever_comes_first(replicas):
    leads = [f"lead-{n}" for n in range(40)]
    wished = [replicas[0].handlers.callback_requested(_requested(lead_id)) for lead_id in leads]
    opted_out = [replicas[1].handlers.opted_out(_opted_out(lead_id)) for lead_id in leads]
    await asyncio.gather(*[each for pair in zip(wished, opted_out, strict=True) for each in pair])
    facts = await replicas[0].told()
    assert {type(fact) for fact in facts} == {CallbackCancelled}
    assert sorted(fact.lead_id for fact in facts) == sorted(leads)


async def test_a_callback_that_slipped_in_beside_the_opt_out_is_never_due(replica):
    event = _requested()
    await replica.handlers.callback_requested(event)
    async with replica.ledger.begin() as transaction:  # as committed by another replica at the same moment
        await transaction.note_lead("dana", opted_out_at=SUNDAY)
    replica.clock.moment += HOUR
    await replica.ticker.tick()
    assert [type(fact) for fact in await replica.told()] == [CallbackCancelled]


async def test_a_callback_in_closed_hours_is_due_when_they_open_and_says_why(replica):
    await replica.handlers.callback_requested(_requested(after=12 * HOUR))  # ten in the evening
    replica.clock.moment += 12 * HOUR
    assert await replica.ticker.tick() == 0
    replica.clock.moment = SUNDAY + 23 * HOUR
    assert await replica.ticker.tick() == 1
    (due,) = await replica.told()
    assert due.moved_because == "calls are made from 09:00 to 18:30"
    assert due.window.start == SUNDAY + 12 * HOUR, "the wish itself is told as it was"


async def test_a_callback_that_nobody_looked_for_until_night_waits_for_the_morning(replica):
    await replica.handlers.callback_requested(_requested())
    replica.clock.moment += 13 * HOUR
    assert await replica.ticker.tick() == 1
    assert await replica.ticker.tick() == 0
    assert await replica.told() == []
    replica.clock.moment = SUNDAY + 23 * HOUR
    assert await replica.ticker.tick() == 1
    (due,) = await replica.told()
    assert due.moved_because == "calls are made from 09:00 to 18:30"


def _cancelled(event: CallbackRequested) -> CallbackCancelled:
    about = {"callback_id": event.callback_id, "lead_id": event.lead_id, "call_id": event.call_id}
    return CallbackCancelled(occurred_at=SUNDAY, reason="the dialer knows no such lead", **about)


async def test_a_callback_that_somebody_else_cancelled_is_not_due_and_not_told_again(replica):
    event = _requested()
    await replica.handlers.callback_requested(event)
    for _ in range(2):
        await replica.handlers.callback_cancelled(_cancelled(event))
    replica.clock.moment += 2 * HOUR
    assert await replica.ticker.tick() == 0
    assert await replica.told() == []


async def test_a_cancellation_that_is_heard_before_its_request_counts(replica):
    event = _requested()
    await replica.handlers.callback_cancelled(_cancelled(event))
    await replica.handlers.callback_requested(event)
    replica.clock.moment += 2 * HOUR
    assert await replica.ticker.tick() == 0
    assert await replica.told() == []


@pytest.mark.parametrize("thursday", [date(2026, 10, 22), date(2027, 3, 25)], ids=["autumn", "spring"])
async def test_what_is_promised_before_the_clocks_change_is_at_the_same_hour_after_it(replica, thursday):
    def at(day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), ISRAEL)

    sunday = thursday + timedelta(days=3)
    replica.clock.moment = at(thursday, 10)
    assert at(sunday, 10).astimezone(UTC) - at(thursday, 10).astimezone(UTC) != timedelta(days=3)
    call, wish = a_call(), TimeWindow(start=at(sunday, 9), end=at(sunday, 9))
    (slot,) = (await replica.desk.offer(call.offer(wish, count=1))).slots
    meeting = (await replica.desk.book(call.book(slot.slot_id))).meeting
    assert meeting.start.astimezone(ISRAEL).strftime("%a %H:%M") == "Sun 09:00"
    event = _requested()
    window = TimeWindow(start=at(sunday, 9, 30), end=at(sunday, 10))
    await replica.handlers.callback_requested(event.model_copy(update={"window": window}))
    replica.clock.moment = at(sunday, 9, 29)
    assert await replica.ticker.tick() == 0
    replica.clock.moment = at(sunday, 9, 30)
    assert await replica.ticker.tick() == 1
    *_, due = await replica.told()
    assert (due.callback_id, due.moved_because) == (event.callback_id, None)


async def test_an_opt_out_leaves_the_meeting_that_was_asked_for(replica):
    call = a_call()
    slot = (await replica.desk.offer(call.offer(count=1))).slots[0]
    meeting = (await replica.desk.book(call.book(slot.slot_id))).meeting
    await replica.handlers.opted_out(_opted_out(call.lead_id))
    async with replica.ledger.reading() as calendar:
        assert (await calendar.meeting(meeting.meeting_id)).status == "booked"


async def test_slots_are_free_again_when_the_call_is_over(replica):
    wish = exactly(24, 16)

    async def everybody_at_four() -> set[str]:
        calls = [a_call() for _ in range(2)]
        offers = [await replica.desk.offer(call.offer(wish, count=1)) for call in calls]
        for call in calls:
            await replica.lapse(call.call_id)
        return {offer.slots[0].slot_id for offer in offers}

    free = await everybody_at_four()
    ended, concluded = a_call(), a_call()
    for call in (ended, concluded):
        await replica.desk.offer(call.offer(wish, count=1))
    assert not await everybody_at_four() & free
    about = {"occurred_at": SUNDAY, "disposition": Disposition.ANSWERED}
    await replica.handlers.call_ended(CallEnded(call_id=ended.call_id, lead_id=ended.lead_id, **about))
    await replica.handlers.call_concluded(
        CallConcluded(call_id=concluded.call_id, lead_id=concluded.lead_id, outcome=Outcome.HUNG_UP, **about)
    )
    assert await everybody_at_four() == free
