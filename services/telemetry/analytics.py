"""Sums over many calls in SQL: a few narrow scans, whatever the filters. What they mean, the domain says."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.telemetry import Stage
from services.telemetry.domain.call_record import CallState
from services.telemetry.domain.cost import CostSummary, summed
from services.telemetry.domain.funnel import STAGES, FunnelStep, depth, steps
from services.telemetry.domain.latency import percentiles, wait_of
from services.telemetry.domain.variants import Conversion, Variant, conversion, variants
from services.telemetry.queries import CallQuery, Statistics, TalkSummary
from services.telemetry.selection import conditions
from services.telemetry.tables import CallRow, LeadRow, ObjectionRow, WaitRow

_ABOUT_LEADS = {"campaign_id", "since", "until"}
"""Filters that a lead can be asked as well as a call."""

Where = Sequence[ColumnElement[bool]]


async def statistics(session: AsyncSession, query: CallQuery, dialect: str) -> Statistics:
    """How well the calls of a query went."""
    where = conditions(query, dialect)
    counted = await _counted(session, where, CallRow.outcome, CallRow.disposition, CallRow.interest)
    waits = await _waits(session, where)
    costs, unknown = await _costs(session, where)
    return Statistics(
        calls=sum(calls for *_, calls in counted),
        duration_s=await session.scalar(select(func.coalesce(func.sum(CallRow.duration_s), 0.0)).where(*where)) or 0.0,
        funnel=await _funnel(session, where, query),
        outcomes=_marginal(counted, 0),
        dispositions=_marginal(counted, 1),
        interests=_marginal(counted, 2),
        objections=await _objections(session, where),
        by_campaign=await _conversions(session, where, CallRow.campaign_id),
        by_hour=await _conversions(session, where, CallRow.hour),
        by_business_type=await _conversions(session, where, CallRow.business_type),
        by_attempt=await _conversions(session, where, CallRow.attempt),
        variants=await _variants(session, where),
        first_word_ms=percentiles(waits),
        waits={round(wait_of(step), 1): turns for step, turns in sorted(waits.items())},
        talk=await _talk(session, where),
        costs=costs,
        cost_unknown=unknown,
    )


async def _counted(session: AsyncSession, where: Where, *by: Any) -> list[tuple[Any, ...]]:
    """Combinations of values and how many calls have each."""
    rows = await session.execute(select(*by, func.count()).where(*where).group_by(*by))
    return [tuple(row) for row in rows]


def _marginal(counted: Sequence[tuple[Any, ...]], place: int) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in counted:
        if row[place] is not None:
            sums[row[place]] += row[-1]
    return dict(sorted(sums.items(), key=lambda each: (-each[1], each[0])))


async def _funnel(session: AsyncSession, where: Where, query: CallQuery) -> tuple[FunnelStep, ...]:
    furthest = select(func.max(CallRow.reached).label("reached")).where(CallRow.lead_id.is_not(None), *where)
    people = furthest.group_by(CallRow.lead_id).subquery()
    rows = await session.execute(select(people.c.reached, func.count()).group_by(people.c.reached))
    leads = {int(reached): int(count) for reached, count in rows}
    reached = [sum(count for place, count in leads.items() if place >= least) for least in range(len(STAGES))]
    if query.model_dump(exclude_none=True, include=set(CallQuery.model_fields)).keys() <= _ABOUT_LEADS:
        reached[0] = max(await _judged(session, query), reached[0])
    return steps(reached)


async def _judged(session: AsyncSession, query: CallQuery) -> int:
    """Leads on which the gate said anything."""
    counted = select(func.count(func.distinct(LeadRow.lead_id)))
    if query.campaign_id is not None:
        counted = counted.where(LeadRow.campaign_id == query.campaign_id)
    if query.since is not None:
        counted = counted.where(LeadRow.told_at >= query.since)
    if query.until is not None:
        counted = counted.where(LeadRow.told_at < query.until)
    return await session.scalar(counted) or 0


async def _by_reached(session: AsyncSession, where: Where, *by: Any) -> dict[tuple[Any, ...], list[int]]:
    """For each combination of values, how many calls had each stage as their furthest."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for *key, reached, calls in await _counted(session, where, *by, CallRow.reached):
        found.setdefault(tuple(key), [0] * len(STAGES))[reached] += calls
    return found


async def _conversions(session: AsyncSession, where: Where, by: Any) -> tuple[Conversion, ...]:
    found = await _by_reached(session, where, by)
    ordered = sorted(found.items(), key=lambda each: (each[0][0] is None, each[0][0]))
    return tuple(conversion(None if key is None else str(key), furthest) for (key,), furthest in ordered)


async def _variants(session: AsyncSession, where: Where) -> tuple[Variant, ...]:
    found = await _by_reached(session, where, CallRow.playbook, CallRow.variant)
    ordered = sorted(found.items(), key=lambda each: tuple((value is None, value or "") for value in each[0]))
    return variants((playbook, variant, furthest) for (playbook, variant), furthest in ordered if playbook)


async def _objections(session: AsyncSession, where: Where) -> dict[str, int]:
    query = select(ObjectionRow.kind, func.count()).group_by(ObjectionRow.kind)
    if where:
        query = query.join(CallRow, CallRow.call_id == ObjectionRow.call_id).where(*where)
    rows = await session.execute(query.order_by(func.count().desc(), ObjectionRow.kind))
    return {str(kind): int(calls) for kind, calls in rows}


async def _waits(session: AsyncSession, where: Where) -> dict[int, int]:
    query = select(WaitRow.step, func.sum(WaitRow.turns)).group_by(WaitRow.step)
    if where:
        query = query.join(CallRow, CallRow.call_id == WaitRow.call_id).where(*where)
    return {int(step): int(turns) for step, turns in await session.execute(query)}


async def _talk(session: AsyncSession, where: Where) -> TalkSummary:
    row = (
        await session.execute(
            select(
                func.count(),
                func.avg(CallRow.agent_share),
                func.avg(CallRow.interruptions),
                func.avg(CallRow.longest_monologue_words),
                func.max(CallRow.longest_monologue_words),
            ).where(CallRow.agent_share.is_not(None), *where)
        )
    ).one()
    calls, share, interruptions, monologue, longest = row
    return TalkSummary(
        calls=calls,
        agent_share=_rounded(share, 4),
        interruptions_per_call=_rounded(interruptions, 2),
        longest_monologue_words=_rounded(monologue, 1),
        longest_monologue_words_max=longest or 0,
    )


async def _costs(session: AsyncSession, where: Where) -> tuple[tuple[CostSummary, ...], int]:
    """Costs by currency. A finished call of unknown cost may be in any, so it counts as unknown in each."""
    booked = func.sum(case((CallRow.reached >= depth(Stage.BOOKED), 1), else_=0))
    rows = await session.execute(
        select(CallRow.currency, func.count(), func.count(CallRow.cost), func.sum(CallRow.cost), booked)
        .where(CallRow.state.in_((CallState.ENDED, CallState.CONCLUDED)), *where)
        .group_by(CallRow.currency)
    )
    found = [tuple(row) for row in rows]
    unknown = sum(calls - known for _, calls, known, _, _ in found)
    free = sum(known for currency, _, known, _, _ in found if currency is None)
    meetings = sum(int(booked or 0) for *_, booked in found)
    return tuple(
        summed(currency, float(total or 0), known + free, unknown, meetings)
        for currency, _, known, total, _ in sorted(found, key=lambda each: each[0] or "")
        if currency is not None
    ), unknown


def _rounded(value: Any, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
