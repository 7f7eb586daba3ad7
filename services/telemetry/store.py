"""The ledger that writes telemetry's tables, within one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.calls import CallConcluded, CallEnded, CallEvent, CallRequested, CallStarted
from contracts.event import Event
from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused
from services.runtime.unit_of_work import Moment
from services.telemetry.domain.call_record import CallRecord, CallState
from services.telemetry.domain.facts import Fact, Facts
from services.telemetry.ports import DueCall
from services.telemetry.rows import (
    call_columns,
    fact_row,
    lead_row,
    objection_rows,
    searched_words,
    wait_rows,
)
from services.telemetry.tables import (
    CallRow,
    FactRow,
    LeadRow,
    ObjectionRow,
    RecordRow,
    TranscriptRow,
    WaitRow,
)

_LANDMARKS = (CallRequested, CallStarted, CallEnded, CallConcluded)
"""The facts of a running call after which its row is written anew; the rest waits, to leave the call in peace."""

_OVER = (CallState.ENDED, CallState.CONCLUDED)


class Tables:
    """The ledger in one transaction's session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert

    async def keep(self, facts: Sequence[Fact[Event]], due_at: datetime) -> None:
        if not facts:
            return
        rows = [fact_row(fact) for fact in facts]
        await self._session.execute(self._insert(FactRow.__table__).on_conflict_do_nothing(), rows)
        await self._judge(facts)
        of_calls = _by_call(fact for fact in facts if isinstance(fact.event, CallEvent))
        if of_calls:
            await self._touch(of_calls, due_at)
        about_calls = _by_call(fact for fact in facts if not isinstance(fact.event, CallEvent))
        if about_calls:
            await self._session.execute(
                update(CallRow).where(CallRow.call_id.in_(about_calls), _is_over()).values(due_at=due_at)
            )

    async def due(self, now: datetime, limit: int) -> list[DueCall]:
        query = select(CallRow).where(CallRow.due_at <= now).order_by(CallRow.due_at)
        return await self.claimed(query.limit(limit))

    async def claimed(self, query: Select[CallRow]) -> list[DueCall]:
        """Calls with their facts, in the order asked for; nobody else gets them while the transaction lasts."""
        rows = (await self._session.scalars(query.with_for_update(skip_locked=True))).all()
        known = {facts.call_id: facts for facts in await facts_of(self._session, [row.call_id for row in rows])}
        return [DueCall(known[row.call_id], row.logged_at is not None, row.is_whole) for row in rows]

    async def write(self, record: CallRecord, logged_at: datetime | None) -> None:
        values = call_columns(record) | {"due_at": None}
        if logged_at is not None:
            values["logged_at"] = logged_at
        this = CallRow.call_id == record.call_id
        await self._session.execute(update(CallRow).where(this).values(values))
        body = record.model_dump(mode="json", exclude_none=True)
        await self._put(RecordRow, call_id=record.call_id, record=body)
        await self._put(TranscriptRow, call_id=record.call_id, words=searched_words(record))
        await self._replace(WaitRow, record.call_id, wait_rows(record))
        await self._replace(ObjectionRow, record.call_id, objection_rows(record))

    async def leave(self, call_id: UUID) -> None:
        await self._session.execute(update(CallRow).where(CallRow.call_id == call_id).values(due_at=None))

    async def _put(self, table: type[RecordRow | TranscriptRow], **row: Any) -> None:
        """Insert the one row that a call has in a table, or change it where it differs."""
        statement = self._insert(table).values(row)
        changed = {name: statement.excluded[name] for name in row if name != "call_id"}
        await self._session.execute(statement.on_conflict_do_update(index_elements=["call_id"], set_=changed))

    async def _replace(self, table: type[WaitRow | ObjectionRow], call_id: UUID, rows: list[dict[str, Any]]) -> None:
        await self._session.execute(delete(table).where(table.call_id == call_id))
        if rows:
            await self._session.execute(self._insert(table), rows)

    async def _judge(self, facts: Sequence[Fact[Event]]) -> None:
        """Keep the latest verdict on each lead, whatever the order they come in."""
        rows = [
            lead_row(fact.event, fact.sequence)
            for fact in facts
            if isinstance(fact.event, LeadAccepted | LeadRefused | LeadDeferred)
        ]
        if not rows:
            return
        statement = self._insert(LeadRow)
        told = statement.excluded
        later = told.sequence > LeadRow.sequence
        statement = statement.on_conflict_do_update(
            index_elements=[LeadRow.lead_id, LeadRow.campaign_id],
            set_={
                "told_at": case((told.told_at < LeadRow.told_at, told.told_at), else_=LeadRow.told_at),
                "verdict": case((later, told.verdict), else_=LeadRow.verdict),
                "sequence": case((later, told.sequence), else_=LeadRow.sequence),
            },
        )
        rows.sort(key=lambda row: (row["lead_id"], row["campaign_id"], row["sequence"]))
        await self._session.execute(statement, rows)

    async def _touch(self, calls: dict[UUID, list[Fact[Event]]], due_at: datetime) -> None:
        """Make or freshen the rows of calls, in one order everywhere so that replicas do not lock each other."""
        rows = [_call_row(call_id, calls[call_id], due_at) for call_id in sorted(calls)]
        await self._session.execute(_touching(self._insert), rows)


@cache
def _touching(insert: Any) -> Any:
    """Making it takes longer than the database takes to carry it out."""
    statement = insert(CallRow.__table__)
    told = statement.excluded
    due_if_over = bindparam("due_if_over", type_=Moment)
    return statement.on_conflict_do_update(
        index_elements=[CallRow.call_id],
        set_={
            "began_at": case((told.began_at < CallRow.began_at, told.began_at), else_=CallRow.began_at),
            "heard_at": case((told.heard_at > CallRow.heard_at, told.heard_at), else_=CallRow.heard_at),
            "due_at": case((or_(told.due_at.is_not(None), _is_over()), due_if_over), else_=None),
        },
    )


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


def _call_row(call_id: UUID, facts: list[Fact[Event]], due_at: datetime) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "state": CallState.REQUESTED,
        "attempt": 1,
        "duration_s": 0.0,
        "began_at": min(fact.event.occurred_at for fact in facts),
        "heard_at": max(fact.stored_at for fact in facts),
        "due_at": due_at if any(isinstance(fact.event, _LANDMARKS) for fact in facts) else None,
        "due_if_over": due_at,
    }
