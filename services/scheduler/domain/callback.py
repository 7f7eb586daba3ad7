"""A callback: the lead asked to be called at a certain time."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.meetings import CallbackCancelled, CallbackDue, CallbackRequested
from contracts.values import TimeWindow, once_id
from services.scheduler.domain.calling_hours import CallingHours

SUPERSEDED = "the lead asked for another time"
OPTED_OUT = "the lead opted out"


class CallbackStatus(StrEnum):
    """What has become of a callback. Only a pending one can fall due or be cancelled."""

    PENDING = "pending"
    DUE = "due"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Callback:
    """`due_at` is when it is told to be due; `requested_by` is the event that asked for it; `moved_because` says why
    it is due at another time than the lead wished."""

    callback_id: UUID
    lead_id: str
    call_id: UUID
    window: TimeWindow
    due_at: datetime
    requested_by: UUID
    status: CallbackStatus = CallbackStatus.PENDING
    moved_because: str | None = None

    @classmethod
    def of(cls, event: CallbackRequested, hours: CallingHours, now: datetime) -> "Callback":
        """Due at the start of the wish, or as soon after it as the lead may be called."""
        wished = cls(
            callback_id=event.callback_id,
            lead_id=event.lead_id,
            call_id=event.call_id,
            window=event.window,
            due_at=max(event.window.start, now),
            requested_by=event.event_id,
        )
        return wished.opened(hours)

    @classmethod
    def unasked(cls, event: CallbackCancelled) -> "Callback":
        """One that was cancelled before anybody was heard to ask for it: the request may yet arrive."""
        return cls(
            callback_id=event.callback_id,
            lead_id=event.lead_id,
            call_id=event.call_id,
            window=TimeWindow(start=event.occurred_at, end=event.occurred_at),
            due_at=event.occurred_at,
            requested_by=event.event_id,
            status=CallbackStatus.CANCELLED,
        )

    def opened(self, hours: CallingHours, now: datetime | None = None) -> "Callback":
        """The same, moved to when the lead may be called: from when it is due on, or from `now` if that is later."""
        opening = hours.opening(max(self.due_at, now or self.due_at))
        if opening.reason is None:
            return self
        within = opening.at in self.window and not self.window.exact
        return replace(self, due_at=opening.at, moved_because=None if within else opening.reason)

    def becoming(self, status: CallbackStatus) -> "Callback":
        return replace(self, status=status)

    def due_fact(self, now: datetime) -> CallbackDue:
        return CallbackDue(
            event_id=once_id("callback-due", self.callback_id),
            occurred_at=now,
            correlation_id=self.call_id,
            causation_id=self.requested_by,
            callback_id=self.callback_id,
            lead_id=self.lead_id,
            call_id=self.call_id,
            window=self.window,
            moved_because=self.moved_because,
        )

    def cancelled_fact(self, now: datetime, reason: str, cause: UUID | None) -> CallbackCancelled:
        return CallbackCancelled(
            occurred_at=now,
            correlation_id=self.call_id,
            causation_id=cause,
            callback_id=self.callback_id,
            lead_id=self.lead_id,
            call_id=self.call_id,
            reason=reason,
        )
