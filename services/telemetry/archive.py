"""Reads what the ledger keeps: pages of calls, one call, its events, and the gate's verdicts."""

import base64
import binascii
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused
from services.runtime.errors import InvalidMessage, NotFound
from services.telemetry.domain.call_record import CallRecord, record_of
from services.telemetry.domain.facts import Facts
from services.telemetry.ports import CallFilters, CallPage, CallSummary, KeptEvent, LeadVerdict, VerdictKind
from services.telemetry.store import CallRow, FactRow, facts_of

_VERDICTS = {
    LeadAccepted.__name__: VerdictKind.ACCEPTED,
    LeadRefused.__name__: VerdictKind.REFUSED,
    LeadDeferred.__name__: VerdictKind.DEFERRED,
}
_COLUMNS = [getattr(CallRow, name) for name in CallSummary.model_fields]


class StoredCalls:
    """The archive over telemetry's tables."""

    def __init__(self, reading: Callable[[], AbstractAsyncContextManager[AsyncSession]]) -> None:
        self._reading = reading

    async def page(self, filters: CallFilters) -> CallPage:
        query = _filtered(select(*_COLUMNS), filters).order_by(CallRow.began_at.desc(), CallRow.call_id.desc())
        async with self._reading() as session:
            rows = (await session.execute(query.limit(filters.limit + 1))).all()
        items = [CallSummary.model_validate(row) for row in rows[: filters.limit]]
        more = len(rows) > filters.limit
        return CallPage(items=items, next_cursor=_cursor(items[-1]) if more else None)

    async def record(self, call_id: UUID) -> CallRecord:
        async with self._reading() as session:
            row = await session.get(CallRow, call_id)
            if row is None:
                raise _unknown(call_id)
            if row.record is not None and row.due_at is None and row.logged_at is not None:
                return CallRecord.model_validate(row.record)
            (facts,) = await facts_of(session, [call_id])
        return record_of(facts)

    async def events(self, call_id: UUID) -> list[KeptEvent]:
        query = select(FactRow).where(FactRow.call_id == call_id)
        async with self._reading() as session:
            if await session.get(CallRow, call_id) is None:
                raise _unknown(call_id)
            rows = (await session.scalars(query.order_by(FactRow.stored_at, FactRow.sequence))).all()
        return [
            KeptEvent(
                stream=row.stream,
                sequence=row.sequence,
                subject=row.subject,
                kind=row.kind,
                stored_at=row.stored_at,
                body=json.loads(row.body),
            )
            for row in rows
        ]

    async def in_progress(self, heard_since: datetime) -> list[Facts]:
        query = select(CallRow.call_id).where(CallRow.logged_at.is_(None), CallRow.heard_at >= heard_since)
        async with self._reading() as session:
            known = await facts_of(session, (await session.scalars(query)).all())
        return [facts for facts in known if not record_of(facts).complete]

    async def verdicts(self, lead_id: str | None, limit: int) -> list[LeadVerdict]:
        query = select(FactRow).where(FactRow.call_id.is_(None), FactRow.kind.in_(_VERDICTS))
        if lead_id is not None:
            query = query.where(FactRow.lead_id == lead_id)
        async with self._reading() as session:
            rows = (await session.scalars(query.order_by(FactRow.stored_at.desc()).limit(limit))).all()
        return [_verdict(row) for row in rows]


def _filtered(query: Select[Any], filters: CallFilters) -> Select[Any]:
    if filters.outcome:
        query = query.where(CallRow.outcome == filters.outcome)
    if filters.disposition:
        query = query.where(CallRow.disposition == filters.disposition)
    if filters.lead_id:
        query = query.where(CallRow.lead_id == filters.lead_id)
    if filters.since:
        query = query.where(CallRow.began_at >= filters.since)
    if filters.until:
        query = query.where(CallRow.began_at < filters.until)
    if filters.cursor:
        began_at, call_id = _place(filters.cursor)
        earlier = and_(CallRow.began_at == began_at, CallRow.call_id < call_id)
        query = query.where(CallRow.began_at <= began_at, or_(CallRow.began_at < began_at, earlier))
    return query


def _cursor(last: CallSummary) -> str:
    return base64.urlsafe_b64encode(f"{last.began_at.isoformat()}/{last.call_id}".encode()).decode()


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        began_at, _, call_id = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii").partition("/")
        moment = datetime.fromisoformat(began_at)
        if moment.tzinfo is None:
            raise ValueError("a cursor's moment has a zone")
        return moment, UUID(call_id)
    except (ValueError, binascii.Error) as error:
        raise InvalidMessage("pass the `next_cursor` of the page before, unchanged", field="cursor") from error


def _verdict(row: FactRow) -> LeadVerdict:
    event = row.fact().event
    if not isinstance(event, LeadAccepted | LeadRefused | LeadDeferred):
        raise TypeError(f"{row.kind} is no verdict")
    return LeadVerdict(
        verdict=_VERDICTS[row.kind],
        lead_id=event.lead_id,
        name=event.name,
        campaign_id=event.campaign_id,
        at=event.occurred_at,
        reasons=() if isinstance(event, LeadAccepted) else event.reasons,
        until=event.until if isinstance(event, LeadDeferred) else None,
        verdicts=event.verdicts,
    )


def _unknown(call_id: UUID) -> NotFound:
    return NotFound(f"no call {call_id} is known; GET /calls lists those that are")
