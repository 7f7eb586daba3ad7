"""Offering, booking, moving and cancelling: each one transaction, each answered while a caller waits.

A booking cannot lie: a slot is booked only if it was offered in this call, and nobody else holds or has it. A hold
that has lapsed is no reason to refuse: if the slot is still free it is booked all the same. Every request of a
call carries the epoch of the worker that asks; a worker that was superseded is refused.
"""

from datetime import datetime
from uuid import UUID

import uuid_utils.compat

from contracts.requests import (
    Book,
    Booked,
    Cancel,
    Cancelled,
    OfferSlots,
    RefusalReason,
    Refused,
    Reschedule,
    SlotsOffered,
)
from contracts.values import TimeWindow
from services.runtime.clock import Clock
from services.scheduler.domain.hold import Hold, held_until, surplus
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.slot import Slot, Wish, parse_slot_id
from services.scheduler.offering import Offering
from services.scheduler.ports import Ledger, SlotGone, Transaction

_MINUTES = range(5, 481)
_OFFER_AGAIN = {RefusalReason.NOT_OFFERED, RefusalReason.EXPIRED, RefusalReason.TAKEN}
_NO_SLOTS = "nobody is free within the booking horizon; offer a callback, or widen the hours or the horizon"


class BookingDesk:
    """Answers the four requests."""

    def __init__(self, ledger: Ledger, offering: Offering, clock: Clock, max_call_s: float) -> None:
        self._ledger = ledger
        self._offering = offering
        self._clock = clock
        self._max_call_s = max_call_s

    async def offer(self, request: OfferSlots) -> SlotsOffered | Refused:
        """Find slots for a wish and hold them for the call. The same wish again gives the same slots."""
        if request.meeting_minutes is not None and request.meeting_minutes not in _MINUTES:
            return Refused(reason=RefusalReason.INVALID, detail="meeting_minutes lies between 5 and 480")
        wish = Wish(
            window=request.wish,
            not_before=request.not_before,
            exclude=frozenset(request.exclude),
            count=request.count,
            minutes=request.meeting_minutes,
        )
        now = self._clock.now()
        async with self._ledger.begin() as transaction:
            if stale := await self._stale(transaction, request.call_id, request.epoch, now):
                return stale
            known = await transaction.holds(request.call_id)
            holds = [each for each in known if each.wish_key == wish.key and each.active(now)]
            if len(holds) < wish.count:  # nothing yet, or a later wish has taken part of it over
                holds = await self._hold(transaction, request, wish, known, now)
        if not holds:
            return Refused(reason=RefusalReason.NO_SLOTS, detail=_NO_SLOTS)
        return SlotsOffered(
            slots=tuple(self._offering.shown(slot) for slot in sorted((h.slot for h in holds), key=wish.order)),
            held_until=min(each.held_until for each in holds),
        )

    async def book(self, request: Book) -> Booked | Refused:
        """Book a slot that was offered in the call. The same slot again gives the same meeting."""
        try:
            async with self._ledger.begin() as transaction:
                reply = await self._book(transaction, request, self._clock.now())
        except SlotGone:
            reply = _taken()
        return await self._with_alternatives(reply, request.call_id, request.lead_id, request.epoch, request.slot_id)

    async def reschedule(self, request: Reschedule) -> Booked | Refused:
        """Move a meeting to a slot offered in the call, or, without a call, to any free one."""
        lead_id: str | None = None
        try:
            async with self._ledger.begin() as transaction:
                now = self._clock.now()
                if stale := await self._stale(transaction, request.call_id, request.epoch, now):
                    return stale
                meeting = await transaction.meeting(request.meeting_id)
                if meeting is None or meeting.status is MeetingStatus.CANCELLED:
                    return _no_meeting(request.meeting_id)
                lead_id = meeting.lead_id
                reply = await self._move(transaction, request, meeting, now)
        except SlotGone:
            reply = _taken()
        if request.call_id is None or request.epoch is None or lead_id is None:
            return reply
        return await self._with_alternatives(reply, request.call_id, lead_id, request.epoch, request.slot_id)

    async def cancel(self, request: Cancel) -> Cancelled | Refused:
        """Cancel a meeting. One that is cancelled already stays so, and nothing is told again."""
        async with self._ledger.begin() as transaction:
            now = self._clock.now()
            if stale := await self._stale(transaction, request.call_id, request.epoch, now):
                return stale
            meeting = await transaction.meeting(request.meeting_id)
            if meeting is None:
                return _no_meeting(request.meeting_id)
            if meeting.status is not MeetingStatus.CANCELLED:
                cancelled = meeting.cancelled(request.reason)
                await transaction.change_meeting(cancelled)
                transaction.tell(cancelled.cancelled_fact(now, request.call_id))
        return Cancelled(meeting_id=request.meeting_id)

    async def _stale(
        self, transaction: Transaction, call_id: UUID | None, epoch: int | None, now: datetime
    ) -> Refused | None:
        if call_id is None or epoch is None:
            return None
        highest = await transaction.highest_epoch(call_id, epoch, now)
        if epoch >= highest:
            return None
        return Refused(
            reason=RefusalReason.STALE_EPOCH,
            detail=f"epoch {epoch} was superseded by {highest}: another worker speaks on this call; stop",
        )

    async def _hold(
        self, transaction: Transaction, request: OfferSlots, wish: Wish, known: list[Hold], now: datetime
    ) -> list[Hold]:
        await transaction.lock(self._offering.representatives)
        slots = await self._offering.find(transaction, wish, now, call_id=request.call_id, lead_id=request.lead_id)
        until = held_until(now, self._max_call_s)
        holds = [self._hold_of(request.call_id, slot, until, wish.key) for slot in slots]
        dropped = wish.exclude | surplus(known, holds, now)
        if dropped:
            await transaction.release(request.call_id, now, dropped)
        if holds:
            await transaction.hold(holds)
        return holds

    def _hold_of(self, call_id: UUID, slot: Slot, until: datetime, wish_key: str) -> Hold:
        occupied = self._offering.representatives[slot.representative_id].occupied(slot.start, slot.end)
        return Hold(call_id, slot, *occupied, held_until=until, wish_key=wish_key)

    async def _book(self, transaction: Transaction, request: Book, now: datetime) -> Booked | Refused:
        if stale := await self._stale(transaction, request.call_id, request.epoch, now):
            return stale
        standing = await transaction.standing(request.call_id, request.lead_id, now)
        if standing is not None:
            same = standing.call_id == request.call_id and standing.slot_id == request.slot_id
            return Booked(meeting=standing.facts) if same else _already(standing)
        slot = await self._bookable(transaction, request.call_id, request.slot_id, now)
        if isinstance(slot, Refused):
            return slot
        representative = self._offering.representatives[slot.representative_id]
        occupied_from, occupied_until = representative.occupied(slot.start, slot.end)
        meeting = Meeting(
            meeting_id=uuid_utils.compat.uuid7(),
            lead_id=request.lead_id,
            call_id=request.call_id,
            slot_id=slot.slot_id,
            representative_id=representative.id,
            representative_name=representative.name,
            time_zone=representative.time_zone,
            start=slot.start,
            end=slot.end,
            occupied_from=occupied_from,
            occupied_until=occupied_until,
            lead=request.lead,
            phone=request.phone,
            booked_at=now,
        )
        await transaction.add_meeting(meeting)
        await transaction.release(request.call_id, now)
        transaction.tell(meeting.booked_fact(now))
        return Booked(meeting=meeting.facts)

    async def _move(
        self, transaction: Transaction, request: Reschedule, meeting: Meeting, now: datetime
    ) -> Booked | Refused:
        if meeting.slot_id == request.slot_id:
            return Booked(meeting=meeting.facts)
        if request.call_id is not None:
            slot = await self._bookable(transaction, request.call_id, request.slot_id, now, but=meeting)
        else:
            slot = await self._any_free(transaction, request.slot_id, meeting, now)
        if isinstance(slot, Refused):
            return slot
        moved = meeting.moved(slot, self._offering.representatives[slot.representative_id])
        await transaction.change_meeting(moved)
        if request.call_id is not None:
            await transaction.release(request.call_id, now)
        transaction.tell(moved.rescheduled_fact(now, meeting.start, request.call_id))
        return Booked(meeting=moved.facts)

    async def _bookable(
        self, transaction: Transaction, call_id: UUID, slot_id: str, now: datetime, but: Meeting | None = None
    ) -> Slot | Refused:
        """The offered slot if it can be taken now, with its representative locked; else why not."""
        hold = next((each for each in await transaction.holds(call_id) if each.slot.slot_id == slot_id), None)
        if hold is None:
            return Refused(
                reason=RefusalReason.NOT_OFFERED, detail=f"{slot_id} was not offered in this call; offer slots first"
            )
        slot = hold.slot
        if slot.start <= now:
            return Refused(reason=RefusalReason.EXPIRED, detail=f"{slot_id} has passed; offer a later one")
        if slot.representative_id not in self._offering.representatives:
            return _taken()
        await transaction.lock([slot.representative_id])
        busy = await transaction.busy(hold.occupied_from, hold.occupied_until, now, besides=call_id)
        mine = but and str(but.meeting_id)
        gone = any(each.representative_id == slot.representative_id and each.owner != mine for each in busy)
        return _taken() if gone else slot

    async def _any_free(
        self, transaction: Transaction, slot_id: str, meeting: Meeting, now: datetime
    ) -> Slot | Refused:
        named = parse_slot_id(slot_id)
        if named is None:
            return Refused(reason=RefusalReason.INVALID, detail=f"{slot_id} names no slot; take one of GET /slots")
        await transaction.lock([named[0]])
        slot = await self._offering.exactly(transaction, slot_id, named[1], now, but=meeting.meeting_id)
        return slot or _taken()

    async def _with_alternatives(
        self, reply: Booked | Refused, call_id: UUID, lead_id: str, epoch: int, slot_id: str
    ) -> Booked | Refused:
        """A refusal that other slots can mend carries some, near the one refused and held for the call."""
        if isinstance(reply, Booked) or reply.reason not in _OFFER_AGAIN:
            return reply
        named = parse_slot_id(slot_id)
        wish = named and TimeWindow(start=named[1], end=named[1])
        offered = await self.offer(OfferSlots(call_id=call_id, lead_id=lead_id, epoch=epoch, wish=wish))
        return reply if isinstance(offered, Refused) else reply.model_copy(update={"alternatives": offered.slots})


def _taken() -> Refused:
    return Refused(reason=RefusalReason.TAKEN, detail="somebody else has that time now; offer the alternatives")


def _already(standing: Meeting) -> Refused:
    return Refused(
        reason=RefusalReason.ALREADY_BOOKED,
        detail=f"meeting {standing.meeting_id} stands at {standing.slot_id}; reschedule or cancel it instead",
    )


def _no_meeting(meeting_id: UUID) -> Refused:
    return Refused(reason=RefusalReason.NOT_FOUND, detail=f"no meeting {meeting_id} stands; list them at GET /meetings")
