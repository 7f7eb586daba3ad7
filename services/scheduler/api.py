"""The scheduler over HTTP: free slots, meetings, and who takes them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr, ValidationError

from contracts import requests
from contracts.requests import Cancel, RefusalReason
from contracts.values import LeadFacts, TimeWindow
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, NotFound, Unavailable
from services.runtime.security import guarded
from services.scheduler.desk import BookingDesk
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.slot import Wish
from services.scheduler.offering import Offering
from services.scheduler.ports import Ledger


class MeetingView(BaseModel):
    """A meeting as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    meeting_id: UUID
    status: MeetingStatus
    reason: str | None
    lead_id: str
    call_id: UUID | None
    slot_id: str
    representative_id: str
    representative_name: str
    time_zone: str
    start: datetime
    end: datetime
    lead: LeadFacts
    phone: str | None
    booked_at: datetime


class RepresentativeView(BaseModel):
    """Who takes meetings."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    email: str
    time_zone: str
    meeting_minutes: int
    weight: float


def router(ledger: Ledger, offering: Offering, desk: BookingDesk, clock: Clock, token: SecretStr | None) -> APIRouter:
    """Every route, guarded."""
    routes = APIRouter(tags=["scheduler"], dependencies=guarded(token))

    @routes.get("/slots")
    async def slots(
        start: AwareDatetime | None = None,
        end: AwareDatetime | None = None,
        count: Annotated[int, Query(ge=1, le=50)] = 2,
    ) -> list[requests.Slot]:
        """Good slots between `start` and `end` (only `start`: that moment), or the nearest. Nothing is held."""
        wish = Wish(window=_window(start, end), count=count)
        async with ledger.reading() as calendar:
            found = await offering.find(calendar, wish, clock.now())
        return [offering.shown(slot) for slot in found]

    @routes.get("/meetings")
    async def meetings(
        start: AwareDatetime | None = None,
        end: AwareDatetime | None = None,
        lead_id: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[MeetingView]:
        """Meetings that start in the span, in order of time."""
        async with ledger.reading() as calendar:
            return [MeetingView.model_validate(each) for each in await calendar.meetings(start, end, lead_id, limit)]

    @routes.get("/meetings/{meeting_id}")
    async def meeting(meeting_id: UUID) -> MeetingView:
        """One meeting."""
        return MeetingView.model_validate(await _meeting(ledger, meeting_id))

    @routes.delete("/meetings/{meeting_id}")
    async def cancel(meeting_id: UUID, reason: str | None = None) -> MeetingView:
        """Cancel a meeting; one that is cancelled already stays so."""
        reply = await desk.cancel(Cancel(meeting_id=meeting_id, reason=reason))
        if reply.kind == "refused":
            missing = reply.reason is RefusalReason.NOT_FOUND
            raise NotFound(reply.detail) if missing else Unavailable(reply.detail)
        return MeetingView.model_validate(await _meeting(ledger, meeting_id))

    @routes.get("/representatives")
    async def representatives() -> list[RepresentativeView]:
        """Everybody who takes meetings."""
        return [RepresentativeView.model_validate(each) for each in offering.representatives.values()]

    return routes


async def _meeting(ledger: Ledger, meeting_id: UUID) -> Meeting:
    async with ledger.reading() as calendar:
        found = await calendar.meeting(meeting_id)
    if found is None:
        raise NotFound(f"there is no meeting {meeting_id}; list them at GET /meetings")
    return found


def _window(start: datetime | None, end: datetime | None) -> TimeWindow | None:
    if start is None:
        if end is not None:
            raise InvalidMessage("give `start` as well as `end`", field="start")
        return None
    try:
        return TimeWindow(start=start, end=end or start)
    except ValidationError as error:
        raise InvalidMessage("`end` lies before `start`; swap them", field="end") from error
