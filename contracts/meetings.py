"""Facts of the scheduler: meetings and callbacks."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Event
from contracts.values import Instant, LeadFacts, LeadId, PhoneNumber, TimeWindow


class _Meeting(Event):
    stream: ClassVar[str] = "MEETINGS"
    told_by: ClassVar[tuple[str, ...]] = ("scheduler",)
    heard_by: ClassVar[tuple[str, ...]] = ("telemetry",)

    meeting_id: UUID
    lead_id: LeadId
    call_id: UUID | None = None
    slot_id: str
    start: Instant
    end: Instant
    time_zone: str = "Asia/Jerusalem"
    representative_id: str
    representative_name: str


class MeetingBooked(_Meeting):
    """A meeting stands in the calendar."""

    subject_template: ClassVar[str] = "meetings.{meeting_id}.booked"

    lead: LeadFacts
    phone: PhoneNumber | None = None


class MeetingRescheduled(_Meeting):
    """A meeting was moved; `start` and `end` are the new ones."""

    subject_template: ClassVar[str] = "meetings.{meeting_id}.rescheduled"

    previous_start: Instant
    reason: str | None = None
    """Why, if somebody said so or it was noticed in a calendar."""


class MeetingCancelled(_Meeting):
    """A meeting will not take place."""

    subject_template: ClassVar[str] = "meetings.{meeting_id}.cancelled"

    reason: str | None = None


class _Callback(Event):
    stream: ClassVar[str] = "MEETINGS"

    callback_id: UUID
    lead_id: LeadId
    call_id: UUID
    """The call in which it was asked for: its memory goes into the next one."""


class CallbackRequested(_Callback):
    """The lead asked to be called at that time."""

    subject_template: ClassVar[str] = "callbacks.{callback_id}.requested"
    told_by: ClassVar[tuple[str, ...]] = ("conversation", "dialer")
    heard_by: ClassVar[tuple[str, ...]] = ("scheduler",)

    window: TimeWindow
    reason: str | None = None


class CallbackDue(_Callback):
    """It is time to call back."""

    subject_template: ClassVar[str] = "callbacks.{callback_id}.due"
    told_by: ClassVar[tuple[str, ...]] = ("scheduler",)
    heard_by: ClassVar[tuple[str, ...]] = ("dialer",)
    once: ClassVar[bool] = True

    window: TimeWindow
    moved_because: str | None = None
    """Why it is due later than the lead wished, if it is: nobody may be called at that time."""


class CallbackCancelled(_Callback):
    """The callback will not take place."""

    subject_template: ClassVar[str] = "callbacks.{callback_id}.cancelled"
    told_by: ClassVar[tuple[str, ...]] = ("scheduler", "dialer")
    heard_by: ClassVar[tuple[str, ...]] = ("scheduler", "telemetry")

    reason: str | None = None
