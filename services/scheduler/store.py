"""The scheduler's store: its transactions over SQLite or PostgreSQL.

Two things keep a booking honest on both: whoever takes a representative's time holds that person's row locked
(in SQLite every writing transaction is alone anyway), and a unique index allows one standing meeting at a time.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, exists, func, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from contracts.streams import Consumer
from services.runtime.unit_of_work import UnitOfWork, Units
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.callback import Callback, CallbackStatus
from services.scheduler.domain.hold import Hold
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.ports import SlotGone
from services.scheduler.tables import (
    AgendaRow,
    CallbackRow,
    CallRow,
    HoldRow,
    MeetingRow,
    OptOutRow,
    callback_of,
    callback_values,
    hold_of,
    hold_values,
    meeting_of,
    meeting_values,
)

_stands = MeetingRow.status == MeetingStatus.BOOKED.value
_pending = CallbackRow.status == CallbackStatus.PENDING.value
_RENEWED = ("end", "occupied_from", "occupied_until", "held_until", "wish_key")


class SqlCalendar:
    """Reads in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def busy(self, since: datetime, until: datetime, now: datetime, besides: UUID | None = None) -> list[Busy]:
        meetings = select(
            MeetingRow.representative_id, MeetingRow.occupied_from, MeetingRow.occupied_until, MeetingRow.meeting_id
        ).where(_stands, MeetingRow.occupied_from < until, MeetingRow.occupied_until > since)
        holds = select(HoldRow.representative_id, HoldRow.occupied_from, HoldRow.occupied_until, HoldRow.call_id).where(
            HoldRow.held_until > now, HoldRow.occupied_from < until, HoldRow.occupied_until > since
        )
        if besides is not None:
            holds = holds.where(HoldRow.call_id != besides)
        rows = await self.session.execute(union_all(meetings, holds))
        return [Busy(representative, start, end, str(owner)) for representative, start, end, owner in rows]

    async def loads(self, since: datetime) -> dict[str, int]:
        query = select(MeetingRow.representative_id, func.count()).where(_stands, MeetingRow.start > since)
        rows = await self.session.execute(query.group_by(MeetingRow.representative_id))
        return dict(rows.tuples().all())

    async def meeting(self, meeting_id: UUID) -> Meeting | None:
        row = await self.session.get(MeetingRow, meeting_id)
        return meeting_of(row) if row else None

    async def upcoming(self, lead_id: str, now: datetime) -> Meeting | None:
        query = select(MeetingRow).where(_stands, MeetingRow.lead_id == lead_id, MeetingRow.start > now)
        row = await self.session.scalar(query.order_by(MeetingRow.start).limit(1))
        return meeting_of(row) if row else None

    async def meetings(
        self, since: datetime | None, until: datetime | None, lead_id: str | None, limit: int
    ) -> Sequence[Meeting]:
        query = select(MeetingRow).order_by(MeetingRow.start, MeetingRow.meeting_id).limit(limit)
        if since is not None:
            query = query.where(MeetingRow.start >= since)
        if until is not None:
            query = query.where(MeetingRow.start < until)
        if lead_id is not None:
            query = query.where(MeetingRow.lead_id == lead_id)
        return [meeting_of(row) for row in await self.session.scalars(query)]


