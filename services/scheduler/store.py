"""The scheduler's store: its transactions over SQLite or PostgreSQL.

Two things keep a booking honest on both: whoever takes a representative's time holds that person's row locked
(in SQLite every writing transaction is alone anyway), and a unique index allows one standing meeting at a time.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from contracts.streams import Consumer
from services.runtime.unit_of_work import UnitOfWork, Units
from services.scheduler.calendars.store import ANY_DUE as ANY_CALENDAR_TASK_DUE
from services.scheduler.calendars.store import SqlCalendarDuties, SqlCalendarNotes
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.callback import Callback, CallbackStatus
from services.scheduler.domain.hold import Hold
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.representative import Representative
from services.scheduler.mailing.store import SqlMailbox, SqlMails
from services.scheduler.ports import MeetingFilter, SlotGone
from services.scheduler.statements import BUSY, HOLDS, LOCK, RELEASE, RELEASE_SOME, REVISION, STANDING, Upserts
from services.scheduler.tables import (
    CallbackRow,
    CallRow,
    HoldRow,
    LeadRow,
    MeetingRow,
    RepresentativeRow,
    callback_of,
    callback_values,
    hold_of,
    hold_values,
    meeting_of,
    meeting_values,
    representative_of,
)

_pending = CallbackRow.status == CallbackStatus.PENDING.value
ANY_DUE = select(exists().where(_pending, CallbackRow.due_at <= bindparam("now")))
_NO_CALL = UUID(int=0)


class SqlReading(SqlMails, SqlCalendarNotes):
    """Reads in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def busy(self, since: datetime, until: datetime, now: datetime, besides: UUID | None = None) -> list[Busy]:
        span = {"since": since, "until": until, "now": now, "call": besides or _NO_CALL}
        rows = await self.session.execute(BUSY, span)
        return [Busy(person, start, end, str(owner), lead_id) for person, start, end, owner, lead_id in rows]

    async def meeting(self, meeting_id: UUID) -> Meeting | None:
        row = await self.session.get(MeetingRow, meeting_id)
        return meeting_of(row) if row else None

    async def meetings(self, only: MeetingFilter, limit: int) -> Sequence[Meeting]:
        query = select(MeetingRow).order_by(MeetingRow.start, MeetingRow.meeting_id).limit(limit)
        if only.since is not None:
            query = query.where(MeetingRow.start >= only.since)
        if only.until is not None:
            query = query.where(MeetingRow.start < only.until)
        if only.representative_id is not None:
            query = query.where(MeetingRow.representative_id == only.representative_id)
        if only.lead_id is not None:
            query = query.where(MeetingRow.lead_id == only.lead_id)
        if not only.include_cancelled:
            query = query.where(MeetingRow.status == MeetingStatus.BOOKED.value)
        if only.after is not None:
            start, meeting_id = only.after
            later = and_(MeetingRow.start == start, MeetingRow.meeting_id > meeting_id)
            query = query.where(or_(MeetingRow.start > start, later))
        return [meeting_of(row) for row in await self.session.scalars(query)]

    async def roster_revision(self) -> int:
        return (await self.session.execute(REVISION)).scalar_one_or_none() or 0

    async def stored_representatives(self) -> Mapping[str, Representative | None]:
        rows = await self.session.scalars(select(RepresentativeRow).execution_options(populate_existing=True))
        return {row.representative_id: representative_of(row) for row in rows}


