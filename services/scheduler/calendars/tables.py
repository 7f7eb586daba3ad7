"""The tables of what calendars are to be told, and of how far they have been read."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.scheduler.domain.calendar_task import CalendarTask, TaskStatus, Watch
from services.scheduler.tables import Base

_PENDING = text("status = 'pending'")


class CalendarTaskRow(Base):
    """One row for a meeting in a calendar. It outlives the task: it says that the calendar shows the meeting."""

    __tablename__ = "calendar_tasks"
    __table_args__ = (
        Index("ix_calendar_tasks_attempt_at", "attempt_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("ix_calendar_tasks_representative_id", "representative_id"),
        Index("ix_calendar_tasks_created_at", "created_at"),
    )

    meeting_id: Mapped[UUID] = mapped_column(primary_key=True)
    representative_id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime]
    attempt_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]
    written: Mapped[int]


class CalendarWatchRow(Base):
    """How far the calendar of a representative has been read."""

    __tablename__ = "calendar_watches"

    representative_id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    look_at: Mapped[datetime]
    cursor: Mapped[str | None] = mapped_column(Text)
    looked_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Text)


def task_of(row: CalendarTaskRow) -> CalendarTask:
    found = {each.name: getattr(row, each.name) for each in fields(CalendarTask)}
    return CalendarTask(**found | {"status": TaskStatus(row.status)})


def task_values(task: CalendarTask) -> dict[str, Any]:
    return asdict(task) | {"status": task.status.value}


def watch_of(row: CalendarWatchRow) -> Watch:
    return Watch(**{each.name: getattr(row, each.name) for each in fields(Watch)})
