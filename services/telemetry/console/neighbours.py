"""The other services, asked over NATS as anybody could. A refusal is raised in their own words."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contracts.chat import Answered, Ask, Playbooks, PlaybooksShown, parse_chat
from contracts.control import CampaignStatus, Control, Controlled, parse_controlled
from contracts.reasons import said
from contracts.requests import (
    Booked,
    Cancel,
    Cancelled,
    FindSlots,
    ListedMeeting,
    ListMeetings,
    MeetingsListed,
    Refused,
    Reschedule,
    Slot,
    SlotsFound,
    parse_reply,
)
from contracts.values import MeetingFacts, TimeWindow
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Failure, InvalidMessage, NotFound, Unavailable
from services.runtime.errors import Refused as Refusal

R = TypeVar("R", bound=BaseModel)

ASK_S = 5.0
CLAIM_S = 60.0
"""A campaign may take in a hundred thousand leads before it answers."""
REPLY_S = 30.0
"""A language model may think that long."""
WELL_S = 2.0
_MOMENT = timedelta(seconds=1)


class Neighbours:
    """Requests to dialer, scheduler and conversation. All raise Unavailable if nobody answers, Failure if refused."""

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock

    async def control(self, action: str, operator: str | None = None, **more: Any) -> Controlled:
        """Steer the dialer. Raises InvalidMessage for what cannot be asked."""
        given = {name: value for name, value in more.items() if value is not None}
        request = _made(Control, {"action": action, "operator": operator, **given})
        claims = action in ("create", "start", "resume", "retry")
        return _expected(parse_controlled(await self._ask(request, CLAIM_S if claims else ASK_S)), Controlled)

    async def campaigns(self) -> tuple[CampaignStatus, ...]:
        """Every campaign, newest first."""
        return (await self.control("list")).campaigns

    async def campaign_names(self) -> Mapping[UUID, str]:
        """What every campaign is called, newest first."""
        found = (await self.control("list", brief=True)).campaigns
        return {each.campaign_id: each.plan.name for each in found}

    async def campaign(self, campaign_id: UUID) -> CampaignStatus:
        """One campaign as it stands. Raises NotFound."""
        found = (await self.control("status", campaign_id=campaign_id)).campaigns
        if not found:
            raise NotFound(said("campaign_not_there", campaign=campaign_id))
        return found[0]

    async def meetings(self, window: TimeWindow, *, cancelled: bool) -> list[ListedMeeting]:
        """All meetings that begin within a window."""
        found: list[ListedMeeting] = []
        cursor: str | None = None
        while True:
            request = ListMeetings(window=window, include_cancelled=cancelled, limit=500, cursor=cursor)
            page = _expected(parse_reply(await self._ask(request)), MeetingsListed)
            found += page.meetings
            if (cursor := page.next_cursor) is None:
                return found

    async def slots(self, meeting_id: UUID, wish: TimeWindow | None, count: int) -> tuple[Slot, ...]:
        """Where a meeting could be moved."""
        request = FindSlots(meeting_id=meeting_id, wish=wish, count=count)
        return _expected(parse_reply(await self._ask(request)), SlotsFound).slots

    async def move(self, meeting_id: UUID, slot_id: str, sequence: int | None) -> MeetingFacts:
        """Move a meeting to another slot, unless it was changed since it was seen."""
        request = Reschedule(meeting_id=meeting_id, slot_id=slot_id, sequence=sequence)
        return _expected(parse_reply(await self._ask(request)), Booked).meeting

    async def cancel(self, meeting_id: UUID, reason: str | None, sequence: int | None) -> None:
        """Cancel a meeting, unless it was changed since it was seen."""
        request = Cancel(meeting_id=meeting_id, reason=reason, sequence=sequence)
        _expected(parse_reply(await self._ask(request)), Cancelled)

    async def playbooks(
        self,
        action: Literal["list", "show", "check", "save"],
        name: str | None = None,
        text: str | None = None,
        operator: str | None = None,
    ) -> PlaybooksShown:
        """Read, check or save playbooks. Faults are an answer, not a refusal."""
        request = _made(Playbooks, {"action": action, "name": name, "text": text, "operator": operator})
        return _expected(parse_chat(await self._ask(request)), PlaybooksShown)

    async def reply(self, ask: Ask) -> Answered:
        """What the agent would answer."""
        return _expected(parse_chat(await self._ask(ask, REPLY_S)), Answered)

    async def well(self) -> Mapping[str, float | None]:
        """Milliseconds in which each service answered a question that costs it next to nothing; None: it did not."""
        now = self._clock.now()
        cheap: Mapping[str, BaseModel] = {
            "dialer": Control(action="active_calls"),
            "conversation": Playbooks(action="list"),
            "scheduler": ListMeetings(window=TimeWindow(start=now, end=now + _MOMENT), limit=1),
        }
        waits = await asyncio.gather(*(self._answers_in(request) for request in cheap.values()))
        return dict(zip(cheap, waits, strict=True))

    async def _answers_in(self, request: BaseModel) -> float | None:
        before = self._clock.monotonic()
        try:
            await self._ask(request, WELL_S)
        except Unavailable:
            return None
        return (self._clock.monotonic() - before) * 1000

    async def _ask(self, request: Any, timeout_s: float = ASK_S) -> bytes:
        return await self._broker.ask(request.subject, request.model_dump_json().encode(), timeout_s)


def _made(kind: type[R], fields: Mapping[str, Any]) -> R:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidMessage(_unfit(where, first), field=where) from error


def _unfit(field: str, error: ErrorDetails) -> str:
    bounds = error.get("ctx", {})
    match error["type"]:
        case "string_too_short" | "missing":
            return said("field_empty", field=field)
        case "string_too_long":
            return said("field_too_long", field=field, most=bounds["max_length"])
        case "greater_than_equal":
            return said("field_too_small", field=field, least=f"{bounds['ge']:g}")
        case "less_than_equal":
            return said("field_too_large", field=field, most=f"{bounds['le']:,g}")
        case _:
            return said("field_unfit", field=field, why=error["msg"])


def _expected(reply: BaseModel, kind: type[R]) -> R:
    if isinstance(reply, Refused):
        raise Refusal(reply.detail, field=reply.field)
    if not isinstance(reply, kind):
        raise Failure("the answer is of a kind this version does not know; run the same version everywhere")
    return reply
