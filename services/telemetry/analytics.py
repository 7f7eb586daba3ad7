"""Sums over many calls in SQL, whatever the filters. What they mean, the domain says.

Calls are counted by each of their features in one statement, so that the filters are evaluated once. Where only
time limits them, every count reads an index that holds all it needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Select, Text, case, cast, func, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.telemetry import Stage
from services.telemetry.domain.call_record import CallState
from services.telemetry.domain.cost import CostSummary, summed
from services.telemetry.domain.funnel import STAGES, FunnelStep, depth, steps
from services.telemetry.domain.latency import percentiles, wait_of
from services.telemetry.domain.variants import Conversion, conversion, variants
from services.telemetry.queries import CallQuery, Statistics, TalkSummary
from services.telemetry.selection import conditions
from services.telemetry.tables import CallRow, LeadRow, ObjectionRow, WaitRow

_FEATURES = ("outcome", "disposition", "interest", "campaign_id", "business_type", "hour", "attempt", "playbook")
_SUMMED = ("duration_s", "cost", "agent_share", "interruptions", "longest_monologue_words")
_COLUMNS = ("call_id", *_FEATURES, *_SUMMED, "variant", "reached", "lead_id", "currency", "state")
_WIDTH = 10
"""Numbers in a row of the one statement that counts everything."""
_ABOUT_LEADS = {"campaign_id", "since", "until"}
"""Filters that a lead can be asked as well as a call."""
_IN_EVERY_INDEX = {"since", "until"}
_OVER = (CallState.ENDED, CallState.CONCLUDED)

Where = Sequence[ColumnElement[bool]]
Key = tuple[str | None, str | None]
Numbers = list[Any]


async def statistics(session: AsyncSession, query: CallQuery, dialect: str) -> Statistics:
    """How well the calls of a query went."""
    where = conditions(query, dialect)
    narrow = not _set(query) <= _IN_EVERY_INDEX
    found = await _counted(session, where, narrow=narrow)
    waits = _steps(found["waits"]) if narrow else await _waits(session, where)
    objections = _named(found["objections"]) if narrow else await _objections(session, where)
    sums = [_Sums(currency, over == "1", *numbers) for (currency, over), numbers in found["sums"].items()]
    leads = {int(place or 0): numbers[0] for (place, _), numbers in found["leads"].items()}
    costs, unknown = _costs(sums)
    return Statistics(
        calls=sum(each.calls for each in sums),
        duration_s=round(sum(each.duration_s or 0 for each in sums), 1),
        funnel=_funnel(leads, await _judged(session, query) if _set(query) <= _ABOUT_LEADS else 0),
        outcomes=_counts(found["outcome"]),
        dispositions=_counts(found["disposition"]),
        interests=_counts(found["interest"]),
        objections=objections,
        by_campaign=_conversions(found["campaign_id"]),
        by_hour=_conversions(found["hour"]),
        by_business_type=_conversions(found["business_type"]),
        by_attempt=_conversions(found["attempt"]),
        variants=variants(
            (playbook, variant, furthest)
            for (playbook, variant), furthest in sorted(found["playbook"].items(), key=_order)
            if playbook is not None
        ),
        first_word_ms=percentiles(waits),
        waits={round(wait_of(step), 1): turns for step, turns in sorted(waits.items())},
        talk=_talk(sums),
        costs=costs,
        cost_unknown=unknown,
    )


def _set(query: CallQuery) -> set[str]:
    """The filters that are in use."""
    return set(query.model_dump(exclude_none=True))


async def _counted(session: AsyncSession, where: Where, *, narrow: bool) -> Mapping[str, dict[Key, Numbers]]:
    """What is counted of calls, by part and key; `narrow` has those that the filters leave set aside first, and their
    waits and objections counted too."""
    calls: Any = CallRow.__table__
    besides: list[Select[Any]] = []
    if narrow:
        calls, where = select(*(getattr(CallRow, name) for name in _COLUMNS)).where(*where).cte("chosen"), ()
        besides = [_by_step(calls), _by_objection(calls)]
    parts = [_by_feature(calls, where, feature) for feature in _FEATURES]
    rows = await session.execute(union_all(*parts, _by_lead(calls, where), _by_currency(calls, where), *besides))
    found: dict[str, dict[Key, Numbers]] = {part: {} for part in (*_FEATURES, "leads", "sums", "waits", "objections")}
    for part, value, more, *numbers in rows:
        key = (str(UUID(value)), None) if part == "campaign_id" and value else (value, more)
        if part in _FEATURES:
            reached, count = numbers[:2]
            found[part].setdefault(key, [0] * len(STAGES))[int(reached)] = int(count)
        else:
            found[part][key] = numbers
    return found


def _part(name: str, keys: Sequence[Any], *numbers: Any) -> Select[Any]:
    """A part of the statement, filled up to the shape that all parts share."""
    texts = [cast(key, Text) for key in keys] + [cast(null(), Text)] * (2 - len(keys))
    counts = [cast(number, Double) for number in numbers] + [cast(null(), Double)] * (_WIDTH - len(numbers))
    columns: list[Any] = [literal(name), *texts, *counts]
    return select(*columns)


def _by_feature(calls: Any, where: Where, feature: str) -> Select[Any]:
    """How many calls had each stage as their furthest. A playbook's variants are told apart."""
    keys = [calls.c.playbook, calls.c.variant] if feature == "playbook" else [calls.c[feature]]
    return _part(feature, keys, calls.c.reached, func.count()).where(*where).group_by(*keys, calls.c.reached)


