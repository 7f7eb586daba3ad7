"""Offering slots in a call: they are held for it, whichever worker speaks on it, until it is over.

Every request of a call carries the epoch of the worker that asks; a worker that was superseded is refused.
"""

from datetime import datetime
from uuid import UUID

from contracts.requests import Booked, OfferSlots, Refused, SlotsOffered
from contracts.values import TimeWindow
from services.runtime.clock import Clock
from services.scheduler.domain import refusal
from services.scheduler.domain.hold import Hold, held_until, surplus
from services.scheduler.domain.meeting import Meeting
from services.scheduler.domain.slot import Slot, Wish, parse_slot_id
from services.scheduler.offering import Offering
from services.scheduler.ports import Ledger, Transaction

_MINUTES = range(5, 481)


class Holding:
    """Holds slots for calls, and knows what each was offered."""

    def __init__(self, ledger: Ledger, offering: Offering, clock: Clock, max_call_s: float) -> None:
        self._ledger = ledger
        self._offering = offering
        self._clock = clock
        self._max_call_s = max_call_s

    async def offer(self, request: OfferSlots) -> SlotsOffered | Refused:
        """Find slots for a wish and hold them for the call. The same wish again gives the same slots."""
        if request.meeting_minutes is not None and request.meeting_minutes not in _MINUTES:
            return refusal.bad_length()
        wish = Wish(
            window=request.wish,
            not_before=request.not_before,
            exclude=frozenset(request.exclude),
            count=request.count,
            minutes=request.meeting_minutes,
        )
        now = self._clock.now()
        async with self._ledger.begin() as transaction:
            if stale := await self.stale(transaction, request.call_id, request.epoch, now):
                return stale
            known = await transaction.holds(request.call_id)
            holds = [each for each in known if each.wish_key == wish.key and each.active(now)]
            if len(holds) < wish.count:  # nothing yet, or a later wish has taken part of it over
                holds = await self._hold(transaction, request, wish, known, now)
        if not holds:
            return refusal.no_slots()
        return SlotsOffered(
            slots=tuple(self._offering.shown(slot) for slot in sorted((h.slot for h in holds), key=wish.order)),
            held_until=min(each.held_until for each in holds),
        )

    async def stale(
        self, transaction: Transaction, call_id: UUID | None, epoch: int | None, now: datetime
    ) -> Refused | None:
        """Why a worker may not ask any more, if it may not. Requests of one call wait for each other from here on."""
        if call_id is None or epoch is None:
            return None
        highest = await transaction.highest_epoch(call_id, epoch, now)
        return None if epoch >= highest else refusal.stale_epoch(epoch, highest)

    async def bookable(
        self, transaction: Transaction, call_id: UUID, slot_id: str, now: datetime, but: Meeting | None = None
    ) -> Slot | Refused:
        """The offered slot if it can be taken now, with its representative locked; else why not. The meeting `but`
        is left out of account."""
        hold = next((each for each in await transaction.holds(call_id) if each.slot.slot_id == slot_id), None)
        if hold is None:
            return refusal.not_offered(slot_id)
        slot = hold.slot
        if slot.start <= now:
            return refusal.expired(slot_id)
        if slot.representative_id not in self._offering.representatives:
            return refusal.taken()
        await transaction.lock([slot.representative_id])
        busy = await transaction.busy(hold.occupied_from, hold.occupied_until, now, besides=call_id)
        mine = but and str(but.meeting_id)
        gone = any(each.representative_id == slot.representative_id and each.owner != mine for each in busy)
        return refusal.taken() if gone else slot

    async def with_alternatives(
        self, reply: Booked | Refused, call_id: UUID, lead_id: str, epoch: int, slot_id: str
    ) -> Booked | Refused:
        """A refusal that other slots can mend carries some, near the one refused and held for the call."""
        if isinstance(reply, Booked) or reply.reason not in refusal.MENDED_BY_OTHER_SLOTS:
            return reply
        named = parse_slot_id(slot_id)
        wish = named and TimeWindow(start=named[1], end=named[1])
        offered = await self.offer(OfferSlots(call_id=call_id, lead_id=lead_id, epoch=epoch, wish=wish))
        return reply if isinstance(offered, Refused) else reply.model_copy(update={"alternatives": offered.slots})

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
