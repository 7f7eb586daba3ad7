"""Facts of one call, in the order they usually happen. The stream CALLS is the memory of every call."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.values import (
    AnsweredBy,
    Disposition,
    Evidence,
    LeadFacts,
    LeadId,
    MeetingFacts,
    Outcome,
    PhoneNumber,
    TimeWindow,
    Value,
)

Turn = Annotated[int, Field(ge=0)]
"""The caller's n-th turn; 0 is the opening, before the caller said anything."""

Epoch = Annotated[int, Field(ge=1)]
"""The stream sequence of the claim under which a conversation worker speaks. The highest one is right."""


class CallEvent(Event):
    """A fact of one call."""

    stream: ClassVar[str] = "CALLS"

    call_id: UUID

    @property
    def correlation(self) -> UUID:
        return self.correlation_id or self.call_id


class Playbook(Value):
    """Which playbook the call follows, by name and by the hash of its content."""

    name: str
    content_hash: str
    variant: str | None = None
    language: str | None = None
    """he or en, as far as it is known when the call is requested: the line needs it before anybody speaks."""
    voice: str | None = None
    """By the name the carrier knows it by."""


class CallMemory(Value):
    """What an earlier call with the same person left for this one."""

    call_id: UUID
    summary: str
    answers: dict[str, str] = Field(default_factory=dict)


class CallRequested(CallEvent):
    """Dial this lead now."""

    subject_template: ClassVar[str] = "calls.{call_id}.requested"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("dialer", "telemetry")
    once: ClassVar[bool] = True

    lead_id: LeadId
    phone: PhoneNumber
    lead: LeadFacts
    attempt: Annotated[int, Field(ge=1)] = 1
    line: str = "relay"
    playbook: Playbook
    campaign_id: UUID | None = None
    max_duration_s: Annotated[int, Field(gt=0)] = 600
    memory: CallMemory | None = None
    recorded: bool = True
    """Whether the carrier may record the call: only then does the agent say that it is recorded."""


class CallDialed(CallEvent):
    """The carrier has taken the call; the conversation warms up while it rings."""

    subject_template: ClassVar[str] = "calls.{call_id}.dialed"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "telemetry")

    lead_id: LeadId
    carrier: str
    carrier_call_id: str
    from_number: str


class CallStarted(CallEvent):
    """The line is open: somebody or something picked up, and the carrier's socket is connected."""

    subject_template: ClassVar[str] = "calls.{call_id}.started"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "telemetry")
    once: ClassVar[bool] = True

    lead_id: LeadId
    line: str
    carrier_call_id: str


class CallClaimed(CallEvent):
    """A worker speaks from here on. The stream sequence of this message is its epoch."""

    subject_template: ClassVar[str] = "calls.{call_id}.claimed"
    told_by: ClassVar[tuple[str, ...]] = ("conversation",)
    heard_by: ClassVar[tuple[str, ...]] = ("line", "conversation", "telemetry")

    worker_id: str


class CallReleased(CallEvent):
    """A worker that is told to stop hands the call over."""

    subject_template: ClassVar[str] = "calls.{call_id}.released"
    told_by: ClassVar[tuple[str, ...]] = ("conversation",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "telemetry")

    worker_id: str
    epoch: Epoch


class CallAnsweredBy(CallEvent):
    """Who or what picked up, as far as the carrier can tell."""

    subject_template: ClassVar[str] = "calls.{call_id}.answered_by"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "telemetry")

    answered_by: AnsweredBy


class CallClosing(CallEvent):
    """Hang up when the last phrase has been played."""

    subject_template: ClassVar[str] = "calls.{call_id}.closing"
    told_by: ClassVar[tuple[str, ...]] = ("conversation",)
    heard_by: ClassVar[tuple[str, ...]] = ("line", "telemetry")

    epoch: Epoch
    reason: str


class CallTransferring(CallEvent):
    """Transfer to a person when the last phrase has been played."""

    subject_template: ClassVar[str] = "calls.{call_id}.transferring"
    told_by: ClassVar[tuple[str, ...]] = ("conversation",)
    heard_by: ClassVar[tuple[str, ...]] = ("line", "telemetry")

    epoch: Epoch
    to: str
    summary: str | None = None


class CallReconnected(CallEvent):
    """The line dropped and came back; the call went on."""

    subject_template: ClassVar[str] = "calls.{call_id}.reconnected"
    told_by: ClassVar[tuple[str, ...]] = ("line",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "telemetry")

    turn: Turn
    line_id: UUID
    """The line that speaks from here on; an older one on this call closes itself."""


class CallRecorded(CallEvent):
    """The carrier keeps a recording of the call."""

    subject_template: ClassVar[str] = "calls.{call_id}.recorded"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("telemetry",)

    recording_id: str
    url: str
    """At the carrier; fetching it takes the account's credentials."""
    duration_s: float | None = None


class CallEnded(CallEvent):
    """The carrier's call is over. Only the attempt tells it."""

    subject_template: ClassVar[str] = "calls.{call_id}.ended"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "dialer", "scheduler", "telemetry")
    once: ClassVar[bool] = True

    lead_id: LeadId
    disposition: Disposition
    duration_s: float = 0.0
    carrier_call_id: str | None = None
    error: str | None = None


class CallConcluded(CallEvent):
    """What the call came to, and the turns that prove it. Every requested call gets exactly one."""

    subject_template: ClassVar[str] = "calls.{call_id}.concluded"
    told_by: ClassVar[tuple[str, ...]] = ("conversation", "dialer")
    heard_by: ClassVar[tuple[str, ...]] = ("dialer", "scheduler", "telemetry")
    once: ClassVar[bool] = True

    lead_id: LeadId
    outcome: Outcome
    disposition: Disposition
    summary: str = ""
    next_step: str | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    email: str | None = None
    """Where the lead asked in this call to be written to."""
    interest: Literal["high", "medium", "low"] | None = None
    meeting: MeetingFacts | None = None
    callback: TimeWindow | None = None
    evidence: tuple[Evidence, ...] = ()
    concluded_by: Literal["rules", "model", "dialer"] = "rules"
    reason: str | None = None
    verdicts: tuple[str, ...] = ()
