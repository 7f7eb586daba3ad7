"""What the dialer reads of its store, in one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.values import PhoneNumber, Verdict
from services.dialer.campaign_store import SqlCampaigns
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.gate import Decision
from services.dialer.domain.gate_context import History
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.pacing import Pace
from services.dialer.histories import read_histories
from services.dialer.ports.ledger import LeadFilter, OptOut
from services.dialer.tables import (
    UNENDED,
    AttemptRow,
    DecisionRow,
    LeadRow,
    OptOutRow,
    PaceRow,
    attempt_of,
    lead_of,
)
from services.runtime.pseudonyms import Pseudonyms

_verdicts = TypeAdapter(tuple[Verdict, ...])


def _conditions(wanted: LeadFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(LeadRow.state == wanted.state.value)
    if wanted.campaign_id is not None:
        conditions.append(LeadRow.campaign_id == wanted.campaign_id)
    if wanted.search:
        texts = (LeadRow.facts["name"].as_string(), LeadRow.facts["company"].as_string(), LeadRow.lead_id)
        found = [text.icontains(wanted.search, autoescape=True) for text in texts]
        if digits := "".join(each for each in wanted.search if each.isdecimal()).lstrip("0"):
            found.append(LeadRow.phone.contains(digits))
        conditions.append(or_(*found))
    return conditions


class SqlReader:
    """Reads in one transaction."""

    def __init__(self, session: AsyncSession, pseudonyms: Pseudonyms) -> None:
        self.session = session
        self.pseudonyms = pseudonyms
        self.campaigns = SqlCampaigns(session)

    async def lead(self, lead_id: str) -> Lead | None:
        row = await self.session.get(LeadRow, lead_id)
        return lead_of(row) if row else None

    async def leads(self, wanted: LeadFilter, after: str, limit: int) -> list[Lead]:
        query = select(LeadRow).where(LeadRow.lead_id > after, *_conditions(wanted))
        return [lead_of(row) for row in await self.session.scalars(query.order_by(LeadRow.lead_id).limit(limit))]

    async def opt_out_of(self, key: str) -> OptOut | None:
        hashes = (await self.pseudonyms.all_of(self.session, [key]))[key]
        rows = select(OptOutRow).where(OptOutRow.key.in_([key, *hashes])).order_by(OptOutRow.opted_out_at).limit(1)
        row = await self.session.scalar(rows)
        return OptOut(row.opted_out_at, row.quote) if row else None

    async def pending(self, campaign_id: UUID | None, limit: int) -> list[Lead]:
        query = select(LeadRow).where(LeadRow.state == LeadState.WAITING.value)
        if campaign_id is not None:
            query = query.where(LeadRow.campaign_id == campaign_id)
        ordered = query.order_by(LeadRow.due_at).limit(limit)
        return [lead_of(row) for row in await self.session.scalars(ordered)]

    async def leads_of(self, phone: PhoneNumber) -> list[Lead]:
        query = select(LeadRow).where(LeadRow.phone == phone).order_by(LeadRow.lead_id)
        return [lead_of(row) for row in await self.session.scalars(query)]

    async def attempt(self, call_id: UUID) -> Attempt | None:
        row = await self.session.get(AttemptRow, call_id)
        return attempt_of(row) if row else None

    async def attempts_of(self, lead_id: str) -> list[Attempt]:
        query = select(AttemptRow).where(AttemptRow.lead_id == lead_id).order_by(AttemptRow.requested_at)
        return [attempt_of(row) for row in await self.session.scalars(query)]

    async def carrier_ids(self, phone: PhoneNumber) -> set[str]:
        known = AttemptRow.carrier_call_id.is_not(None)
        found = await self.session.scalars(select(AttemptRow.carrier_call_id).where(AttemptRow.phone == phone, known))
        return {each for each in found if each is not None}

    async def unended(self) -> list[Attempt]:
        query = select(AttemptRow).where(UNENDED).order_by(AttemptRow.requested_at, AttemptRow.call_id)
        return [attempt_of(row) for row in await self.session.scalars(query)]

    async def last_decision(self, lead_id: str) -> Decision | None:
        query = select(DecisionRow).where(DecisionRow.lead_id == lead_id).order_by(DecisionRow.id.desc()).limit(1)
        row = await self.session.scalar(query)
        if row is None:
            return None
        return Decision(_verdicts.validate_python(row.verdicts), row.until)

    async def pace(self, carrier: str) -> Pace:
        return pace_of(await self.session.get(PaceRow, carrier))

    async def histories(self, leads: Sequence[Lead], now: datetime, besides: UUID | None = None) -> list[History]:
        return await read_histories(self.session, leads, now, besides, self.pseudonyms)

    async def history(self, lead: Lead, now: datetime, besides: UUID | None = None) -> History:
        return (await self.histories([lead], now, besides))[0]


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def pace_of(row: PaceRow | None) -> Pace:
    """The pace of a carrier; without a row it has placed no call yet."""
    return Pace(row.next_free, row.trouble, row.retry_at, tuple(row.failures or ())) if row else Pace(LONG_AGO)
