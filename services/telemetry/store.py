"""Telemetry's tables, and the ledger that writes them.

`facts` is the truth, one row for each message of a stream, and so its own inbox: a redelivery finds its row.
`calls` is derived from it: what lists and filters need in columns, the whole record as JSON.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, String, Text, Uuid, case, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from contracts.calls import CallConcluded, CallEnded, CallEvent, CallRequested, CallStarted
from contracts.event import Event, kind_of
from services.runtime.outbox import OutboxRow
from services.runtime.unit_of_work import Moment, named_metadata
from services.telemetry.domain.call_record import CallRecord, CallState
from services.telemetry.domain.facts import Fact, Facts
from services.telemetry.ports import DueCall

_LANDMARKS = (CallRequested, CallStarted, CallEnded, CallConcluded)
"""The facts of a running call after which its row is written anew; the rest waits, to leave the call in peace."""

_OVER = (CallState.ENDED, CallState.CONCLUDED)


class Base(DeclarativeBase):
    metadata = named_metadata()


class Outbox(OutboxRow, Base):
    """Facts on their way out."""


class FactRow(Base):
    """One message of a stream. The body is the fact as it was understood, as JSON text."""

    __tablename__ = "facts"

    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    call_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    lead_id: Mapped[str | None] = mapped_column(String(64))
    stored_at: Mapped[datetime] = mapped_column(Moment)
    body: Mapped[str] = mapped_column(Text)

    def fact(self) -> Fact[Event]:
        """The fact this row keeps."""
        kind = kind_of(self.subject)
        if kind is None:
            raise LookupError(f"no fact is told on {self.subject} any more; migrate the table facts")
        return Fact(kind.model_validate_json(self.body), self.sequence, self.stored_at)


# Verdicts are read by kind, newest first; the facts of calls, many times as many, are read by call.
Index(
    "ix_facts_kind",
    FactRow.kind,
    FactRow.stored_at,
    sqlite_where=FactRow.call_id.is_(None),
    postgresql_where=FactRow.call_id.is_(None),
)
Index(
    "ix_facts_lead_id",
    FactRow.lead_id,
    FactRow.stored_at,
    sqlite_where=FactRow.call_id.is_(None),
    postgresql_where=FactRow.call_id.is_(None),
)


class CallRow(Base):
    """One call. `heard_at` and `due_at` are real moments, all others those of the system's clock."""

    __tablename__ = "calls"

    call_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    lead_id: Mapped[str | None] = mapped_column(String(64))
    lead_name: Mapped[str | None] = mapped_column(Text)
    company: Mapped[str | None] = mapped_column(Text)
    campaign_id: Mapped[UUID | None] = mapped_column(Uuid)
    attempt: Mapped[int]
    outcome: Mapped[str | None] = mapped_column(String(32))
    disposition: Mapped[str | None] = mapped_column(String(32))
    began_at: Mapped[datetime] = mapped_column(Moment)
    """When its first fact happened."""
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    duration_s: Mapped[float]
    meeting_start: Mapped[datetime | None] = mapped_column(Moment)
    record: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    heard_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the record is to be folded anew; None if it holds every fact, or if the call still runs."""
    logged_at: Mapped[datetime | None] = mapped_column(Moment)


Index("ix_calls_began_at", CallRow.began_at, CallRow.call_id)
Index("ix_calls_outcome", CallRow.outcome, CallRow.began_at)
Index("ix_calls_disposition", CallRow.disposition, CallRow.began_at)
Index("ix_calls_lead_id", CallRow.lead_id, CallRow.began_at)
Index(
    "ix_calls_due_at",
    CallRow.due_at,
    sqlite_where=CallRow.due_at.is_not(None),
    postgresql_where=CallRow.due_at.is_not(None),
)
Index(
    "ix_calls_heard_at",
    CallRow.heard_at,
    sqlite_where=CallRow.logged_at.is_(None),
    postgresql_where=CallRow.logged_at.is_(None),
)


class Tables:
    """The ledger in one transaction's session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert

    async def keep(self, facts: Sequence[Fact[Event]], due_at: datetime) -> None:
        if not facts:
            return
        rows = [_fact_row(fact) for fact in facts]
        await self._session.execute(self._insert(FactRow).on_conflict_do_nothing(), rows)
        of_calls = _by_call(fact for fact in facts if isinstance(fact.event, CallEvent))
        if of_calls:
            await self._touch(of_calls, due_at)
        about_calls = _by_call(fact for fact in facts if not isinstance(fact.event, CallEvent))
        if about_calls:
            await self._session.execute(
                update(CallRow).where(CallRow.call_id.in_(about_calls), _is_over()).values(due_at=due_at)
            )

    async def due(self, now: datetime, limit: int) -> list[DueCall]:
        rows = await self._session.execute(
            select(CallRow.call_id, CallRow.logged_at)
            .where(CallRow.due_at <= now)
            .order_by(CallRow.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        logged = {call_id: logged_at is not None for call_id, logged_at in rows}
        known = await facts_of(self._session, list(logged))
        return [DueCall(facts, logged[facts.call_id]) for facts in known]

    async def write(self, record: CallRecord, logged_at: datetime | None) -> None:
        values: dict[str, Any] = {
            "state": record.state,
            "lead_id": record.lead_id,
            "lead_name": record.lead.name,
            "company": record.lead.company,
            "campaign_id": record.campaign_id,
            "attempt": record.attempt,
            "outcome": record.outcome,
            "disposition": record.disposition,
            "started_at": record.started_at,
            "ended_at": record.ended_at,
            "duration_s": record.duration_s,
            "meeting_start": record.meeting.start if record.meeting else None,
            "record": record.model_dump(mode="json", exclude_none=True),
            "due_at": None,
        }
        if logged_at is not None:
            values["logged_at"] = logged_at
        await self._session.execute(update(CallRow).where(CallRow.call_id == record.call_id).values(values))

    async def _touch(self, calls: dict[UUID, list[Fact[Event]]], due_at: datetime) -> None:
        """Make or freshen the rows of calls, in one order everywhere so that replicas do not lock each other."""
        statement = self._insert(CallRow)
        told = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=[CallRow.call_id],
            set_={
                "began_at": case((told.began_at < CallRow.began_at, told.began_at), else_=CallRow.began_at),
                "heard_at": case((told.heard_at > CallRow.heard_at, told.heard_at), else_=CallRow.heard_at),
                "due_at": case((or_(told.due_at.is_not(None), _is_over()), literal(due_at, Moment)), else_=None),
            },
        )
        rows = [_call_row(call_id, calls[call_id], due_at) for call_id in sorted(calls)]
        await self._session.execute(statement, rows)


async def facts_of(session: AsyncSession, call_ids: Iterable[UUID]) -> list[Facts]:
    """What is known of each of these calls."""
    known = {call_id: Facts(call_id) for call_id in call_ids}
    for row in await session.scalars(select(FactRow).where(FactRow.call_id.in_(known))):
        if row.call_id is not None:
            known[row.call_id].add(row.fact())
    return list(known.values())


def _is_over() -> Any:
    """Whether a call is known to be over, or about to be folded and found so."""
    return or_(CallRow.due_at.is_not(None), *(CallRow.state == state for state in _OVER))


def _by_call(facts: Iterable[Fact[Event]]) -> dict[UUID, list[Fact[Event]]]:
    calls: dict[UUID, list[Fact[Event]]] = {}
    for fact in facts:
        if fact.call_id is not None:
            calls.setdefault(fact.call_id, []).append(fact)
    return calls


def _fact_row(fact: Fact[Event]) -> dict[str, Any]:
    event = fact.event
    return {
        "stream": event.stream,
        "sequence": fact.sequence,
        "subject": event.subject,
        "kind": type(event).__name__,
        "call_id": fact.call_id,
        "lead_id": getattr(event, "lead_id", None),
        "stored_at": fact.stored_at,
        "body": event.body().decode(),
    }


def _call_row(call_id: UUID, facts: list[Fact[Event]], due_at: datetime) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "state": CallState.REQUESTED,
        "attempt": 1,
        "duration_s": 0.0,
        "began_at": min(fact.event.occurred_at for fact in facts),
        "heard_at": max(fact.stored_at for fact in facts),
        "due_at": due_at if any(isinstance(fact.event, _LANDMARKS) for fact in facts) else None,
    }
