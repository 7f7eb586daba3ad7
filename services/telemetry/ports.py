"""What telemetry needs of the world: a ledger of facts and records, a reader of them, and a feed of live facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from contracts.event import Event
from contracts.values import Disposition, LeadId, Outcome, Verdict
from services.telemetry.domain.call_record import CallRecord, CallState
from services.telemetry.domain.facts import Fact, Facts


@dataclass(frozen=True)
class DueCall:
    """A call whose record is to be folded anew."""

    facts: Facts
    logged: bool


class Ledger(Protocol):
    """The writing side, within one transaction. Moments called real are never those of a pinned clock."""

    async def keep(self, facts: Sequence[Fact[Event]], due_at: datetime) -> None:
        """Keep facts, each once, and have the calls they change folded at a real moment."""

    async def due(self, now: datetime, limit: int) -> list[DueCall]:
        """Calls to fold by this real moment; nobody else gets them while the transaction lasts."""

    async def write(self, record: CallRecord, logged_at: datetime | None) -> None:
        """Store a folded record; `logged_at` if it is being logged now."""


class CallSummary(BaseModel):
    """A call in a list."""

    model_config = ConfigDict(from_attributes=True)

    call_id: UUID
    state: CallState
    lead_id: LeadId | None
    lead_name: str | None
    company: str | None
    campaign_id: UUID | None
    attempt: int
    outcome: Outcome | None
    disposition: Disposition | None
    began_at: AwareDatetime
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    duration_s: float
    meeting_start: AwareDatetime | None


class CallFilters(BaseModel):
    """Which calls to list; a name that is no filter is refused. `until` itself is left out."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome | None = None
    disposition: Disposition | None = None
    lead_id: LeadId | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = None
    """Where the page before this one ended: its `next_cursor`."""


class CallPage(BaseModel):
    """Calls, newest first. `next_cursor` is None on the last page."""

    items: list[CallSummary]
    next_cursor: str | None = None


class KeptEvent(BaseModel):
    """A fact as it was told, and its place in its stream."""

    stream: str
    sequence: int
    subject: str
    kind: str
    stored_at: AwareDatetime
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
    at: AwareDatetime
    reasons: tuple[str, ...] = ()
    until: AwareDatetime | None = None
    verdicts: tuple[Verdict, ...] = ()


class Archive(Protocol):
    """The reading side."""

    async def page(self, filters: CallFilters) -> CallPage:
        """Calls, newest first. Raises InvalidMessage for a cursor that is not ours."""

    async def record(self, call_id: UUID) -> CallRecord:
        """One call as it stands now. Raises NotFound."""

    async def events(self, call_id: UUID) -> list[KeptEvent]:
        """Every fact of a call in the order the streams stored them. Raises NotFound."""

    async def in_progress(self, heard_since: datetime) -> list[Facts]:
        """Calls that are not over and of which something was heard since a real moment."""

    async def verdicts(self, lead_id: str | None, limit: int) -> list[LeadVerdict]:
        """The gate's verdicts, newest first."""


class Feed(Protocol):
    """Facts as they happen, in the order of each stream."""

    async def open(self, hear: Callable[[Fact[Event]], None]) -> None:
        """Hear every fact that the archive may not hold yet, and whatever follows. Raises Unavailable."""

    async def close(self) -> None:
        """Hear nothing more."""
