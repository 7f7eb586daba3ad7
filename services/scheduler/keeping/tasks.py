"""Makes a task for each calendar that is out of date, in the transaction of the change that made it so."""

from datetime import datetime

from services.scheduler.domain.calendar_task import CalendarTask
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.representative import Representative
from services.scheduler.ports import Transaction
from services.scheduler.roster import Roster


class CalendarTasks:
    """Follows every meeting. What it notes down is done by `Writing`, later and elsewhere."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    async def changed(
        self, transaction: Transaction, meeting: Meeting, previous: Meeting | None, now: datetime
    ) -> None:
        """The calendar of whoever takes the meeting is out of date, and that of whoever took it until now."""
        people = (await self._roster.offering(transaction)).representatives
        if previous is not None and previous.representative_id != meeting.representative_id:
            await _outdate(transaction, meeting, previous.representative_id, now)
        if meeting.status is MeetingStatus.CANCELLED:
            await _outdate(transaction, meeting, meeting.representative_id, now)
        else:
            await enter(transaction, meeting, people.get(meeting.representative_id), now)


async def enter(transaction: Transaction, meeting: Meeting, one: Representative | None, now: datetime) -> None:
    """Have a meeting shown in the calendar of its representative, if that person has one."""
    access = one.own_calendar if one is not None else None
    if access is None:
        return
    known = await transaction.calendar_task(meeting.meeting_id, meeting.representative_id)
    fresh = CalendarTask.of(meeting.meeting_id, meeting.representative_id, access.account, now)
    await transaction.put_calendar_task(known.again(now, access.account) if known is not None else fresh)


async def _outdate(transaction: Transaction, meeting: Meeting, representative_id: str, now: datetime) -> None:
    """A calendar that was told of a meeting is to be told that it is no more."""
    known = await transaction.calendar_task(meeting.meeting_id, representative_id)
    if known is not None:
        await transaction.put_calendar_task(known.again(now))
