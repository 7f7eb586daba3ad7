"""Reads what the ledger keeps: pages of calls, one call, its events, and the gate's verdicts."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused
from services.runtime.errors import NotFound
from services.telemetry import analytics
from services.telemetry.domain.call_record import CallRecord, CallState
from services.telemetry.domain.cost import PriceList
from services.telemetry.domain.facts import Facts
from services.telemetry.domain.folding import record_of
from services.telemetry.queries import (
    CallFilters,
    CallPage,
    CallQuery,
    CallSummary,
    KeptEvent,
    LeadVerdict,
    Statistics,
)
from services.telemetry.rows import VERDICTS
from services.telemetry.selection import conditions, cursor_after, page_of
from services.telemetry.store import facts_of
from services.telemetry.tables import CallRow, FactRow, RecordRow

_COLUMNS = [getattr(CallRow, name) for name in CallSummary.model_fields]
_OVER = (CallState.ENDED, CallState.CONCLUDED)
_RESULTS_A_PAGE = 200

_LEAD, _MEETING = RecordRow.record["lead"], RecordRow.record["meeting"]
_RESULT_COLUMNS = [
    *_COLUMNS,
    RecordRow.record["phone"].as_string().label("phone"),
    _LEAD["company_size"].as_string().label("company_size"),
    _LEAD["current_challenges"].as_string().label("current_challenges"),
    _LEAD["best_call_time"].as_string().label("best_call_time"),
    RecordRow.record["summary"].as_string().label("summary"),
    RecordRow.record["next_step"].as_string().label("next_step"),
    _MEETING["representative_name"].as_string().label("representative_name"),
]


class StoredCalls:
    """The archive over telemetry's tables."""

    def __init__(self, reading: Callable[[], AbstractAsyncContextManager[AsyncSession]], prices: PriceList) -> None:
        self._reading = reading
        self._prices = prices

    async def page(self, filters: CallFilters) -> CallPage:
        async with self._reading() as session:
            query = select(*_COLUMNS).where(*conditions(filters, _dialect(session), in_order=True))
            rows = (await session.execute(page_of(query, filters))).all()
        items = [CallSummary.model_validate(row) for row in rows[: filters.limit]]
        more = len(rows) > filters.limit
        return CallPage(items=items, next_cursor=cursor_after(items[-1], filters.sort) if more else None)

    async def statistics(self, query: CallQuery) -> Statistics:
        async with self._reading() as session:
            return await analytics.statistics(session, query, _dialect(session))

    async def results(self, query: CallQuery) -> AsyncIterator[Mapping[str, Any]]:
        """Each page is a transaction of its own, so that a slow reader holds up nobody."""
        columns = select(*_RESULT_COLUMNS).join(RecordRow, RecordRow.call_id == CallRow.call_id)
        if query.q is not None:
            async for row in self._found(query, columns):
                yield row
            return
        filters = CallFilters(**query.model_dump(), limit=_RESULTS_A_PAGE)
        while True:
            async with self._reading() as session:
                wanted = columns.where(CallRow.state.in_(_OVER), *conditions(filters, _dialect(session)))
                rows = (await session.execute(page_of(wanted, filters))).mappings().all()
            for row in rows[: filters.limit]:
                yield row
            if len(rows) <= filters.limit:
                return
            last = CallSummary.model_validate(dict(rows[filters.limit - 1]))
            filters = filters.model_copy(update={"cursor": cursor_after(last, filters.sort)})

    async def _found(self, query: CallQuery, columns: Select[Any]) -> AsyncIterator[Mapping[str, Any]]:
        """The same of a search, which is made once and not for every page."""
        newest = (CallRow.began_at.desc(), CallRow.call_id.desc())
        async with self._reading() as session:
            wanted = [CallRow.state.in_(_OVER), *conditions(query, _dialect(session))]
            found = (await session.scalars(select(CallRow.call_id).where(*wanted).order_by(*newest))).all()
        for start in range(0, len(found), _RESULTS_A_PAGE):
            page = CallRow.call_id.in_(found[start : start + _RESULTS_A_PAGE])
            async with self._reading() as session:
                rows = (await session.execute(columns.where(page).order_by(*newest))).mappings().all()
            for row in rows:
                yield row

    async def record(self, call_id: UUID) -> CallRecord:
        async with self._reading() as session:
            row = await session.get(CallRow, call_id)
            if row is None:
                raise _unknown(call_id)
            stored = await session.get(RecordRow, call_id)
            if stored is not None and row.due_at is None and row.logged_at is not None:
                return CallRecord.model_validate(stored.record)
            (facts,) = await facts_of(session, [call_id])
        record = record_of(facts, self._prices)
        if stored is not None and row.is_whole and record.requested_at is None:
            return CallRecord.model_validate(stored.record)  # it knows more than the facts that are left
        return record

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
        query = select(FactRow).where(FactRow.call_id.is_(None), FactRow.kind.in_(VERDICTS))
        if lead_id is not None:
            query = query.where(FactRow.lead_id == lead_id)
        async with self._reading() as session:
            rows = (await session.scalars(query.order_by(FactRow.stored_at.desc()).limit(limit))).all()
        return [_verdict(row) for row in rows]


def _verdict(row: FactRow) -> LeadVerdict:
    event = row.fact().event
    if not isinstance(event, LeadAccepted | LeadRefused | LeadDeferred):
        raise TypeError(f"{row.kind} is no verdict")
    return LeadVerdict(
        verdict=VERDICTS[row.kind],
        lead_id=event.lead_id,
        name=event.name,
        campaign_id=event.campaign_id,
        at=event.occurred_at,
        reasons=() if isinstance(event, LeadAccepted) else event.reasons,
        until=event.until if isinstance(event, LeadDeferred) else None,
        verdicts=event.verdicts,
    )


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


def _unknown(call_id: UUID) -> NotFound:
    return NotFound(f"no call {call_id} is known; GET /calls lists those that are")
