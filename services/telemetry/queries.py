"""What may be asked of the archive, and the shapes of its answers."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from contracts.telemetry import Stage
from contracts.values import AnsweredBy, Disposition, Instant, LeadId, Outcome, Verdict
from services.telemetry.domain.call_record import CallState
from services.telemetry.domain.cost import CostSummary
from services.telemetry.domain.funnel import FunnelStep
from services.telemetry.domain.latency import Percentiles
from services.telemetry.domain.variants import Conversion, Variant


class CallQuery(BaseModel):
    """Which calls; a name that is no filter is refused. `until` itself is left out."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome | None = None
    disposition: Disposition | None = None
    interest: Literal["high", "medium", "low"] | None = None
    stage: Stage | None = None
    """Calls that came at least so far."""
    campaign_id: UUID | None = None
    playbook: str | None = Field(default=None, max_length=200)
    variant: str | None = Field(default=None, max_length=200)
    lead_id: LeadId | None = None
    since: Instant | None = None
    until: Instant | None = None
    min_duration_s: float | None = Field(default=None, ge=0)
    q: str | None = Field(default=None, min_length=1, max_length=200)
    """Words that were said, or a name, company or number. All of them must be there."""


class Sort(StrEnum):
    """The order of calls; a minus is for descending."""

    NEWEST = "-began_at"
    OLDEST = "began_at"
    LONGEST = "-duration_s"
    SHORTEST = "duration_s"


class CallFilters(CallQuery):
    """Which calls to list, in which order, and which page."""

    sort: Sort = Sort.NEWEST
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = None
    """Where the page before this one ended: its `next_cursor`."""


class CallSummary(BaseModel):
    """A call in a list."""

    model_config = ConfigDict(from_attributes=True)

    call_id: UUID
    state: CallState
    lead_id: LeadId | None
    lead_name: str | None
    company: str | None
    business_type: str | None
    campaign_id: UUID | None
    attempt: int
    playbook: str | None
    variant: str | None
    line: str | None
    outcome: Outcome | None
    disposition: Disposition | None
    answered_by: AnsweredBy | None
    interest: Literal["high", "medium", "low"] | None
    began_at: Instant
    started_at: Instant | None
    ended_at: Instant | None
    duration_s: float
    meeting_start: Instant | None
    cost: float | None
    """None where it is not known."""
    currency: str | None
    has_recording: bool


class CallPage(BaseModel):
    """Calls in the order asked for. `next_cursor` is None on the last page."""

    items: list[CallSummary]
    next_cursor: str | None = None


class KeptEvent(BaseModel):
    """A fact as it was told, and its place in its stream."""

    stream: str
    sequence: int
    subject: str
    kind: str
    stored_at: Instant
    body: dict[str, JsonValue]


class VerdictKind(StrEnum):
    """What the gate said of a lead."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"


class LeadVerdict(BaseModel):
    """What every rule of the gate said of a lead, and what came of it."""

    verdict: VerdictKind
    lead_id: LeadId
    name: str | None = None
    campaign_id: UUID | None = None
    at: Instant
    reasons: tuple[str, ...] = ()
    until: Instant | None = None
    verdicts: tuple[Verdict, ...] = ()


class TalkSummary(BaseModel):
    """How calls on which somebody spoke went, on average."""

    calls: int
    agent_share: float | None = None
    """Of all words, 0 to 1."""
    interruptions_per_call: float | None = None
    longest_monologue_words: float | None = None
    longest_monologue_words_max: int = 0


class Statistics(BaseModel):
    """How well calls went."""

    calls: int
    duration_s: float
    funnel: tuple[FunnelStep, ...]
    """Of leads, each counted once by its furthest call. `submitted` are those the gate has judged; where a filter
    speaks of calls, those with such a call."""
    outcomes: dict[str, int]
    dispositions: dict[str, int]
    interests: dict[str, int]
    objections: dict[str, int]
    by_campaign: tuple[Conversion, ...]
    by_hour: tuple[Conversion, ...]
    by_business_type: tuple[Conversion, ...]
    by_attempt: tuple[Conversion, ...]
    variants: tuple[Variant, ...]
    first_word_ms: Percentiles
    waits: dict[float, int]
    """The waits behind the percentiles: milliseconds, and how many turns had about that."""
    talk: TalkSummary
    costs: tuple[CostSummary, ...]
    """One for each currency."""
    cost_unknown: int
    """Finished calls whose cost is not known."""
