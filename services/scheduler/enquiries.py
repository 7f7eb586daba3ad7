"""What can be asked without a call, and changes nothing: free times, and meetings."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from contracts.requests import (
    Booked,
    FindSlots,
    ListedMeeting,
    ListMeetings,
    MeetingsListed,
    Refused,
    SlotsFound,
)
from contracts.values import TimeWindow
from services.runtime.clock import Clock
from services.scheduler.domain import refusal
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.slot import Wish, parse_slot_id
from services.scheduler.outside import Outside
from services.scheduler.ports import Ledger, MeetingFilter
from services.scheduler.roster import Roster

_CURSOR = re.compile(r"^(\d{8}T\d{6})Z-([0-9a-f]{32})$")
_STAMP = "%Y%m%dT%H%M%S"


class Enquiries:
    """Reads only; nothing is held for anybody."""

    def __init__(self, ledger: Ledger, roster: Roster, outside: Outside, clock: Clock) -> None:
        self._ledger = ledger
        self._roster = roster
        self._outside = outside
        self._clock = clock

    async def find_slots(self, request: FindSlots) -> SlotsFound | Refused:
        """Good slots for a wish, or the nearest; none if nobody is free within the horizon."""
        wish = Wish(
            window=request.wish,
            not_before=request.not_before,
            not_on=request.not_on,
            count=request.count,
            minutes=request.meeting_minutes,
            representative_id=request.representative_id,
        )
        if why := wish.impossible:
            return refusal.invalid(why, "meeting_minutes")
        outside = await self._outside.before_offering()
        async with self._ledger.reading() as calendar:
            offering = await self._roster.offering(calendar)
            if wish.representative_id is not None and wish.representative_id not in offering.representatives:
                known = ", ".join(offering.representatives)
                return refusal.not_found(f"there is no representative {wish.representative_id}; there are {known}")
            moving = await calendar.meeting(request.meeting_id) if request.meeting_id else None
            if request.meeting_id and (moving is None or moving.status is MeetingStatus.CANCELLED):
                return refusal.no_meeting(request.meeting_id)
            found = await offering.find(calendar, wish, self._clock.now(), moving=moving, outside=outside)
        return SlotsFound(slots=tuple(offering.shown(slot) for slot in found))

    async def list_meetings(self, request: ListMeetings) -> MeetingsListed | Refused:
        """The meetings that begin within a window, in order of their start."""
        only = MeetingFilter(
            since=request.window.start,
            until=request.window.end,
            representative_id=request.representative_id,
            lead_id=request.lead_id,
            include_cancelled=request.include_cancelled,
        )
        try:
            meetings, cursor = await self.page(only, request.limit, request.cursor)
        except ValueError as error:
            return refusal.invalid(str(error), "cursor")
        return MeetingsListed(meetings=tuple(_listed(each) for each in meetings), next_cursor=cursor)

    async def page(self, only: MeetingFilter, limit: int, cursor: str | None) -> tuple[Sequence[Meeting], str | None]:
        """One page of meetings, and where the next one begins. Raises ValueError if the cursor is none of ours."""
        place = _place(cursor) if cursor else None
        async with self._ledger.reading() as calendar:
            found = await calendar.meetings(only if place is None else only.continued(place), limit + 1)
        more = len(found) > limit
        return found[:limit], _cursor(found[limit - 1]) if more else None

    async def with_alternatives(
        self, reply: Booked | Refused, slot_id: str, *, minutes: int | None = None, meeting_id: UUID | None = None
    ) -> Booked | Refused:
        """A refusal that other slots can mend carries some, near the one refused; they are held for nobody."""
        if isinstance(reply, Booked) or reply.reason not in refusal.MENDED_BY_OTHER_SLOTS:
            return reply
        named = parse_slot_id(slot_id)
        wish = named and TimeWindow(start=named[1], end=named[1])
        found = await self.find_slots(FindSlots(wish=wish, meeting_minutes=minutes, meeting_id=meeting_id))
        return reply if isinstance(found, Refused) else reply.model_copy(update={"alternatives": found.slots})


def _listed(meeting: Meeting) -> ListedMeeting:
    return ListedMeeting(
        meeting=meeting.facts,
        lead_id=meeting.lead_id,
        lead=meeting.lead,
        call_id=meeting.call_id,
        cancelled=meeting.status is MeetingStatus.CANCELLED,
        sequence=meeting.sequence,
    )


def _cursor(last: Meeting) -> str:
    return f"{last.start.astimezone(UTC).strftime(_STAMP)}Z-{last.meeting_id.hex}"


def _place(cursor: str) -> tuple[datetime, UUID]:
    if not (found := _CURSOR.match(cursor)):
        raise ValueError("this is no cursor of ours; leave it out to begin at the first page")
    return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC), UUID(found[2])
