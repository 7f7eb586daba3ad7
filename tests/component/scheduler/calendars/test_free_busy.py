"""People's own calendars are read before offering and again before the commit, and nobody waits for them for long."""

import asyncio
from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest

from contracts.requests import Booked, FindSlots, RefusalReason, Refused, SlotsFound
from tests.component.scheduler.calendars.office import Office, team
from tests.component.scheduler.sample_call import ISRAEL, a_call, exactly

HOUR = timedelta(hours=1)
ELEVEN = exactly(24, 11)


async def test_busy_time_is_not_offered_and_other_people_are(office, noa):
    noa.add(ELEVEN.start - HOUR, ELEVEN.start + HOUR)
    offered = await office.offered(a_call(), ELEVEN, count=3)
    assert offered[0] == "yoav-20261124T0900Z"
    assert not {"noa-20261124T0800Z", "noa-20261124T0830Z", "noa-20261124T0900Z"} & set(offered)


async def test_a_meeting_keeps_its_distance_from_what_comes_after_it(office, noa):
    noa.add(ELEVEN.start + timedelta(minutes=25), ELEVEN.start + HOUR)
    assert not await office.free(ELEVEN)
    assert await office.free(exactly(24, 10, 45)), "its own end is far enough away"


async def test_repeated_events_stay_at_their_wall_time_across_the_change_of_the_clocks(office, noa):
    office.clock.moment = datetime(2026, 10, 22, 8, tzinfo=ISRAEL)
    noa.repeat("20261018T100000", "20261018T110000", "FREQ=DAILY")
    found = await office.desk.find_slots(FindSlots(count=50, representative_id="noa", not_before=office.clock.moment))
    assert isinstance(found, SlotsFound)
    starts = [each.start.astimezone(ISRAEL) for each in found.slots]
    assert {each.utcoffset() for each in starts} == {2 * HOUR, 3 * HOUR}, "both sides of the change"
    assert not [each for each in starts if each.hour == 10]
    assert not [each for each in starts if (each.hour, each.minute) == (9, 45)]
    assert {each.date() for each in starts if each.hour == 9} >= {date(2026, 10, day) for day in (22, 27)}


async def test_what_was_just_read_is_not_read_again(office, noa):
    assert await office.free(ELEVEN)
    noa.add(ELEVEN.start, ELEVEN.start + HOUR)
    assert await office.free(ELEVEN)
    office.clock.moment += timedelta(seconds=16)
    assert not await office.free(ELEVEN)


async def test_an_event_that_appears_between_offer_and_booking_wins(office, noa):
    call = a_call()
    offered = await office.offered(call, ELEVEN, count=5)
    assert "noa-20261124T0900Z" in offered
    noa.add(ELEVEN.start, ELEVEN.start + timedelta(minutes=15))
    reply = await office.desk.book(call.book("noa-20261124T0900Z"))
    assert isinstance(reply, Refused)
    assert reply.reason is RefusalReason.TAKEN
    instead = [each.slot_id for each in reply.alternatives]
    assert instead
    assert "noa-20261124T0900Z" not in instead
    assert isinstance(await office.desk.book(call.book(instead[0])), Booked), "the alternatives are held"


async def test_the_offer_is_not_repeated_when_an_event_has_appeared(office, noa):
    call = a_call()
    assert "noa-20261124T0900Z" in await office.offered(call, ELEVEN, count=2)
    noa.add(ELEVEN.start, ELEVEN.start + HOUR)
    office.clock.moment += timedelta(seconds=16)
    assert "noa-20261124T0900Z" not in await office.offered(call, ELEVEN, count=2)


async def test_by_hand_and_by_moving_a_meeting_a_new_event_is_seen_too(office, noa):
    meeting_id = await office.booked(ELEVEN)
    await office.desk.find_slots(FindSlots())
    noa.add(ELEVEN.start + HOUR, ELEVEN.start + 2 * HOUR)
    reply = await office.moved(meeting_id, "noa-20261124T1000Z")
    assert isinstance(reply, Refused)
    assert reply.reason is RefusalReason.TAKEN


async def test_the_meeting_itself_is_not_in_its_own_way(office, noa):
    meeting_id = await office.booked(ELEVEN)
    await office.write()
    assert noa.at() == [ELEVEN.start]
    assert isinstance(await office.moved(meeting_id, "noa-20261124T0910Z"), Booked)


async def test_whose_calendar_does_not_answer_is_not_offered(caldav_server, office):
    caldav_server.stop()
    try:
        assert {each.partition("-")[0] for each in await office.offered(a_call(), count=5)} == {"yoav"}
    finally:
        caldav_server.start()
    office.clock.moment += timedelta(seconds=16)
    assert await office.free(ELEVEN)


async def test_unless_the_settings_say_otherwise(store_url, clock):
    office = Office(store_url, team("http://127.0.0.1:9/nobody/"), clock, offer_if_silent=True)
    await office.open()
    assert await office.free(ELEVEN)
    await office.close()


async def test_a_calendar_that_hangs_costs_one_caller_one_deadline(store_url, clock):
    asked, hung_up = [], asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        await hung_up.wait()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/noa/"
    office = Office(store_url, team(url), clock, deadline_s=0.05)
    await office.open()
    try:
        call = a_call()
        offered = await office.offered(call, ELEVEN, count=2)
        assert {each.partition("-")[0] for each in offered} == {"yoav"}
        office.clock.moment += timedelta(seconds=5)
        assert isinstance(await office.desk.book(call.book(offered[0])), Booked)
        await office.offered(a_call(), ELEVEN)
        assert len(asked) <= 1
    finally:
        hung_up.set()
        server.close()
        await office.close()


@pytest.mark.parametrize("silent", [True, False])
async def test_a_calendar_that_falls_silent_does_not_undo_what_was_offered(caldav_server, office, silent):
    call = a_call()
    assert "noa-20261124T0900Z" in await office.offered(call, ELEVEN, count=2)
    if silent:
        caldav_server.stop()
    try:
        assert isinstance(await office.desk.book(call.book("noa-20261124T0900Z")), Booked)
    finally:
        if silent:
            caldav_server.start()
