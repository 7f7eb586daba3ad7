"""Representatives' own calendars over HTTP: whether they answer, what is still to be written, and what never was."""

from collections import Counter
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, SecretStr

from services.runtime.clock import Clock
from services.runtime.errors import NotFound
from services.runtime.security import guarded
from services.scheduler.domain.calendar_task import TaskStatus
from services.scheduler.ports import Ledger
from services.scheduler.roster import Roster

_COUNTED = 10_000


class CalendarView(BaseModel):
    """A representative's calendar. `problem` is why it could not be read, or what was wrong with it."""

    representative_id: str
    kind: str
    looked_at: datetime | None = None
    problem: str | None = None
    pending: int = 0
    failed: int = 0


class CalendarTaskView(BaseModel):
    """A meeting that a calendar is to show, or no longer to show. `reason` is why that has not been done."""

    model_config = ConfigDict(from_attributes=True)

    meeting_id: UUID
    representative_id: str
    status: TaskStatus
    reason: str | None
    attempts: int
    attempt_at: datetime
    created_at: datetime
    done_at: datetime | None


def router(ledger: Ledger, roster: Roster, clock: Clock, token: SecretStr | None) -> APIRouter:
    """Every route, guarded."""
    routes = APIRouter(tags=["scheduler"], dependencies=guarded(token))

    @routes.get("/calendars")
    async def calendars() -> list[CalendarView]:
        """Everybody's calendar. `built_in`: none but ours."""
        async with ledger.reading() as reading:
            people = (await roster.offering(reading)).team.representatives
            watches = {each.representative_id: each for each in await reading.watches()}
            pending = Counter(
                each.representative_id for each in await reading.calendar_tasks(TaskStatus.PENDING, limit=_COUNTED)
            )
            failed = Counter(
                each.representative_id for each in await reading.calendar_tasks(TaskStatus.FAILED, limit=_COUNTED)
            )
        found = []
        for one in people:
            access, watch = one.own_calendar, watches.get(one.id)
            view = CalendarView(representative_id=one.id, kind=access.kind if access else "built_in")
            if access is not None:
                view.pending, view.failed = pending[one.id], failed[one.id]
                if watch is not None and watch.account == access.account:
                    view.looked_at, view.problem = watch.looked_at, watch.problem
            found.append(view)
        return found

    @routes.get("/calendars/tasks")
    async def tasks(
        status: TaskStatus | None = None,
        meeting_id: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[CalendarTaskView]:
        """What calendars were told, the newest first. `status=failed`: what was tried for a day in vain."""
        async with ledger.reading() as reading:
            found = await reading.calendar_tasks(status, meeting_id, limit)
        return [CalendarTaskView.model_validate(each) for each in found]

    @routes.post("/calendars/tasks/{meeting_id}/retry", status_code=202)
    async def retry(meeting_id: UUID) -> list[CalendarTaskView]:
        """Try once more, for another day, to write a meeting whose tasks have failed."""
        async with ledger.begin() as transaction:
            failed = await transaction.calendar_tasks(TaskStatus.FAILED, meeting_id)
            if not failed:
                raise NotFound(f"no calendar task of meeting {meeting_id} has failed; see GET /calendars/tasks")
            again = [each.again(clock.now()) for each in failed]
            for each in again:
                await transaction.put_calendar_task(each)
        return [CalendarTaskView.model_validate(each) for each in again]

    return routes
