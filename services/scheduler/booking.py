"""Booking: one transaction, answered while somebody waits.

A booking cannot lie: a slot is booked only if it was offered in this call (or, by hand, is free), and nobody else
holds or has it. A hold that has lapsed is no reason to refuse: if the slot is still free it is booked all the same.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import uuid_utils.compat

from contracts.requests import Book, BookByHand, Booked, RefusalReason, Refused
from contracts.values import lead_id_of, once_id
from services.runtime.clock import Clock
from services.scheduler.domain import refusal
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.phone import e164
from services.scheduler.domain.slot import Slot, Wish, parse_slot_id
from services.scheduler.enquiries import Enquiries
from services.scheduler.holding import Holding
from services.scheduler.offering import Offering
from services.scheduler.outside import Outside
from services.scheduler.ports import Follower, Ledger, SlotGone, Transaction
from services.scheduler.roster import Roster


class Booking:
    """Turns slots into meetings. One meeting a lead, unless another one is asked for."""

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

    async def book(self, request: Book) -> Booked | Refused:
        """Book a slot that was offered in the call. The same slot again gives the same meeting."""
        outside = await self._outside.before_booking(request.slot_id)
        try:
            async with self._ledger.begin() as transaction:
                reply = await self._book(transaction, request, outside, self._clock.now())
        except SlotGone:
            reply = refusal.taken()
        return await self._holding.with_alternatives(
            reply, request.call_id, request.lead_id, request.epoch, request.slot_id
        )

    async def by_hand(self, request: BookByHand) -> Booked | Refused:
        """Book any free slot. The same key again gives the same meeting."""
        try:
            phone = e164(request.phone) if request.phone else None
        except ValueError as error:
            return refusal.invalid(str(error), "phone")
        lead_id = request.lead_id or (lead_id_of(phone) if phone else None)
        if lead_id is None:
            return refusal.invalid("give the lead's phone number, or its lead_id", "phone")
        if why := Wish(minutes=request.meeting_minutes).impossible:
            return refusal.invalid(why, "meeting_minutes")
        outside = await self._outside.before_booking(request.slot_id)
        try:
            async with self._ledger.begin() as transaction:
                reply = await self._book_by_hand(transaction, request, lead_id, phone, outside, self._clock.now())
        except SlotGone:
            reply = refusal.taken()
        return await self._enquiries.with_alternatives(reply, request.slot_id, minutes=request.meeting_minutes)

    async def _book(
        self, transaction: Transaction, request: Book, outside: Sequence[Busy], now: datetime
    ) -> Booked | Refused:
        if stale := await self._holding.stale(transaction, request.call_id, request.epoch, now):
            return stale
        await transaction.note_lead(request.lead_id)  # bookings of one lead wait for each other
        standing = await transaction.standing(request.call_id, request.lead_id, request.slot_id, now)
        if standing is not None:
            if standing.call_id == request.call_id and standing.slot_id == request.slot_id:
                return Booked(meeting=standing.facts)
            if not request.another:
                return refusal.already_booked(standing)
        offering = await self._roster.offering(transaction)
        slot = await self._holding.bookable(transaction, offering, request.call_id, request.slot_id, now, outside)
        if isinstance(slot, Refused):
            return slot
        meeting = Meeting.of(
            slot,
            offering.representatives[slot.representative_id],
            meeting_id=uuid_utils.compat.uuid7(),
            lead_id=request.lead_id,
            call_id=request.call_id,
            lead=request.lead,
            phone=request.phone,
            booked_at=now,
        )
        await transaction.release(request.call_id, now)
        return await self._add(transaction, meeting, now)

    async def _book_by_hand(
        self,
        transaction: Transaction,
        request: BookByHand,
        lead_id: str,
        phone: str | None,
        outside: Sequence[Busy],
        now: datetime,
    ) -> Booked | Refused:
        await transaction.note_lead(lead_id)  # bookings of one lead wait for each other
        meeting_id = once_id("meeting-by-hand", request.key) if request.key else uuid_utils.compat.uuid7()
        digest = hashlib.sha256(request.model_dump_json(exclude={"key"}).encode()).hexdigest()
        if known := await transaction.meeting(meeting_id) if request.key else None:
            return _again(known, digest)
        standing = await transaction.standing(None, lead_id, request.slot_id, now)
        if standing is not None and not request.another:
            return refusal.already_booked(standing)
        offering = await self._roster.offering(transaction)
        slot = await self._free(transaction, offering, request, outside, now)
        if isinstance(slot, Refused):
            return slot
        meeting = Meeting.of(
            slot,
            offering.representatives[slot.representative_id],
            meeting_id=meeting_id,
            lead_id=lead_id,
            call_id=None,
            lead=request.lead,
            phone=phone,
            booked_at=now,
            request_digest=digest if request.key else None,
        )
        return await self._add(transaction, meeting, now)

    async def _add(self, transaction: Transaction, meeting: Meeting, now: datetime) -> Booked:
        await transaction.add_meeting(meeting)
        for follower in self._followers:
            await follower.changed(transaction, meeting, None, now)
        transaction.tell(meeting.booked_fact(now))
        return Booked(meeting=meeting.facts)

    async def _free(
        self,
        transaction: Transaction,
        offering: Offering,
        request: BookByHand,
        outside: Sequence[Busy],
        now: datetime,
    ) -> Slot | Refused:
        named = parse_slot_id(request.slot_id)
        if named is None:
            return refusal.no_such_slot(request.slot_id)
        representative_id, start = named
        await transaction.lock([representative_id])
        minutes = request.meeting_minutes
        slot = await offering.exactly(transaction, request.slot_id, start, now, minutes=minutes, outside=outside)
        return slot or refusal.taken()


def _again(known: Meeting, digest: str) -> Booked | Refused:
    """What the key was used for before."""
    if known.request_digest != digest:
        return refusal.invalid("this key was used for another request; take a new one", "key")
    if known.status is MeetingStatus.CANCELLED:
        detail = f"meeting {known.meeting_id}, booked under this key, was cancelled since; take a new key"
        return Refused(reason=RefusalReason.NOT_FOUND, detail=detail)
    return Booked(meeting=known.facts)
