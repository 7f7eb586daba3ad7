"""Offering slots in a call: they are held for it, whichever worker speaks on it, until it is over.

Every request of a call carries the epoch of the worker that asks; a worker that was superseded is refused.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from contracts.requests import Booked, OfferSlots, Refused, SlotsOffered
from contracts.values import TimeWindow
from services.runtime.clock import Clock
from services.scheduler.domain import refusal
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.hold import Hold, held_until, surplus
from services.scheduler.domain.meeting import Meeting
from services.scheduler.domain.slot import Slot, Wish, parse_slot_id
from services.scheduler.offering import Offering, besides
from services.scheduler.outside import Outside
from services.scheduler.ports import Ledger, Transaction
from services.scheduler.roster import Roster


class Holding:
    """Holds slots for calls, and knows what each was offered."""

    def __init__(self, ledger: Ledger, roster: Roster, outside: Outside, clock: Clock, max_call_s: float) -> None:
        self._ledger = ledger
        self._roster = roster
        self._outside = outside
        self._clock = clock
        self._max_call_s = max_call_s

    async def offer(self, request: OfferSlots) -> SlotsOffered | Refused:
        """Find slots for a wish and hold them for the call. The same wish again gives the same slots."""
        wish = Wish(
            window=request.wish,
            not_before=request.not_before,
            not_on=request.not_on,
            exclude=frozenset(request.exclude),
            count=request.count,
            minutes=request.meeting_minutes,
            moving=request.meeting_id,
        )
        if why := wish.impossible:
            return refusal.invalid(why, "meeting_minutes")
        outside = await self._outside.before_offering()
        now = self._clock.now()
        async with self._ledger.begin() as transaction:
            if stale := await self.stale(transaction, request.call_id, request.epoch, now):
                return stale
            offering = await self._roster.offering(transaction)
            known = await transaction.holds(request.call_id)
            holds = [each for each in known if each.wish_key == wish.key and each.active(now)]
            holds = [each for each in holds if offering.works(each.slot) and not _taken(outside, each)]
            if len(holds) < wish.count:  # nothing yet, or a later wish has taken part of it over
                holds = await self._hold(transaction, offering, request, wish, known, outside, now)
        if not holds:
            return refusal.no_slots()
        return SlotsOffered(
            slots=tuple(offering.shown(slot) for slot in sorted((h.slot for h in holds), key=wish.order)),
            held_until=min(each.held_until for each in holds),
        )

    async def stale(
        self, transaction: Transaction, call_id: UUID | None, epoch: int | None, now: datetime
    ) -> Refused | None:
        """Why a worker may not ask any more, if it may not. Requests of one call wait for each other from here on."""
        if call_id is None:
            return None
        if epoch is None:
            return refusal.invalid("give the epoch of the worker that speaks on the call", "epoch")
        highest = await transaction.highest_epoch(call_id, epoch, now)
        return None if epoch >= highest else refusal.stale_epoch(epoch, highest)

    async def bookable(
        self,
        transaction: Transaction,
        offering: Offering,
        call_id: UUID,
        slot_id: str,
        now: datetime,
        outside: Sequence[Busy],
        moving: Meeting | None = None,
    ) -> Slot | Refused:
        """The offered slot if it can be taken now, with its representative locked; else why not. The meeting `moving`
        is left out of account, `outside` is what people's own calendars say is taken. A lapsed hold proves only that
        the slot was offered."""
        hold = next((each for each in await transaction.holds(call_id) if each.slot.slot_id == slot_id), None)
        if hold is None:
            return refusal.not_offered(slot_id)
        slot = hold.slot
        if slot.start <= now:
            return refusal.expired(slot_id)
        if not offering.works(slot):
            return refusal.taken()
        await transaction.lock([slot.representative_id])
        if not hold.active(now):
            again = await offering.exactly(
                transaction,
                slot_id,
                slot.start,
                now,
                minutes=slot.minutes,
                moving=moving,
                call_id=call_id,
                outside=outside,
            )
            return again or refusal.taken()
        busy = await transaction.busy(hold.occupied_from, hold.occupied_until, now, besides=call_id)
        mine = moving and str(moving.meeting_id)
        gone = any(each.representative_id == slot.representative_id and each.owner != mine for each in busy)
        return refusal.taken() if gone or _taken(besides(outside, moving), hold) else slot

    async def with_alternatives(
        self,
        reply: Booked | Refused,
        call_id: UUID,
        lead_id: str,
        epoch: int,
        slot_id: str,
        meeting_id: UUID | None = None,
    ) -> Booked | Refused:
        """A refusal that other slots can mend carries some, near the one refused and held for the call."""
        if isinstance(reply, Booked) or reply.reason not in refusal.MENDED_BY_OTHER_SLOTS:
            return reply
        named = parse_slot_id(slot_id)
        wish = named and TimeWindow(start=named[1], end=named[1])
        instead = OfferSlots(call_id=call_id, lead_id=lead_id, epoch=epoch, wish=wish, meeting_id=meeting_id)
        offered = await self.offer(instead)
        return reply if isinstance(offered, Refused) else reply.model_copy(update={"alternatives": offered.slots})

    async def _hold(
        self,
        transaction: Transaction,
        offering: Offering,
        request: OfferSlots,
        wish: Wish,
        known: list[Hold],
        outside: Sequence[Busy],
        now: datetime,
    ) -> list[Hold]:
        moving = await transaction.meeting(request.meeting_id) if request.meeting_id else None
        await transaction.lock(offering.representatives)
        slots = await offering.find(
            transaction, wish, now, call_id=request.call_id, lead_id=request.lead_id, moving=moving, outside=outside
        )
        until = held_until(now, self._max_call_s)
        holds = [_hold_of(offering, request.call_id, slot, until, wish.key) for slot in slots]
        dropped = wish.exclude | surplus(known, holds, now)
        if dropped:
            await transaction.release(request.call_id, now, dropped)
        if holds:
            await transaction.hold(holds)
        return holds


def _hold_of(offering: Offering, call_id: UUID, slot: Slot, until: datetime, wish_key: str) -> Hold:
    occupied = offering.representatives[slot.representative_id].occupied(slot.start, slot.end)
    return Hold(call_id, slot, *occupied, held_until=until, wish_key=wish_key)


def _taken(outside: Iterable[Busy], hold: Hold) -> bool:
    """Whether something came into the calendar of a held slot's representative meanwhile."""
    return any(
        each.representative_id == hold.slot.representative_id
        and each.start < hold.occupied_until
        and each.end > hold.occupied_from
        for each in outside
    )
