"""What telemetry needs of the world: a ledger of facts and records, a reader of them, and a feed of live facts."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from contracts.telemetry import CallLogged
from services.telemetry.domain.call_record import CallRecord
from services.telemetry.domain.facts import Fact, Facts
from services.telemetry.queries import CallFilters, CallPage, CallQuery, KeptEvent, LeadVerdict, Statistics


@dataclass(frozen=True)
class DueCall:
    """A call whose record is to be folded anew."""

    facts: Facts
    logged: bool
    whole: bool = False
    """Whether the record there is was folded from the call's first fact on."""


class Ledger(Protocol):
    """The writing side, within one transaction. Moments called real are never those of a pinned clock."""

    async def keep(self, facts: Sequence[Fact[Event]], due_at: datetime) -> None:
        """Keep facts, each once, and have the calls they change folded at a real moment."""

    async def due(self, now: datetime, limit: int) -> list[DueCall]:
        """Calls to fold by this real moment; nobody else gets them while the transaction lasts."""

    async def write(self, record: CallRecord, logged_at: datetime | None) -> None:
        """Store a folded record; `logged_at` if it is being logged now."""

    async def leave(self, call_id: UUID) -> None:
        """Leave a record as it is: it knows more than the facts that are left."""


class Announcer(Protocol):
    """Tells the world."""

    async def announce(self, session: AsyncSession, events: Sequence[Event]) -> None:
        """Have facts told to everybody outside who wants them, if and only if this transaction commits; each once."""


class RebuildLedger(Ledger, Protocol):
    """What a rebuild needs besides."""

    async def calls_after(self, call_id: UUID | None, limit: int) -> tuple[list[DueCall], UUID | None]:
        """The next calls in the order of their ids, but for those that somebody else is folding, and the last id
        of them, None when there are no more. None begins with the first."""

    async def keep_logged(self, told: Sequence[tuple[CallLogged, datetime]]) -> None:
        """Note that calls were logged, and when the stream stored that; a call nothing else is known of gets
        the record that was told."""

    async def position(self, part: str) -> str | None:
        """How far an earlier rebuild that did not end came in one of its parts."""

    async def move(self, part: str, position: str) -> None:
        """Remember how far this one has come."""

    async def forget(self) -> None:
        """The next rebuild begins anew."""

    async def count(self) -> int:
        """How many calls there are."""


class Archive(Protocol):
    """The reading side."""

    async def page(self, filters: CallFilters) -> CallPage:
        """Calls. Raises InvalidMessage for a cursor that is not ours, or for words that hold no letter."""

    async def statistics(self, query: CallQuery) -> Statistics:
        """How well calls went."""

    def results(self, query: CallQuery) -> AsyncIterator[Mapping[str, Any]]:
        """The fields of finished calls for a table of results, newest first, read page by page."""

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
