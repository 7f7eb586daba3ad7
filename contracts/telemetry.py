"""What telemetry tells the world: finished call records and how long callers waited."""

from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.calls import Playbook
from contracts.event import Event
from contracts.values import (
    AnsweredBy,
    Disposition,
    Evidence,
    Instant,
    LeadFacts,
    LeadId,
    MeetingFacts,
    Outcome,
    PhoneNumber,
    Speaker,
    TimeWindow,
    Value,
)


class TranscriptLine(Value):
    """What one side said in a turn, as far as the other could hear it."""

    turn: int
    speaker: Speaker
    text: str
    at: Instant
    interrupted: bool = False
    first_word_ms: float | None = None
    """How long the caller waited for this answer; None where nobody measured it."""
    language: str | None = None
    sentiment: str | None = None
    """What the conversation noted of a caller's turn."""


class Stage(StrEnum):
    """How far a call brought the lead; each stage contains those before it."""

    SUBMITTED = "submitted"
    DIALED = "dialed"
    ANSWERED = "answered"
    """By a human."""
    PITCHED = "pitched"
    QUALIFIED = "qualified"
    BOOKED = "booked"


class Recording(Value):
    """A recording at the carrier; fetching it takes the account's credentials."""

    recording_id: str
    url: str
    duration_s: float | None = None


class ModelUsage(Value):
    """What one language model was used for in a call. None is unknown, which is not nothing."""

    model: str
    consultations: int
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    first_token_ms: tuple[float, ...] = ()
    cost: float | None = None
    currency: str | None = None


class VoiceUsage(Value):
    """How long the voice line was open, and what went over it."""

    seconds: float = 0.0
    spoken_characters: int = 0
    """Of the agent, as sent to the voice, whether or not it was heard to its end."""
    heard_turns: int = 0


class Talk(Value):
    """Who spoke how much, counted in words as far as they were heard."""

    agent_words: int = 0
    caller_words: int = 0
    agent_share: float | None = None
    """Of all words, 0 to 1; None where nobody spoke."""
    interruptions: int = 0
    longest_monologue_words: int = 0
    """The most the agent said before the caller got a word in."""


class CostItem(Value):
    """One thing a call was charged for. `amount` is None where no price is known."""

    what: str
    quantity: float
    unit: Literal["minute", "call", "token"]
    amount: float | None = None
    currency: str | None = None
    as_of: date | None = None
    source: str | None = None


class Cost(Value):
    """What a call cost. `total` is None as long as any item is unknown."""

    items: tuple[CostItem, ...] = ()
    total: float | None = None
    currency: str | None = None


class CallLogged(Event):
    """The finished record of one call."""

    subject_template: ClassVar[str] = "telemetry.calls.logged"
    stream: ClassVar[str] = "TELEMETRY"
    told_by: ClassVar[tuple[str, ...]] = ("telemetry",)
    heard_by: ClassVar[tuple[str, ...]] = ("anyone",)

    call_id: UUID
    lead_id: LeadId
    lead: LeadFacts | None = None
    phone: PhoneNumber | None = None
    campaign_id: UUID | None = None
    attempt: int = 1
    playbook: Playbook | None = None
    line: str | None = None
    carrier: str | None = None
    stage: Stage | None = None
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
    opted_out: bool = False
    objections: tuple[str, ...] = ()
    sentiment: str | None = None
    language: str | None = None
    error: str | None = None
    transcript: tuple[TranscriptLine, ...] = ()
    duration_s: float = 0.0
    requested_at: Instant | None = None
    dialed_at: Instant | None = None
    started_at: Instant | None = None
    """When the line opened; None if nobody picked up."""
    first_words_at: Instant | None = None
    """When the person first spoke."""
    recording_announced_at: Instant | None = None
    """When the person heard that the call is recorded; None if they never did."""
    ended_at: Instant | None = None
    recordings: tuple[Recording, ...] = ()
    """Those known by then; a carrier may tell of one later."""
    models: tuple[ModelUsage, ...] = ()
    voice: VoiceUsage | None = None
    talk: Talk | None = None
    cost: Cost | None = None
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