class SqlTransaction(SqlMailbox, SqlCalendarDuties, SqlReading):
    """Reads and changes in one unit of work. `alone`: the database has one writer at a time, so nobody races."""

    def __init__(self, unit: UnitOfWork, upserts: Upserts, alone: bool) -> None:
        super().__init__(unit.session)
        self._unit = unit
        self._upserts = upserts
        self._alone = alone

    def tell(self, event: Event) -> None:
        self._unit.tell(event)

    async def first_time(self, consumer: Consumer, event: Event) -> bool:
        return await self._unit.first_time(consumer, event)

    async def highest_epoch(self, call_id: UUID, epoch: int, now: datetime) -> int:
        row = {"call_id": call_id, "epoch": epoch, "seen_at": now}
        highest: int = (await self.session.execute(self._upserts.call, row)).scalar_one()
        return highest

    async def lock(self, representative_ids: Iterable[str]) -> None:
        if self._alone:
            return
        await self.session.execute(LOCK, {"representatives": list(representative_ids)})

    async def meeting(self, meeting_id: UUID) -> Meeting | None:
        row = await self.session.get(MeetingRow, meeting_id, with_for_update=True)
        return meeting_of(row) if row else None

    async def holds(self, call_id: UUID) -> list[Hold]:
        return [hold_of(row) for row in await self.session.execute(HOLDS, {"call": call_id})]

    async def hold(self, holds: Iterable[Hold]) -> None:
        await self.session.execute(self._upserts.hold, [hold_values(each) for each in holds])

    async def release(self, call_id: UUID, now: datetime, slot_ids: Iterable[str] | None = None) -> None:
        if slot_ids is None:
            await self.session.execute(RELEASE, {"call": call_id, "now": now})
        else:
            await self.session.execute(RELEASE_SOME, {"call": call_id, "now": now, "slots": list(slot_ids)})

    async def standing(self, call_id: UUID | None, lead_id: str, slot_id: str, now: datetime) -> Meeting | None:
        about = {"call": call_id or _NO_CALL, "lead": lead_id, "slot": slot_id, "now": now}
        row = (await self.session.execute(STANDING, about)).first()
        return meeting_of(row) if row else None

    async def add_meeting(self, meeting: Meeting) -> None:
        self.session.add(MeetingRow(**meeting_values(meeting)))
        await self._guarded_flush()

    async def change_meeting(self, meeting: Meeting) -> None:
        await self.session.merge(MeetingRow(**meeting_values(meeting)))
        await self._guarded_flush()

    async def store_representative(self, representative_id: str, representative: Representative | None) -> None:
        facts = representative and representative.model_dump(mode="json")
        await self.session.execute(self._upserts.roster)
        row = {"representative_id": representative_id, "facts": facts}
        await self.session.execute(self._upserts.representative, row)
        await self.session.execute(self._upserts.agenda, {"representative_id": representative_id})

    async def unstore_representative(self, representative_id: str) -> None:
        await self.session.execute(self._upserts.roster)
        query = delete(RepresentativeRow).where(RepresentativeRow.representative_id == representative_id)
        await self.session.execute(query)

    async def add_callback(self, callback: Callback) -> bool:
        if await self.session.get(CallbackRow, callback.callback_id) is not None:
            return False
        self.session.add(CallbackRow(**callback_values(callback)))
        await self.session.flush()
        return True

    async def callback(self, callback_id: UUID) -> Callback | None:
        row = await self.session.get(CallbackRow, callback_id, with_for_update=True)
        return callback_of(row) if row else None

    async def change_callback(self, callback: Callback) -> None:
        await self.session.merge(CallbackRow(**callback_values(callback)))

    async def pending_callbacks(self, lead_id: str) -> list[Callback]:
        query = select(CallbackRow).where(_pending, CallbackRow.lead_id == lead_id)
        return [callback_of(row) for row in await self.session.scalars(query.with_for_update())]

    async def due_callbacks(self, now: datetime, limit: int) -> list[Callback]:
        query = select(CallbackRow).where(_pending, CallbackRow.due_at <= now).order_by(CallbackRow.due_at)
        rows = await self.session.scalars(query.limit(limit).with_for_update(skip_locked=True))
        return [callback_of(row) for row in rows]

    async def note_lead(self, lead_id: str, opted_out_at: datetime | None = None) -> bool:
        row = {"lead_id": lead_id, "opted_out_at": opted_out_at}
        return (await self.session.execute(self._upserts.lead, row)).scalar_one() is not None

    async def opted_out(self, lead_ids: Iterable[str]) -> set[str]:
        query = select(LeadRow.lead_id).where(LeadRow.lead_id.in_(list(lead_ids)), LeadRow.opted_out_at.is_not(None))
        return set(await self.session.scalars(query))

    async def forget(self, before: datetime) -> None:
        await self.session.execute(delete(HoldRow).where(HoldRow.held_until < before))
        await self.session.execute(delete(CallRow).where(CallRow.seen_at < before))

    async def _guarded_flush(self) -> None:
        try:
            await self.session.flush()
        except IntegrityError as error:
            raise SlotGone(str(error.orig)) from error


class SqlLedger:
    """Opens the scheduler's transactions."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._upserts = Upserts.of(units.database.is_sqlite)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        async with self._units.begin() as unit:
            yield SqlTransaction(unit, self._upserts, self._units.database.is_sqlite)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlReading]:
        async with self._units.reading() as session:
            yield SqlReading(session)

    async def any_due(self, now: datetime) -> bool:
        return await self._units.database.asked(ANY_DUE, now=now)

    async def any_calendar_task_due(self, now: datetime) -> bool:
        return await self._units.database.asked(ANY_CALENDAR_TASK_DUE, now=now)

    async def enrol(self, representative_ids: Iterable[str]) -> None:
        """Give each representative the row that is locked to take that person's time."""
        rows = [{"representative_id": each} for each in representative_ids]
        async with self._units.begin() as unit:
            await unit.session.execute(self._upserts.agenda, rows)
