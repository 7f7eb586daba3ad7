"""Booking: one transaction, answered while a caller waits.

A booking cannot lie: a slot is booked only if it was offered in this call, and nobody else holds or has it. A hold
that has lapsed is no reason to refuse: if the slot is still free it is booked all the same.
"""

from collections.abc import Sequence
from datetime import datetime

import uuid_utils.compat

from contracts.requests import Book, Booked, Refused
from services.runtime.clock import Clock
from services.scheduler.domain import refusal
from services.scheduler.domain.meeting import Meeting
from services.scheduler.holding import Holding
from services.scheduler.offering import Offering
from services.scheduler.ports import Follower, Ledger, SlotGone, Transaction


class Booking:
    """Turns offered slots into meetings."""

    def __init__(
        self, ledger: Ledger, offering: Offering, holding: Holding, clock: Clock, followers: Sequence[Follower] = ()
    ) -> None:
        self._ledger = ledger
        self._offering = offering
        self._holding = holding
        self._clock = clock
        self._followers = followers

    async def book(self, request: Book) -> Booked | Refused:
        """Book a slot that was offered in the call. The same slot again gives the same meeting."""
        try:
            async with self._ledger.begin() as transaction:
                reply = await self._book(transaction, request, self._clock.now())
        except SlotGone:
            reply = refusal.taken()
        return await self._holding.with_alternatives(
            reply, request.call_id, request.lead_id, request.epoch, request.slot_id
        )

    async def _book(self, transaction: Transaction, request: Book, now: datetime) -> Booked | Refused:
        if stale := await self._holding.stale(transaction, request.call_id, request.epoch, now):
            return stale
        standing = await transaction.standing(request.call_id, request.lead_id, now)
        if standing is not None:
            same = standing.call_id == request.call_id and standing.slot_id == request.slot_id
            return Booked(meeting=standing.facts) if same else refusal.already_booked(standing)
        slot = await self._holding.bookable(transaction, request.call_id, request.slot_id, now)
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
        for follower in self._followers:
            await follower.changed(transaction, meeting, None, now)
        transaction.tell(meeting.booked_fact(now))
        return Booked(meeting=meeting.facts)
