"""A callback: the lead asked to be called at a certain time."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.meetings import CallbackCancelled, CallbackDue, CallbackRequested
from contracts.values import TimeWindow, once_id

SUPERSEDED = "the lead asked for another time"
OPTED_OUT = "the lead opted out"


class CallbackStatus(StrEnum):
    """What has become of a callback. Only a pending one can fall due or be cancelled."""

    PENDING = "pending"
    DUE = "due"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Callback:
    """`due_at` is when it is told to be due; `requested_by` is the event that asked for it."""

    callback_id: UUID
    lead_id: str
    call_id: UUID
    window: TimeWindow
    due_at: datetime
    requested_by: UUID
    status: CallbackStatus = CallbackStatus.PENDING

    @classmethod
    def of(cls, event: CallbackRequested) -> "Callback":
        return cls(
            callback_id=event.callback_id,
            lead_id=event.lead_id,
            call_id=event.call_id,
            window=event.window,
            due_at=due_at(event.window),
            requested_by=event.event_id,
        )

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


def due_at(window: TimeWindow) -> datetime:
    """When a wish to be called back falls due: at its start. The dialer decides whether it may dial then."""
    return window.start
