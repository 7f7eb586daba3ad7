"""Free slots and meetings over HTTP."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from contracts import requests
from contracts.requests import BookByHand, Cancel, FindSlots, Refused, Reschedule
from contracts.values import Instant, LeadFacts, LeadId, TimeWindow
from services.runtime.clock import ISRAEL, Clock
from services.runtime.errors import InvalidMessage, NotFound
from services.runtime.security import guarded
from services.scheduler.api.views import PROBLEMS, MeetingPage, MeetingView, no
from services.scheduler.desk import BookingDesk
from services.scheduler.domain.meeting import Meeting
from services.scheduler.domain.representative import RepresentativeId
from services.scheduler.domain.slot import slot_id_of
from services.scheduler.domain.wish import read_wish
from services.scheduler.ports import Ledger, MeetingFilter

WISH = "When: `2026-11-25`, `2026-11-25/afternoon`, `2026-11-25T10:00/2026-11-25T14:00`, `wednesday`, `רביעי/בוקר`"


class _Place(BaseModel):
    """Where in the calendar: a slot from GET /slots, or a moment (and whose)."""

    model_config = ConfigDict(extra="forbid")

    slot_id: str | None = None
    start: Instant | None = None
    representative_id: RepresentativeId | None = None

    def named(self, representative_id: str | None) -> str:
        """The slot's name. Raises InvalidMessage if it is not said, or said twice."""
        whose = self.representative_id or representative_id
        if self.slot_id is not None and (self.start is not None or self.representative_id is not None):
            raise InvalidMessage("give either `slot_id` or `start`", field="body.slot_id")
        if self.slot_id is not None:
            return self.slot_id
        if self.start is None:
            raise InvalidMessage("give `slot_id` (from GET /slots) or `start`", field="body.start")
        if whose is None:
            raise InvalidMessage("whose time? GET /representatives lists them", field="body.representative_id")
        return slot_id_of(whose, self.start)


class NewMeeting(_Place):
    """A meeting that a person books."""

    lead: LeadFacts
    lead_id: LeadId | None = None
    """Left out: made of the phone number."""
    phone: str | None = None
    """As people write it."""
    minutes: int | None = Field(default=None, ge=5, le=480)
    another: bool = False
    """True: besides a meeting of this lead that stands already."""


class NewTime(_Place):
    """Another time for a meeting; without `representative_id` with the same person."""


IfMatch = Annotated[
    str | None, Header(description="The ETag of the meeting as you saw it: if it was changed since, nothing happens")
]
_ETAG = re.compile(r'^(?:W/)?"(\d{1,9})"$')