class SqlTransaction(SqlCalendar):
    """Reads and changes in one unit of work."""

    def __init__(self, unit: UnitOfWork, insert: Any) -> None:
        super().__init__(unit.session)
        self._unit = unit
        self._insert = insert

    def tell(self, event: Event) -> None:
        self._unit.tell(event)

    async def first_time(self, consumer: Consumer, event: Event) -> bool:
        return await self._unit.first_time(consumer, event)

    async def highest_epoch(self, call_id: UUID, epoch: int, now: datetime) -> int:
        statement = self._insert(CallRow).values(call_id=call_id, epoch=epoch, seen_at=now)
        given = statement.excluded.epoch
        highest = statement.on_conflict_do_update(
            index_elements=[CallRow.call_id],
            set_={"epoch": case((given > CallRow.epoch, given), else_=CallRow.epoch), "seen_at": now},
        ).returning(CallRow.epoch)
        found: int = (await self.session.execute(highest)).scalar_one()
        return found

    async def lock(self, representative_ids: Iterable[str]) -> None:
        mine = AgendaRow.representative_id.in_(list(representative_ids))
        await self.session.execute(
            select(AgendaRow.representative_id).where(mine).order_by(AgendaRow.representative_id).with_for_update()
        )

    async def meeting(self, meeting_id: UUID) -> Meeting | None:
        row = await self.session.get(MeetingRow, meeting_id, with_for_update=True)
        return meeting_of(row) if row else None

    async def holds(self, call_id: UUID) -> list[Hold]:
        rows = await self.session.scalars(select(HoldRow).where(HoldRow.call_id == call_id).order_by(HoldRow.start))
        return [hold_of(row) for row in rows]

    async def hold(self, holds: Iterable[Hold]) -> None:
        statement = self._insert(HoldRow).values([hold_values(each) for each in holds])
        renewed = {name: statement.excluded[name] for name in _RENEWED}
        await self.session.execute(
            statement.on_conflict_do_update(index_elements=[HoldRow.call_id, HoldRow.slot_id], set_=renewed)
        )

    async def release(self, call_id: UUID, now: datetime, slot_ids: Iterable[str] | None = None) -> None:
        statement = update(HoldRow).where(HoldRow.call_id == call_id, HoldRow.held_until > now)
        if slot_ids is not None:
            statement = statement.where(HoldRow.slot_id.in_(list(slot_ids)))
        await self.session.execute(statement.values(held_until=now))

    async def standing_in(self, call_id: UUID) -> Meeting | None:
        row = await self.session.scalar(select(MeetingRow).where(_stands, MeetingRow.call_id == call_id).limit(1))
        return meeting_of(row) if row else None

    async def add_meeting(self, meeting: Meeting) -> None:
        self.session.add(MeetingRow(**meeting_values(meeting)))
        await self._guarded_flush()

    async def change_meeting(self, meeting: Meeting) -> None:
        await self.session.merge(MeetingRow(**meeting_values(meeting)))
        await self._guarded_flush()

    async def add_callback(self, callback: Callback) -> bool:
        if await self.session.get(CallbackRow, callback.callback_id) is not None:
            return False
        self.session.add(CallbackRow(**callback_values(callback)))
        await self.session.flush()
        return True

    async def change_callback(self, callback: Callback) -> None:
        await self.session.merge(CallbackRow(**callback_values(callback)))

    async def pending_callbacks(self, lead_id: str) -> list[Callback]:
        query = select(CallbackRow).where(_pending, CallbackRow.lead_id == lead_id)
        return [callback_of(row) for row in await self.session.scalars(query.with_for_update())]

    async def due_callbacks(self, now: datetime, limit: int) -> list[Callback]:
        query = select(CallbackRow).where(_pending, CallbackRow.due_at <= now).order_by(CallbackRow.due_at)
        rows = await self.session.scalars(query.limit(limit).with_for_update(skip_locked=True))
        return [callback_of(row) for row in rows]

    async def opt_out(self, lead_id: str, now: datetime) -> None:
        statement = self._insert(OptOutRow).values(lead_id=lead_id, opted_out_at=now)
        await self.session.execute(statement.on_conflict_do_nothing())

    async def opted_out(self, lead_ids: Iterable[str]) -> set[str]:
        query = select(OptOutRow.lead_id).where(OptOutRow.lead_id.in_(list(lead_ids)))
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
        self._insert = sqlite.insert if units.database.is_sqlite else postgresql.insert

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        async with self._units.begin() as unit:
            yield SqlTransaction(unit, self._insert)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlCalendar]:
        async with self._units.reading() as session:
            yield SqlCalendar(session)

    async def any_due(self, now: datetime) -> bool:
        async with self._units.reading() as session:
            return bool(await session.scalar(select(exists().where(_pending, CallbackRow.due_at <= now))))

    async def enrol(self, representative_ids: Iterable[str]) -> None:
        """Give each representative the row that is locked to take that person's time."""
        rows = [{"representative_id": each} for each in representative_ids]
        async with self._units.begin() as unit:
            await unit.session.execute(self._insert(AgendaRow).values(rows).on_conflict_do_nothing())
