"""One call in one record: everything the services told about it, folded by `folding.record_of`."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.calls import Playbook
from contracts.telemetry import CallLogged, Cost, ModelUsage, Recording, Stage, Talk, TranscriptLine, VoiceUsage
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
    once_id,
)


class CallState(StrEnum):
    """How far a call has come."""

    REQUESTED = "requested"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"
    CONCLUDED = "concluded"


class MeasuredTurn(Value):
    """How long the caller waited for our first word in one turn, in milliseconds."""

    turn: int
    first_word_ms: float
    interrupted: bool = False


class CallRecord(Value):
    """What is known of one call. Times are those of the system's clock."""

    call_id: UUID
    state: CallState
    complete: bool
    """Whether the call is over and concluded, so that the record can be logged."""
    lead_id: LeadId | None = None
    lead: LeadFacts = Field(default_factory=LeadFacts)
    phone: PhoneNumber | None = None
    campaign_id: UUID | None = None
    attempt: int = 1
    playbook: Playbook | None = None
    line: str | None = None
    carrier: str | None = None
    stage: Stage = Stage.SUBMITTED
    requested_at: AwareDatetime | None = None
    dialed_at: AwareDatetime | None = None
    started_at: AwareDatetime | None = None
    first_words_at: AwareDatetime | None = None
    """When the person first spoke."""
    recording_announced_at: AwareDatetime | None = None
    """When the person was told that the call is recorded, as far as they could hear it. Who stays then, agrees."""
    ended_at: AwareDatetime | None = None
    duration_s: float = 0.0
    outcome: Outcome | None = None
    disposition: Disposition | None = None
    answered_by: AnsweredBy | None = None
    summary: str = ""
    next_step: str | None = None
    interest: Literal["high", "medium", "low"] | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    meeting: MeetingFacts | None = None
    callback: TimeWindow | None = None
    opted_out: bool = False
    objections: tuple[str, ...] = ()
    sentiment: str | None = None
    """As last noted."""
    language: str | None = None
    """That of most of the caller's turns."""
    error: str | None = None
    transcript: tuple[TranscriptLine, ...] = ()
    turns: tuple[MeasuredTurn, ...] = ()
    recordings: tuple[Recording, ...] = ()
    models: tuple[ModelUsage, ...] = ()
    voice: VoiceUsage | None = None
    talk: Talk = Field(default_factory=Talk)
    cost: Cost | None = None
    """None until the call is over."""

    def logged(self, now: datetime) -> CallLogged:
        """The fact that tells the world of the finished call; it has the same id whenever it is told.

        Raises ValueError if the record is not complete.
        """
        if not self.complete or self.lead_id is None or self.outcome is None or self.disposition is None:
            raise ValueError(f"call {self.call_id} is not complete; log it when it has ended and is concluded")
        return CallLogged(
            event_id=once_id("logged", self.call_id),
            occurred_at=now,
            first_word_ms=tuple(turn.first_word_ms for turn in self.turns),
            **{name: getattr(self, name) for name in _TOLD},
        )

    @classmethod
    def restored(cls, logged: CallLogged) -> "CallRecord":
        """The record that a logged call tells of: all that is left of a call whose facts are gone."""
        given = {name: value for name in _TOLD if (value := getattr(logged, name)) is not None}
        waits = enumerate(logged.first_word_ms, 1)
        turns = tuple(MeasuredTurn(turn=turn, first_word_ms=wait) for turn, wait in waits)
        return cls(state=CallState.CONCLUDED, complete=True, turns=turns, **given)


_TOLD = tuple(name for name in CallRecord.model_fields if name in CallLogged.model_fields)
"""What a record and the fact that tells of it share."""