def _by_lead(calls: Any, where: Where) -> Select[Any]:
    """How many leads had each stage as their furthest."""
    furthest = select(func.max(calls.c.reached).label("reached")).where(calls.c.lead_id.is_not(None), *where)
    leads = furthest.group_by(calls.c.lead_id).subquery("leads_reached")
    return _part("leads", [leads.c.reached], func.count()).group_by(leads.c.reached)


def _by_step(calls: Any) -> Select[Any]:
    """How many turns had each wait. See `_waits` for the sum that is none."""
    step = WaitRow.step + literal(0)
    its = _part("waits", [step], func.sum(WaitRow.turns))
    return its.join_from(calls, WaitRow, WaitRow.call_id == calls.c.call_id).group_by(step)


def _by_objection(calls: Any) -> Select[Any]:
    """How many calls had each objection."""
    its = _part("objections", [ObjectionRow.kind], func.count())
    return its.join_from(calls, ObjectionRow, ObjectionRow.call_id == calls.c.call_id).group_by(ObjectionRow.kind)


def _steps(found: Mapping[Key, Numbers]) -> dict[int, int]:
    return {int(step or 0): int(numbers[0]) for (step, _), numbers in found.items()}


def _named(found: Mapping[Key, Numbers]) -> dict[str, int]:
    """Counts, the largest first."""
    counts = {name: int(numbers[0]) for (name, _), numbers in found.items() if name is not None}
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


@dataclass(frozen=True)
class _Sums:
    """What adds up over calls of one currency that are over, or are not."""

    currency: str | None
    over: bool
    calls: float
    duration_s: float | None
    priced: float
    cost: float | None
    booked: float
    talked: float
    agent_share: float | None
    interruptions: float | None
    monologue_words: float | None
    longest: float | None


def _by_currency(calls: Any, where: Where) -> Select[Any]:
    over = case((calls.c.state.in_(_OVER), 1), else_=0)
    return (
        _part(
            "sums",
            [calls.c.currency, over],
            func.count(),
            func.sum(calls.c.duration_s),
            func.count(calls.c.cost),
            func.sum(calls.c.cost),
            func.sum(case((calls.c.reached == depth(Stage.BOOKED), 1), else_=0)),
            func.count(calls.c.agent_share),
            func.sum(calls.c.agent_share),
            func.sum(calls.c.interruptions),
            func.sum(calls.c.longest_monologue_words),
            func.max(calls.c.longest_monologue_words),
        )
        .where(*where)
        .group_by(calls.c.currency, over)
    )


def _counts(found: Mapping[Key, Numbers]) -> dict[str, int]:
    counts = {value: sum(furthest) for (value, _), furthest in found.items() if value is not None}
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _conversions(found: Mapping[Key, Numbers]) -> tuple[Conversion, ...]:
    ordered = sorted(found.items(), key=_order)
    return tuple(conversion(value, furthest) for (value, _), furthest in ordered)


def _order(found: tuple[Key, Numbers]) -> tuple[Any, ...]:
    """Numbers by their size, what is missing last."""
    return tuple((part is None, len(part) if part and part.isdigit() else 0, part or "") for part in found[0])


def _funnel(leads: Mapping[int, float], judged: int) -> tuple[FunnelStep, ...]:
    reached = [sum(int(count) for place, count in leads.items() if place >= least) for least in range(len(STAGES))]
    return steps([max(judged, reached[0]), *reached[1:]])


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


async def _objections(session: AsyncSession, where: Where) -> dict[str, int]:
    query = select(ObjectionRow.kind, func.count()).group_by(ObjectionRow.kind)
    if where:
        query = query.join(CallRow, CallRow.call_id == ObjectionRow.call_id).where(*where)
    rows = await session.execute(query.order_by(func.count().desc(), ObjectionRow.kind))
    return {str(kind): int(calls) for kind, calls in rows}


async def _waits(session: AsyncSession, where: Where) -> dict[int, int]:
    """The histogram, where at most time limits the calls. Those are to be chosen first: a sum by `step` itself would
    lure SQLite into reading every wait in that order."""
    step = WaitRow.step + literal(0) if where else WaitRow.step
    query = select(step, func.sum(WaitRow.turns)).group_by(step)
    if where:
        query = query.join(CallRow, CallRow.call_id == WaitRow.call_id).where(*where)
    return {int(step): int(turns) for step, turns in await session.execute(query)}


def _talk(sums: Sequence[_Sums]) -> TalkSummary:
    calls = int(sum(each.talked for each in sums))
    return TalkSummary(
        calls=calls,
        agent_share=_mean((each.agent_share for each in sums), calls, 4),
        interruptions_per_call=_mean((each.interruptions for each in sums), calls, 2),
        longest_monologue_words=_mean((each.monologue_words for each in sums), calls, 1),
        longest_monologue_words_max=int(max((each.longest or 0 for each in sums), default=0)),
    )


def _mean(totals: Iterable[float | None], calls: int, digits: int) -> float | None:
    return round(sum(total or 0 for total in totals) / calls, digits) if calls else None


def _costs(sums: Sequence[_Sums]) -> tuple[tuple[CostSummary, ...], int]:
    """Costs by currency. A finished call of unknown cost may be in any, so it counts as unknown in each."""
    over = [each for each in sums if each.over]
    unknown = int(sum(each.calls - each.priced for each in over))
    free = sum(each.priced for each in over if each.currency is None)
    booked = int(sum(each.booked for each in over))
    found = tuple(
        summed(each.currency, each.cost or 0.0, int(each.priced + free), unknown, booked)
        for each in sorted(over, key=lambda each: each.currency or "")
        if each.currency is not None
    )
    return found, unknown
