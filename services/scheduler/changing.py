"""Moving a meeting and cancelling it: by the agent in a call, within that call's holds and epoch, or without a call."""

from collections.abc import Sequence
from datetime import datetime

from contracts.requests import Booked, Cancel, Cancelled, Refused, Reschedule
from services.runtime.clock import Clock
from services.scheduler.domain import refusal
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.slot import Slot, parse_slot_id
from services.scheduler.enquiries import Enquiries
from services.scheduler.holding import Holding
from services.scheduler.offering import Offering
from services.scheduler.outside import Outside
from services.scheduler.ports import Follower, Ledger, SlotGone, Transaction
from services.scheduler.roster import Roster


class Changing:
    """Changes meetings that stand."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        outside: Outside,
        holding: Holding,
        enquiries: Enquiries,
        clock: Clock,
        followers: Sequence[Follower] = (),
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._outside = outside
        self._holding = holding
        self._enquiries = enquiries
        self._clock = clock
        self._followers = followers

    async def reschedule(self, request: Reschedule) -> Booked | Refused:
        """Move a meeting to a slot offered in the call, or, without a call, to any free one."""
        lead_id = ""
        outside = await self._outside.before_booking(request.slot_id)
        try:
            async with self._ledger.begin() as transaction:
                now = self._clock.now()
                if stale := await self._holding.stale(transaction, request.call_id, request.epoch, now):
                    return stale
                meeting = await transaction.meeting(request.meeting_id)
                if meeting is None or meeting.status is MeetingStatus.CANCELLED:
                    return refusal.no_meeting(request.meeting_id)
                lead_id = meeting.lead_id
                reply = await self._move(transaction, request, meeting, outside, now)
        except SlotGone:
            reply = refusal.taken()
        if request.call_id is None or request.epoch is None:
            return await self._enquiries.with_alternatives(reply, request.slot_id, meeting_id=request.meeting_id)
        return await self._holding.with_alternatives(
            reply, request.call_id, lead_id, request.epoch, request.slot_id, request.meeting_id
        )

    async def cancel(self, request: Cancel) -> Cancelled | Refused:
        """Cancel a meeting. One that is cancelled already stays so, and nothing is told again."""
        async with self._ledger.begin() as transaction:
            now = self._clock.now()
            if stale := await self._holding.stale(transaction, request.call_id, request.epoch, now):
                return stale
            meeting = await transaction.meeting(request.meeting_id)
            if meeting is None:
                return refusal.no_meeting(request.meeting_id)
            if meeting.status is not MeetingStatus.CANCELLED:
                if _changed(meeting, request):
                    return refusal.changed(meeting)
                cancelled = meeting.cancelled(request.reason, now)
                await self._change(transaction, cancelled, meeting, now)
                transaction.tell(cancelled.cancelled_fact(now, request.call_id))
        return Cancelled(meeting_id=request.meeting_id)

    async def _move(
        self,
        transaction: Transaction,
        request: Reschedule,
        meeting: Meeting,
        outside: Sequence[Busy],
        now: datetime,
    ) -> Booked | Refused:
        if meeting.slot_id == request.slot_id:
            return Booked(meeting=meeting.facts)  # asked again, or twice at once
        if _changed(meeting, request):
            return refusal.changed(meeting)
        offering = await self._roster.offering(transaction)
        if request.call_id is not None:
            slot = await self._holding.bookable(
                transaction, offering, request.call_id, request.slot_id, now, outside, moving=meeting
            )
        else:
            slot = await self._any_free(transaction, offering, request.slot_id, meeting, outside, now)
        if isinstance(slot, Refused):
            return slot
        moved = meeting.moved(slot, offering.representatives[slot.representative_id], now)
        await self._change(transaction, moved, meeting, now)
        if request.call_id is not None:
            await transaction.release(request.call_id, now)
        transaction.tell(moved.rescheduled_fact(now, meeting.start, request.call_id))
        return Booked(meeting=moved.facts)

    async def _change(self, transaction: Transaction, meeting: Meeting, previous: Meeting, now: datetime) -> None:
        await transaction.change_meeting(meeting)
        for follower in self._followers:
            await follower.changed(transaction, meeting, previous, now)

    async def _any_free(
        self,
        transaction: Transaction,
        offering: Offering,
        slot_id: str,
        meeting: Meeting,
        outside: Sequence[Busy],
        now: datetime,
    ) -> Slot | Refused:
        """The named slot, as long as the meeting is."""
        named = parse_slot_id(slot_id)
        if named is None:
            return refusal.no_such_slot(slot_id)
        await transaction.lock([named[0]])
        slot = await offering.exactly(
            transaction, slot_id, named[1], now, minutes=meeting.minutes, moving=meeting, outside=outside
        )
        return slot or refusal.taken()


def _changed(meeting: Meeting, request: Reschedule | Cancel) -> bool:
    """Whether somebody changed the meeting since the asker looked at it."""
    return request.sequence is not None and request.sequence != meeting.sequence
