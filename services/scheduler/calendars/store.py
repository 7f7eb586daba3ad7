"""Tasks and watches of calendars in the store: a task is made in the transaction of the change it is made for."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from services.scheduler.calendars.tables import (
    CalendarTaskRow,
    CalendarWatchRow,
    task_of,
    task_values,
    watch_of,
)
from services.scheduler.domain.calendar_task import CalendarTask, TaskStatus, Watch
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.tables import MeetingRow, meeting_of

_pending = CalendarTaskRow.status == TaskStatus.PENDING.value


def due(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Pending, its time has come, and nobody is at it."""
    unclaimed = or_(CalendarTaskRow.claimed_until.is_(None), CalendarTaskRow.claimed_until <= now)
    return (_pending, CalendarTaskRow.attempt_at <= now, unclaimed)


ANY_DUE = select(exists().where(*due(bindparam("now"))))


class SqlCalendarNotes:
    """Reads them in one transaction."""

    session: AsyncSession

    async def calendar_tasks(
        self, status: TaskStatus | None = None, meeting_id: UUID | None = None, limit: int = 100
    ) -> Sequence[CalendarTask]:
        query = select(CalendarTaskRow).order_by(CalendarTaskRow.created_at.desc(), CalendarTaskRow.meeting_id)
        if status is not None:
            query = query.where(CalendarTaskRow.status == status.value)
        if meeting_id is not None:
            query = query.where(CalendarTaskRow.meeting_id == meeting_id)
        return [task_of(row) for row in await self.session.scalars(query.limit(limit))]

    async def entered(self, representative_id: str, account: str, now: datetime) -> Sequence[CalendarTask]:
        same = and_(
            MeetingRow.meeting_id == CalendarTaskRow.meeting_id,
            MeetingRow.representative_id == CalendarTaskRow.representative_id,
        )
        query = select(CalendarTaskRow).join(MeetingRow, same)
        query = query.where(
            CalendarTaskRow.representative_id == representative_id,
            CalendarTaskRow.account == account,
            CalendarTaskRow.status == TaskStatus.DONE.value,
            MeetingRow.status == MeetingStatus.BOOKED.value,
            MeetingRow.end > now,
        )
        return [task_of(row) for row in await self.session.scalars(query)]

    async def watches(self) -> Sequence[Watch]:
        query = select(CalendarWatchRow).order_by(CalendarWatchRow.representative_id)
        return [watch_of(row) for row in await self.session.scalars(query)]


class SqlCalendarDuties(SqlCalendarNotes):
    """Changes them in one transaction."""

    async def calendar_task(self, meeting_id: UUID, representative_id: str) -> CalendarTask | None:
        key = {"meeting_id": meeting_id, "representative_id": representative_id}
        row = await self.session.get(CalendarTaskRow, key, with_for_update=True, populate_existing=True)
        return task_of(row) if row else None

    async def put_calendar_task(self, task: CalendarTask) -> None:
        await self.session.merge(CalendarTaskRow(**task_values(task)))
        await self.session.flush()

    async def claim_calendar_task(self, now: datetime) -> CalendarTask | None:
        query = select(CalendarTaskRow).where(*due(now)).order_by(CalendarTaskRow.attempt_at)
        row = await self.session.scalar(query.limit(1).with_for_update(skip_locked=True))
        return task_of(row) if row else None

    async def forget_calendar_tasks(self, before: datetime) -> None:
        over = select(MeetingRow.meeting_id).where(MeetingRow.end < before)
        await self.session.execute(delete(CalendarTaskRow).where(~_pending, CalendarTaskRow.meeting_id.in_(over)))

    async def unentered(self, representative_id: str, account: str, now: datetime) -> Sequence[Meeting]:
        told = exists().where(
            CalendarTaskRow.meeting_id == MeetingRow.meeting_id,
            CalendarTaskRow.representative_id == representative_id,
            CalendarTaskRow.account == account,
        )
        stands = MeetingRow.status == MeetingStatus.BOOKED.value
        mine = MeetingRow.representative_id == representative_id
        query = select(MeetingRow).where(stands, mine, MeetingRow.end > now, ~told).order_by(MeetingRow.start)
        return [meeting_of(row) for row in await self.session.scalars(query)]

    async def watch(self, first: Watch) -> Watch:
        insert: Any = sqlite.insert if self.session.get_bind().dialect.name == "sqlite" else postgresql.insert
        await self.session.execute(insert(CalendarWatchRow).values(asdict(first)).on_conflict_do_nothing())
        query = select(CalendarWatchRow).where(CalendarWatchRow.representative_id == first.representative_id)
        found = await self.session.scalars(query.with_for_update().execution_options(populate_existing=True))
        return watch_of(found.one())

    async def put_watch(self, watch: Watch) -> None:
        await self.session.merge(CalendarWatchRow(**asdict(watch)))
        await self.session.flush()
