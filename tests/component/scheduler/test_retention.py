"""The scheduler lets go of meetings that are over, of callbacks and letters, and of nothing that is still to come."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.runtime.broker import Broker
from services.runtime.unit_of_work import Units
from services.scheduler.calendars.tables import CalendarTaskRow
from services.scheduler.mailing.tables import MailRow
from services.scheduler.retention import retention
from services.scheduler.settings import SchedulerSettings
from services.scheduler.tables import CallbackRow, Inbox, MeetingRow, Outbox
from tests.component.scheduler.conftest import Replica
from tests.component.scheduler.sample_call import SUNDAY

DAYS = 30
SINCE = SUNDAY - timedelta(days=DAYS)
LATE, EXACTLY = SINCE - timedelta(microseconds=1), SINCE
LEAD = {"name": "דנה כהן"}


def meeting(end: datetime, status: str = "booked") -> MeetingRow:
    start = end - timedelta(minutes=20)
    times = {"start": start, "end": end, "occupied_from": start, "occupied_until": end, "booked_at": start}
    who = {"representative_id": f"rep-{uuid4().hex[:8]}", "representative_name": "נועה", "time_zone": "Asia/Jerusalem"}
    ids = {"meeting_id": uuid4(), "lead_id": "lead-1", "call_id": uuid4(), "slot_id": uuid4().hex}
    return MeetingRow(**ids, **who, **times, lead=LEAD, status=status, sequence=0)


def mail(meeting_id: UUID, created_at: datetime, status: str = "sent") -> MailRow:
    moments = dict.fromkeys(("due_at", "attempt_at", "give_up_at", "created_at"), created_at)
    about = {"mail_id": uuid4(), "meeting_id": meeting_id, "lead_id": "lead-1", "letter": {}, "attempts": 1}
    return MailRow(**about, **moments, status=status)


def task(meeting_id: UUID, status: str = "done") -> CalendarTaskRow:
    moments = dict.fromkeys(("created_at", "attempt_at", "give_up_at"), LATE)
    about = {"meeting_id": meeting_id, "representative_id": "noa", "account": "x", "version": 1, "attempts": 1}
    return CalendarTaskRow(**about, **moments, status=status, written=1)


def callback(due_at: datetime, status: str) -> CallbackRow:
    ids = {"callback_id": uuid4(), "lead_id": "lead-1", "call_id": uuid4(), "requested_by": uuid4()}
    return CallbackRow(**ids, window_start=due_at, window_end=due_at, due_at=due_at, status=status)


async def let_go(replica: Replica, **changes: int) -> int:
    kept = {f"keep_{name}_days": days for name, days in ({"meetings": DAYS, "mails": DAYS} | changes).items()}
    units = Units(replica.database, Broker("nats://nobody", "scheduler"), Inbox, Outbox)
    return await retention(SchedulerSettings(_env_file=None, **kept), units, replica.clock).apply()  # type: ignore[arg-type]


async def add(replica: Replica, *rows: Any) -> None:
    async with replica.database.writing() as session:
        session.add_all(rows)


async def left(replica: Replica, column: Any) -> set[Any]:
    async with replica.database.reading() as session:
        return set(await session.scalars(select(column)))


async def test_meetings_go_with_their_letters_and_tasks_when_they_are_over_for_long(replica: Replica) -> None:
    over, exact, cancelled, to_come = meeting(LATE), meeting(EXACTLY), meeting(LATE, "cancelled"), meeting(SUNDAY)
    kept = {exact.meeting_id, to_come.meeting_id}
    await add(replica, over, exact, cancelled, to_come)
    every = (over, exact, cancelled, to_come)
    await add(replica, *(mail(each.meeting_id, SUNDAY) for each in every), *(task(each.meeting_id) for each in every))
    assert await let_go(replica, meetings=0) == 0, "for ever"
    assert await let_go(replica) == 2
    for table in (MeetingRow, MailRow, CalendarTaskRow):
        assert await left(replica, table.meeting_id) == kept
    assert await let_go(replica) == 0


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(days=400)])
async def test_a_meeting_to_come_never_goes_however_long_ago_it_was_booked(replica: Replica, ahead: timedelta) -> None:
    booked = meeting(SUNDAY + timedelta(minutes=20) + ahead)
    booked.booked_at = SUNDAY - timedelta(days=4000)
    await add(replica, booked, mail(booked.meeting_id, LATE, "pending"), task(booked.meeting_id, "pending"))
    assert await let_go(replica, meetings=1, mails=1) == 0


async def test_callbacks_go_when_they_are_settled_and_letters_when_they_are_sent(replica: Replica) -> None:
    rows = [callback(LATE, status) for status in ("due", "cancelled", "pending")]
    rows += [callback(EXACTLY, "due"), callback(SUNDAY + timedelta(days=9), "pending")]
    kept = {row.callback_id for row in rows[2:]}
    letters = [mail(uuid4(), LATE), mail(uuid4(), LATE, "failed"), mail(uuid4(), LATE, "pending")]
    letters.append(mail(uuid4(), EXACTLY))
    kept_letters = {row.mail_id for row in letters[2:]}
    await add(replica, *rows, *letters)
    assert await let_go(replica) == 4
    assert await left(replica, CallbackRow.callback_id) == kept
    assert await left(replica, MailRow.mail_id) == kept_letters