def router(ledger: Ledger, desk: BookingDesk, clock: Clock, token: SecretStr | None) -> APIRouter:
    """Every route, guarded."""
    routes = APIRouter(tags=["scheduler"], dependencies=guarded(token))

    @routes.get("/slots", response_model=list[requests.Slot])
    async def slots(
        wish: Annotated[str | None, Query(description=WISH)] = None,
        minutes: Annotated[int | None, Query(ge=5, le=480)] = None,
        representative: RepresentativeId | None = None,
        not_before: Instant | None = None,
        not_on: Annotated[list[str], Query(max_length=20, description="Not then; written like a wish")] = [],  # noqa: B006
        count: Annotated[int, Query(ge=1, le=50)] = 3,
    ) -> tuple[requests.Slot, ...] | JSONResponse:
        """Good slots for a wish, or the nearest. Nothing is held."""
        window = _window(wish, "wish", clock) if wish else None
        never = tuple(_window(each, "not_on", clock) for each in not_on)
        asked = {"not_before": not_before, "not_on": never, "count": count, "meeting_minutes": minutes}
        found = await desk.find_slots(FindSlots(wish=window, representative_id=representative, **asked))
        return no(found, meeting_minutes="minutes") if isinstance(found, Refused) else found.slots

    @routes.get("/meetings")
    async def meetings(
        start: Instant | None = None,
        end: Instant | None = None,
        representative: str | None = None,
        lead: str | None = None,
        include_cancelled: bool = False,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: str | None = None,
    ) -> MeetingPage:
        """Meetings that begin from `start` until before `end`, in order of time."""
        if start is not None and end is not None and end < start:
            raise InvalidMessage("`end` lies before `start`; swap them", field="end")
        only = MeetingFilter(start, end, representative, lead, include_cancelled)
        try:
            found, further = await desk.page(only, limit, cursor)
        except ValueError as error:
            raise InvalidMessage(str(error), field="cursor") from error
        return MeetingPage(items=[MeetingView.model_validate(each) for each in found], next_cursor=further)

    @routes.get("/meetings/{meeting_id}")
    async def meeting(meeting_id: UUID, response: Response) -> MeetingView:
        """One meeting. Its ETag is what `If-Match` takes."""
        return await shown(meeting_id, response)

    @routes.post("/meetings", status_code=201, response_model=MeetingView, responses=PROBLEMS)
    async def book(
        new: NewMeeting,
        response: Response,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    ) -> MeetingView | JSONResponse:
        """Book a free slot by hand. The same Idempotency-Key again gives the same meeting."""
        reply = await desk.book_by_hand(
            BookByHand(
                slot_id=new.named(None),
                lead=new.lead,
                lead_id=new.lead_id,
                phone=new.phone,
                meeting_minutes=new.minutes,
                key=idempotency_key,
                another=new.another,
            )
        )
        if isinstance(reply, Refused):
            return no(reply, key="Idempotency-Key", phone="body.phone", slot_id="body.slot_id")
        return await shown(reply.meeting.meeting_id, response)

    @routes.patch("/meetings/{meeting_id}", response_model=MeetingView, responses=PROBLEMS)
    async def move(
        meeting_id: UUID, to: NewTime, response: Response, if_match: IfMatch = None
    ) -> MeetingView | JSONResponse:
        """Move a meeting. It keeps its length."""
        sequence = _sequence(if_match)
        slot_id = to.named((await _meeting(ledger, meeting_id)).representative_id)
        reply = await desk.reschedule(Reschedule(meeting_id=meeting_id, slot_id=slot_id, sequence=sequence))
        if isinstance(reply, Refused):
            return no(reply, slot_id="body.slot_id")
        return await shown(meeting_id, response)

    @routes.delete("/meetings/{meeting_id}", response_model=MeetingView, responses=PROBLEMS)
    async def cancel(
        meeting_id: UUID, response: Response, reason: str | None = None, if_match: IfMatch = None
    ) -> MeetingView | JSONResponse:
        """Cancel a meeting; one that is cancelled already stays so."""
        reply = await desk.cancel(Cancel(meeting_id=meeting_id, reason=reason, sequence=_sequence(if_match)))
        if isinstance(reply, Refused):
            return no(reply)
        return await shown(meeting_id, response)

    async def shown(meeting_id: UUID, response: Response) -> MeetingView:
        found = await _meeting(ledger, meeting_id)
        response.headers["ETag"] = f'"{found.sequence}"'
        return MeetingView.model_validate(found)

    return routes


def _window(written: str, field: str, clock: Clock) -> TimeWindow:
    """The time that is meant. Raises InvalidMessage that says how times are written."""
    try:
        return read_wish(written, clock.now(), ISRAEL)
    except ValueError as error:
        raise InvalidMessage(str(error), field=field) from error


def _sequence(if_match: str | None) -> int | None:
    """The change of the meeting that was seen; None for any. Raises InvalidMessage if it is no ETag of ours."""
    if if_match is None or if_match.strip() == "*":
        return None
    if not (found := _ETAG.match(if_match.strip())):
        raise InvalidMessage('`If-Match` is the ETag of one meeting, such as "2"', field="If-Match")
    return int(found[1])


async def _meeting(ledger: Ledger, meeting_id: UUID) -> Meeting:
    async with ledger.reading() as calendar:
        found = await calendar.meeting(meeting_id)
    if found is None:
        raise NotFound(f"there is no meeting {meeting_id}; list them at GET /meetings")
    return found
