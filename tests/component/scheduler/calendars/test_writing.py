"""Meetings are written to calendars after their commit: once each, whatever fails, and until a day has passed."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from contracts.calls import CallConcluded
from contracts.values import Disposition, Outcome
from services.runtime.errors import Unavailable
from services.scheduler.domain.calendar_task import CLAIM, TaskStatus
from services.scheduler.domain.representative import Profile
from tests.component.scheduler.calendars.office import HOURS, Office, team
from tests.component.scheduler.sample_call import exactly
from tests.integration.radicale import Person

ELEVEN, TWELVE = exactly(24, 11), exactly(24, 12)


async def test_a_meeting_is_an_event_that_moves_and_goes_with_it(office, noa):
    meeting_id = await office.booked(ELEVEN)
    await office.write()
    (event,) = noa.events()
    assert event["uid"] == str(meeting_id)
    assert event.start.astimezone(UTC) == ELEVEN.start
    assert "דנה כהן" in event["summary"]
    assert "attendee" not in event, "or the server would invite people itself"
    await office.moved(meeting_id, "noa-20261124T1000Z")
    await office.write()
    assert noa.at() == [TWELVE.start]
    await office.cancelled(meeting_id)
    await office.write()
    assert noa.at() == []


async def test_an_address_that_is_said_only_in_the_call_reaches_the_event(office, noa):
    meeting_id = await office.booked(ELEVEN)
    await office.write()
    (event,) = noa.events()
    assert "dana@ornat.example" not in event["description"]
    concluded = CallConcluded(
        occurred_at=office.clock.now(),
        call_id=uuid4(),
        lead_id="dana",
        outcome=Outcome.MEETING_BOOKED,
        disposition=Disposition.ANSWERED,
        email="dana@ornat.example",
        meeting=(await office.meeting(meeting_id)).facts,
    )
    await office.handlers.call_concluded(concluded)
    await office.write()
    (event,) = noa.events()
    assert "dana@ornat.example" in event["description"]


async def test_a_meeting_that_goes_to_somebody_else_leaves_the_calendar_and_comes_back(office, noa):
    meeting_id = await office.booked(ELEVEN)
    await office.write()
    await office.moved(meeting_id, "yoav-20261124T1000Z")
    await office.write()
    assert noa.at() == []
    await office.moved(meeting_id, "noa-20261124T0900Z")
    await office.write()
    assert noa.at() == [ELEVEN.start]


async def test_only_the_last_state_is_written(office, noa):
    meeting_id = await office.booked(ELEVEN)
    await office.moved(meeting_id, "noa-20261124T1000Z")
    assert len(await office.tasks()) == 1
    await office.write()
    assert noa.at() == [TWELVE.start]


async def test_a_calendar_that_is_down_gets_the_event_when_it_is_back(caldav_server, offices, noa):
    one, other = offices
    offered = exactly(24, 11)
    caldav_server.stop()
    try:
        one.free_busy._offer_if_silent = True
        meeting_id = await one.booked(offered)
        await one.write()
        (task,) = await one.tasks()
        assert task.status is TaskStatus.PENDING
        assert "does not answer" in (task.reason or "")
        assert not await one.writing.write_next(), "not at once again"
    finally:
        caldav_server.start()
    one.clock.moment += timedelta(seconds=6)
    await asyncio.gather(one.write(), other.write())
    assert [event["uid"] for event in noa.events()] == [str(meeting_id)]
    assert [each.status for each in await one.tasks()] == [TaskStatus.DONE]


async def test_whoever_dies_between_the_event_and_its_mark_leaves_one_event(offices, noa, monkeypatch):
    doomed, other = offices

    async def die(*_: Any) -> None:
        raise KeyboardInterrupt

    await doomed.booked(ELEVEN)
    monkeypatch.setattr(doomed.writing, "_mark", die)
    with pytest.raises(KeyboardInterrupt):
        await doomed.write()
    assert noa.at() == [ELEVEN.start]
    assert not await other.writing.write_next(), "it is still claimed"
    other.clock.moment += CLAIM
    await other.write()
    assert noa.at() == [ELEVEN.start]
    assert [(each.status, each.attempts) for each in await other.tasks()] == [(TaskStatus.DONE, 2)]


async def test_many_writers_at_once_write_each_meeting_once(offices, noa):
    wishes = [exactly(day, hour) for day in (23, 24) for hour in (10, 12, 14)]
    for wish in wishes:
        await offices[0].booked(wish)
    await asyncio.gather(*[each.write() for each in offices for _ in range(2)])
    assert noa.at() == [each.start for each in wishes]
    assert {each.attempts for each in await offices[0].tasks()} == {1}


class Mute:
    """A directory whose calendars take nothing."""

    def of(self, _: object) -> "Mute":
        return self

    async def put(self, _: object) -> None:
        raise Unavailable("the calendar is full; empty it")

    async def busy(self, since: datetime, until: datetime) -> list[Any]:
        return []

    async def close(self) -> None:
        return


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # a hundred attempts; the rule knows no database
async def test_after_a_day_a_task_fails_and_is_there_to_be_seen_and_tried_again(store_url, clock):
    office = Office(store_url, team("http://127.0.0.1:9/"), clock, Mute())  # type: ignore[arg-type]
    await office.open()
    await office.booked(ELEVEN)
    attempts = []
    while (task := (await office.tasks())[0]).status is TaskStatus.PENDING:
        office.clock.moment = max(office.clock.moment, task.attempt_at)
        attempts.append(office.clock.moment)
        await office.write()
    gaps = [later - earlier for earlier, later in pairwise(attempts)]
    assert gaps == sorted(gaps), "the delay grows"
    assert gaps[0] == timedelta(seconds=5)
    assert gaps[-1] == timedelta(minutes=15)
    assert timedelta(hours=23) < attempts[-1] - attempts[0] <= timedelta(days=1)
    assert task.status is TaskStatus.FAILED
    assert task.reason == f"given up after {len(attempts)} attempts: the calendar is full; empty it"
    await office.close()


async def test_a_calendar_that_is_connected_later_gets_the_meetings_that_stand(store_url, clock, noa):
    office = Office(store_url, team(None), clock)
    await office.open()
    meeting_id = await office.booked(ELEVEN)
    await office.write()
    assert noa.at() == []
    await office.staffing.put("noa", _profile(noa))
    await office.look()
    await office.write()
    assert [event["uid"] for event in noa.events()] == [str(meeting_id)]
    await office.look()
    assert len(await office.told()) == 1, "the booking"
    await office.close()


async def test_another_calendar_gets_the_meetings_and_the_old_one_is_believed_no_more(caldav_server, office, noa):
    meeting_id = await office.booked(ELEVEN)
    await office.write()
    await office.look()
    new = caldav_server.make()
    await office.staffing.put("noa", _profile(new))
    noa.remove(meeting_id)
    await office.look()
    await office.write()
    await office.look()
    assert new.at() == [ELEVEN.start]
    assert len(await office.told()) == 1, "the booking"


async def test_tasks_of_a_calendar_that_is_no_longer_connected_are_dropped(office, noa):
    await office.booked(ELEVEN)
    await office.staffing.put("noa", _profile(None))
    await office.write()
    assert [each.status for each in await office.tasks()] == [TaskStatus.DROPPED]
    assert noa.at() == []


def _profile(person: Person | None) -> Profile:
    access = (
        {"kind": "caldav", "url": person.url, "username": "noa", "password_env": "CALENDAR_NOA"} if person else None
    )
    known = {"name": "נועה", "email": "noa@example.com", "hours": HOURS, "minimum_notice_hours": 0}
    return Profile.model_validate(known | {"calendar": access})
