"""Another system that has leads to call, and wants to know what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from contracts.values import Outcome


@dataclass(frozen=True)
class SourcedLead:
    """A lead as another system has it: its id there, and its texts by the names of a list's columns."""

    reference: str
    texts: Mapping[str, str]


class Mark(StrEnum):
    """What another system is told of its lead."""

    QUEUED = "queued"
    """Taken, and to be called when its time has come."""
    IN_PROGRESS = "in_progress"
    CALLED = "called"
    CALLBACK = "callback"
    REFUSED = "refused"
    DO_NOT_CALL = "do_not_call"


@dataclass(frozen=True)
class LeadResult:
    """How far we have come with another system's lead."""

    reference: str
    mark: Mark
    reason: str
    """Why it stands where it stands, in words, with the cure where there is one."""
    attempts: int = 0
    outcome: Outcome | None = None
    summary: str = ""
    last_call_at: datetime | None = None
    next_call_at: datetime | None = None
    opted_out: bool = False
    consent_basis: str | None = None
    consent_at: str | None = None


class LeadSource(Protocol):
    """Another system that has leads to call, such as a CRM."""

    name: str

    async def next_leads(self, limit: int) -> list[SourcedLead]:
        """Leads that are to be called and that nobody has taken. Raises Unavailable, or Refused with the cure for a
        configuration that cannot work."""

    async def delete(self, reference: str) -> bool:
        """Delete a lead there for good. False if it was gone. Raises as next_leads."""


class ResultSink(Protocol):
    """Another system that wants to know what became of its leads."""

    async def record(self, results: Sequence[LeadResult]) -> None:
        """Mark leads. The same result again changes nothing. Raises as LeadSource."""
