"""Forgets a person: cancels what is still to come, waits until calendars and representatives know, deletes the rest.

A meeting with nobody is no meeting, so one that is to come is cancelled for both: the person's calendar is cleared by
the last letter they get. Events of meetings that are over are taken out of representatives' own calendars, too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import ContactErased, ContactErasureBegan, Traces
from contracts.holdings import AskHoldings, HoldingsShown
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.personal_rows import PersonalRows, keys_of, page_of, words_of
from services.runtime.unit_of_work import Units
from services.scheduler.calendars.tables import CalendarTaskRow
from services.scheduler.domain.calendar_task import TaskStatus
from services.scheduler.domain.mail import MailStatus
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.mailing.tables import MailRow
from services.scheduler.ports import Follower
from services.scheduler.store import SqlLedger, SqlTransaction
from services.scheduler.tables import Base, MeetingRow, meeting_of

NAME = "scheduler"
AT_ONCE = 20
"""People who are forgotten together: the database is rewritten once for all of them."""
REASON = "the lead asked to be forgotten"
_NEVER = ("agendas", "representatives", "roster", "secrets", "feeds", "calendar_watches", "inbox")


class Forgetting:
    """Doing it again finds nothing."""

    def __init__(
        self,
        ledger: SqlLedger,
        units: Units,
        broker: Broker,
        clock: Clock,
        letters: Follower | None,
        calendars: Follower,
    ) -> None:
        """`letters` is None where no mail is sent."""
        self._ledger = ledger
        self._units = units
        self._broker = broker
        self._clock = clock
        self._letters = letters
        self._calendars = calendars
        self._rows = PersonalRows(Base.metadata, _NEVER)

    async def forget(self, event: ContactErasureBegan) -> None:
        """Do all of it, as often as asked. Raises Unavailable until nothing is left to be told to anybody, which a
        calendar or a mail server that does not answer can put off for a day."""
        async with self._ledger.begin() as transaction:
            meetings = await self._meetings(transaction.session, event.traces)
            for meeting in meetings:
                await self._cancel(transaction, meeting, self._clock.now())
        ids = [meeting.meeting_id for meeting in meetings]
        async with self._ledger.reading() as reading:
            untold = await self._untold(reading.session, ids)
            remarks = await self._remarks(reading.session, ids, event.traces)
        if untold:
            raise Unavailable(f"{untold} letters or calendars are still to be told that a meeting was cancelled")
        async with self._ledger.begin() as transaction:
            removed = await self._rows.delete(transaction.session, *self._about(event.traces, ids))
        await self._units.database.rewrite()
        await self._broker.tell(  # not through the outbox, which would write the id down again
            ContactErased.answering(event, NAME, self._clock.now(), removed=removed, remarks=remarks)
        )

    async def show(self, request: AskHoldings) -> HoldingsShown:
        """What the scheduler holds on a person."""
        async with self._ledger.reading() as reading:
            ids = [each.meeting_id for each in await self._meetings(reading.session, request.traces)]
            held = await self._rows.read(reading.session, *self._about(request.traces, ids))
        return page_of(held, request)

    def _about(self, traces: Traces, meeting_ids: Sequence[UUID]) -> Any:
        words = [*words_of(traces), *map(str, meeting_ids)]
        return keys_of(traces, meeting_id=meeting_ids), words

    async def _meetings(self, session: AsyncSession, traces: Traces) -> list[Meeting]:
        theirs = or_(
            MeetingRow.lead_id.in_(traces.lead_ids),
            MeetingRow.call_id.in_(traces.call_ids),
            MeetingRow.phone.in_(traces.phones),
        )
        rows = await session.scalars(select(MeetingRow).where(theirs).order_by(MeetingRow.meeting_id))
        return [meeting_of(row) for row in rows]

    async def _cancel(self, transaction: SqlTransaction, meeting: Meeting, now: datetime) -> None:
        if meeting.status is MeetingStatus.CANCELLED:
            return
        cancelled = meeting.cancelled(REASON, now)
        await transaction.change_meeting(cancelled)
        if meeting.start > now:
            if self._letters is not None:
                await self._letters.changed(transaction, cancelled, meeting, now)
            transaction.tell(cancelled.cancelled_fact(now, None))
        await self._calendars.changed(transaction, cancelled, meeting, now)

    async def _untold(self, session: AsyncSession, meeting_ids: Sequence[UUID]) -> int:
        """What will still be tried. After a day nothing is."""
        now = self._clock.now()
        tasks = select(CalendarTaskRow.version).where(
            CalendarTaskRow.meeting_id.in_(meeting_ids),
            CalendarTaskRow.status == TaskStatus.PENDING.value,
            CalendarTaskRow.give_up_at > now,
        )
        mails = select(MailRow.mail_id).where(
            MailRow.meeting_id.in_(meeting_ids),
            MailRow.status == MailStatus.PENDING.value,
            MailRow.give_up_at > now,
        )
        if self._letters is None:
            return len((await session.execute(tasks)).all())
        return len((await session.execute(tasks)).all()) + len((await session.execute(mails)).all())

    async def _remarks(self, session: AsyncSession, meeting_ids: Sequence[UUID], traces: Traces) -> tuple[str, ...]:
        failed = select(CalendarTaskRow.representative_id).where(
            CalendarTaskRow.meeting_id.in_(meeting_ids), CalendarTaskRow.status == TaskStatus.FAILED.value
        )
        found = {
            f"the calendar of {each} could not be told: delete the event there"
            for each in await session.scalars(failed)
        }
        sent = select(MailRow.mail_id).where(
            MailRow.meeting_id.in_(meeting_ids), MailRow.status == MailStatus.SENT.value
        )
        if letters := len((await session.execute(sent)).all()):
            found.add(f"{letters} letters about meetings were sent to them and to representatives")
        return tuple(sorted(found))
