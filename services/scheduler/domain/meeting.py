"""A meeting and the facts its life tells."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.meetings import MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.values import LeadFacts, MeetingFacts, PhoneNumber
from services.scheduler.domain.representative import Representative
from services.scheduler.domain.slot import Slot


class MeetingStatus(StrEnum):
    """Whether the meeting stands."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Meeting:
    """`occupied_from` and `occupied_until` are the meeting with its buffers. `call_id` is the call that booked it."""

    meeting_id: UUID
    lead_id: str
    call_id: UUID | None
    slot_id: str
    representative_id: str
    representative_name: str
    time_zone: str
    start: datetime
    end: datetime
    occupied_from: datetime
    occupied_until: datetime
    lead: LeadFacts
    phone: PhoneNumber | None
    booked_at: datetime
    status: MeetingStatus = MeetingStatus.BOOKED
    reason: str | None = None
    """Why it was cancelled."""
    sequence: int = 0
    """How often it has been changed: the SEQUENCE of its invitations."""
    changed_at: datetime | None = None
    """When it was last moved or cancelled."""
    request_digest: str | None = None
    """What was asked for when a person booked it under a key of their own."""

    @classmethod
    def of(cls, slot: Slot, representative: Representative, **about: Any) -> "Meeting":
        """A meeting at a slot; `about` is everything that the slot and its representative do not say."""
        return cls(**_placed(slot, representative), **about)

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds()) // 60

    @property
    def facts(self) -> MeetingFacts:
        return MeetingFacts(
            meeting_id=self.meeting_id,
            slot_id=self.slot_id,
            start=self.start,
            end=self.end,
            time_zone=self.time_zone,
            representative_id=self.representative_id,
            representative_name=self.representative_name,
        )

    def moved(self, slot: Slot, representative: Representative, now: datetime) -> "Meeting":
        """The same meeting at another time, perhaps with another person."""
        return replace(self, **_placed(slot, representative), sequence=self.sequence + 1, changed_at=now)

    def reachable_at(self, email: str) -> "Meeting":
        """The same meeting, with the lead's address."""
        return replace(self, lead=self.lead.model_copy(update={"email": email}))

    def cancelled(self, reason: str | None, now: datetime) -> "Meeting":
        return replace(self, status=MeetingStatus.CANCELLED, reason=reason, sequence=self.sequence + 1, changed_at=now)

    def booked_fact(self, now: datetime) -> MeetingBooked:
        return MeetingBooked(**self._told(now, self.call_id), lead=self.lead, phone=self.phone)

    def rescheduled_fact(
        self, now: datetime, previous: datetime, call_id: UUID | None, reason: str | None = None
    ) -> MeetingRescheduled:
        return MeetingRescheduled(**self._told(now, call_id), previous_start=previous, reason=reason)

    def cancelled_fact(self, now: datetime, call_id: UUID | None) -> MeetingCancelled:
        return MeetingCancelled(**self._told(now, call_id), reason=self.reason)

    def _told(self, now: datetime, call_id: UUID | None) -> dict[str, Any]:
        """What every fact says. `call_id` is the call in which it happens, if it is one."""
        return {
            "occurred_at": now,
            "correlation_id": call_id or self.call_id,
            "lead_id": self.lead_id,
            "call_id": call_id,
        } | dict(self.facts)


def _placed(slot: Slot, representative: Representative) -> dict[str, Any]:
    """When a meeting is, with whom, and what of that person's time it takes."""
    occupied_from, occupied_until = representative.occupied(slot.start, slot.end)
    return {
        "slot_id": slot.slot_id,
        "representative_id": representative.id,
        "representative_name": representative.name,
        "time_zone": representative.time_zone,
        "start": slot.start,
        "end": slot.end,
        "occupied_from": occupied_from,
        "occupied_until": occupied_until,
    }
