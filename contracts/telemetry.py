"""What telemetry tells the world: finished call records and how long callers waited."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.calls import Playbook
from contracts.event import Event
from contracts.values import (
    AnsweredBy,
    Disposition,
    Evidence,
    LeadId,
    MeetingFacts,
    Outcome,
    Speaker,
    TimeWindow,
    Value,
)


class TranscriptLine(Value):
    """What one side said in a turn, as far as the other could hear it."""

    turn: int
    speaker: Speaker
    text: str
    at: AwareDatetime
    interrupted: bool = False


class CallLogged(Event):
    """The finished record of one call."""

    subject_template: ClassVar[str] = "telemetry.calls.logged"
    stream: ClassVar[str] = "TELEMETRY"
    told_by: ClassVar[tuple[str, ...]] = ("telemetry",)
    heard_by: ClassVar[tuple[str, ...]] = ("anyone",)

    call_id: UUID
    lead_id: LeadId
    campaign_id: UUID | None = None
    attempt: int = 1
    playbook: Playbook | None = None
    line: str | None = None
    outcome: Outcome
    disposition: Disposition
    answered_by: AnsweredBy | None = None
    summary: str = ""
    next_step: str | None = None
    interest: Literal["high", "medium", "low"] | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    meeting: MeetingFacts | None = None
    callback: TimeWindow | None = None
    transcript: tuple[TranscriptLine, ...] = ()
    duration_s: float = 0.0
    started_at: AwareDatetime | None = None
    """When the line opened; None if nobody picked up."""
    ended_at: AwareDatetime | None = None
    first_word_ms: tuple[float, ...] = ()
    """For each measured turn, how long the caller waited for our first word."""

    @property
    def correlation(self) -> UUID:
        return self.correlation_id or self.call_id


class TurnMeasured(Event):
    """How long the caller waited in one turn, measured at the line."""

    subject_template: ClassVar[str] = "telemetry.turns.measured"
    stream: ClassVar[str] = "TELEMETRY"
    told_by: ClassVar[tuple[str, ...]] = ("line",)
    heard_by: ClassVar[tuple[str, ...]] = ("telemetry", "anyone")

    call_id: UUID
    turn: int
    first_word_ms: float
    """From the caller's last word, as the line got it, to our first word handed to the carrier."""
    interrupted: bool = False

    @property
    def correlation(self) -> UUID:
        return self.correlation_id or self.call_id
