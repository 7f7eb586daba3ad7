"""What the API shows, and how it says no."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from contracts.requests import RefusalReason, Refused
from contracts.values import Day, LeadFacts
from services.runtime.problems import problem
from services.scheduler.domain.meeting import MeetingStatus
from services.scheduler.domain.representative import Representative

_STATUS = {
    RefusalReason.INVALID: (422, "invalid"),
    RefusalReason.NOT_FOUND: (404, "not-found"),
    RefusalReason.CHANGED: (412, "changed"),
    RefusalReason.UNAVAILABLE: (503, "unavailable"),
}
_CONFLICT = (409, "refused")
PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"description": "Refused: `reason` says why, `alternatives` what to take instead"},
    412: {"description": "Changed since: the meeting is not the one of `If-Match` any more"},
}


class MeetingView(BaseModel):
    """A meeting."""

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
    sequence: int
    """How often it was changed; the number in its ETag."""


class MeetingPage(BaseModel):
    """Meetings in order of their start. `next_cursor` asks for the next ones, if there are more."""

    items: list[MeetingView]
    next_cursor: str | None


class RepresentativeView(Representative):
    """Who takes meetings, and whether the file or the database says so."""

    source: Literal["file", "database"]


class Removed(BaseModel):
    """Somebody who takes no meetings any more, and the first of those that still stand, for somebody to move."""

    representative_id: str
    meetings: list[MeetingView]


class DaysOffBody(BaseModel):
    """Days without meetings, the first and the last included. Without `last` it is one day."""

    model_config = ConfigDict(extra="forbid")

    first: Day
    last: Day | None = None
    reason: str | None = None


def no(refused: Refused, **fields: str) -> JSONResponse:
    """A typed refusal as problem+json. `fields` are the names that this route has for parts of a request."""
    status, slug = _STATUS.get(refused.reason, _CONFLICT)
    more = {"field": fields.get(refused.field, refused.field)} if refused.field else {}
    alternatives = [each.model_dump(mode="json") for each in refused.alternatives]
    return problem(status, slug, refused.detail, reason=refused.reason.value, alternatives=alternatives, **more)
