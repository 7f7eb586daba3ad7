"""What people do to meetings in their own calendars is noticed, told and followed; what we do ourselves is not."""

import asyncio
from datetime import date, timedelta

import pytest

from contracts.meetings import MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.requests import Booked
from services.scheduler.domain.meeting import MeetingStatus
from tests.component.scheduler.sample_call import exactly

ELEVEN, TWELVE, ONE = exactly(24, 11), exactly(24, 12), exactly(24, 13)
LENGTH = timedelta(minutes=20)


async def _entered(office, wish=ELEVEN):
    """A meeting that its calendar shows, and that was looked at."""
    meeting_id = await office.booked(wish)
    await office.write()
    await office.look()
    return meeting_id


async def test_a_meeting_that_was_moved_is_rescheduled_and_both_are_told_why(offices, noa):
    office, other = offices
    meeting_id = await _entered(office)
    noa.move(meeting_id, ONE.start, ONE.start + 2 * LENGTH)
    await office.look()
    await other.look()
    booked, moved = await office.told()
    assert isinstance(booked, MeetingBooked)
    assert isinstance(moved, MeetingRescheduled)
    assert (moved.start, moved.end, moved.previous_start) == (ONE.start, ONE.start + 2 * LENGTH, ELEVEN.start)
    assert moved.slot_id == "noa-20261124T1100Z"
    assert moved.reason == "moved in the calendar of נועה"
    meeting = await office.meeting(meeting_id)
    assert (meeting.start, meeting.sequence) == (ONE.start, 1)
    assert meeting.occupied_until == ONE.start + 2 * LENGTH + timedelta(minutes=10)
    assert office.letters.changed_meetings[-1] == meeting
    assert await office.free(ELEVEN), "the old time"


async def test_a_meeting_that_was_deleted_is_cancelled(office, noa):
    meeting_id = await _entered(office)
    noa.remove(meeting_id)
    await office.look()
    cancelled = (await office.told())[-1]
    assert isinstance(cancelled, MeetingCancelled)
    assert cancelled.reason == "deleted in the calendar of נועה"
    assert (await office.meeting(meeting_id)).status is MeetingStatus.CANCELLED
    assert office.letters.changed_meetings[-1].status is MeetingStatus.CANCELLED
    await office.write()
    await office.look()
    assert len(await office.told()) == 2


async def test_our_own_writing_does_not_come_back(office, noa):
    meeting_id = await _entered(office)
    for slot_id in ("noa-20261124T1000Z", "noa-20261124T1200Z"):
        await office.moved(meeting_id, slot_id)
        await office.write()
        await office.look()
    noa.move(meeting_id, ONE.start, ONE.start + LENGTH)
    await office.look()
    await office.write()
    await office.look()
    kinds = [type(each) for each in await office.told()]
    assert kinds == [MeetingBooked, MeetingRescheduled, MeetingRescheduled, MeetingRescheduled]
    await office.cancelled(meeting_id)
    await office.write()
    await office.look()
    assert [type(each) for each in await office.told()][4:] == [MeetingCancelled]


async def test_what_is_still_to_be_written_wins_over_what_the_calendar_shows(office, noa):
    meeting_id = await _entered(office)
    noa.move(meeting_id, ONE.start, ONE.start + LENGTH)
    await office.moved(meeting_id, "noa-20261124T1000Z")
    await office.look()
    assert (await office.meeting(meeting_id)).start == TWELVE.start
    await office.write()
    await office.look()
    assert noa.at() == [TWELVE.start]
    assert len(await office.told()) == 2


async def test_a_calendar_that_was_down_is_looked_at_from_where_we_were(caldav_server, office, noa):
    meeting_id = await _entered(office)
    noa.move(meeting_id, ONE.start, ONE.start + LENGTH)
    caldav_server.stop()
    try:
        await office.look()
        async with office.ledger.reading() as reading:
            (watch,) = await reading.watches()
        assert "does not answer" in (watch.problem or "")
    finally:
        caldav_server.start()
    await office.look()
    assert (await office.meeting(meeting_id)).start == ONE.start
    async with office.ledger.reading() as reading:
        (watch,) = await reading.watches()
    assert watch.problem is None


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 11, 25), date(2026, 11, 26)),
        (ONE.start, ONE.start + timedelta(hours=9)),
        (ONE.start, ONE.start),
    ],
    ids=["a whole day", "nine hours", "no time"],
)
async def test_what_can_be_no_meeting_is_put_back(office, noa, start, end):
    meeting_id = await _entered(office)
    noa.move(meeting_id, start, end)
    await office.look()
    await office.write()
    assert noa.at() == [ELEVEN.start]
    assert len(await office.told()) == 1


async def test_two_meetings_of_one_person_cannot_be_at_the_same_time(office, noa):
    first, second = await _entered(office), await _entered(office, TWELVE)
    noa.move(second, ELEVEN.start, ELEVEN.start + LENGTH)
    await office.look()
    await office.write()
    assert noa.at() == [ELEVEN.start, TWELVE.start]
    assert {(await office.meeting(each)).status for each in (first, second)} == {MeetingStatus.BOOKED}


async def test_a_calendar_that_was_emptied_cancels_nothing(office, noa):
    wishes = [exactly(day, hour) for day in (23, 24) for hour in (11, 14)]
    meetings = [await _entered(office, each) for each in wishes]
    for each in meetings:
        noa.remove(each)
    await office.look()
    await office.write()
    assert noa.at() == [each.start for each in wishes]
    assert {(await office.meeting(each)).status for each in meetings} == {MeetingStatus.BOOKED}
    async with office.ledger.reading() as reading:
        (watch,) = await reading.watches()
    assert "taken for a mistake" in (watch.problem or "")
    noa.remove(meetings[0])
    await office.look()
    assert (await office.meeting(meetings[0])).status is MeetingStatus.CANCELLED


async def test_replicas_take_turns(offices, noa):
    meeting_id = await _entered(offices[0])
    noa.remove(meeting_id)
    offices[0].clock.moment += timedelta(minutes=1)
    await asyncio.gather(*[each.watching.look_around() for each in offices])
    assert len(await offices[0].told()) == 2


async def test_a_meeting_that_was_moved_by_its_person_can_be_moved_by_its_lead(office, noa):
    meeting_id = await _entered(office)
    noa.move(meeting_id, ONE.start, ONE.start + LENGTH)
    await office.look()
    assert isinstance(await office.moved(meeting_id, "noa-20261124T0900Z"), Booked)
    await office.write()
    await office.look()
    assert noa.at() == [ELEVEN.start]
    assert len(await office.told()) == 3
