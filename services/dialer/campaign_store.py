"""Campaigns in the dialer's store: their rows, the leads they claim, and how far those have come."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Select, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from contracts.control import CampaignState
from contracts.values import Outcome
from services.dialer.campaign_tables import CampaignRow, campaign_of, campaign_row
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.lead import FINAL_STATES, LeadState
from services.dialer.ports.ledger import Standing
from services.dialer.tables import DIALED, UNENDED, AttemptRow, LeadRow

MOST_WORDS = 20
_NOT_CALLED = (LeadState.WAITING, LeadState.REFUSED, LeadState.EXHAUSTED, LeadState.UNSETTLED)

_NOBODY = (Outcome.NOT_REACHED, Outcome.FAILED)
"""What a call comes to on which nobody was talked to."""


def running_campaigns() -> Select[UUID]:
    """The ids of those whose leads are called."""
    return select(CampaignRow.campaign_id).where(CampaignRow.state == CampaignState.RUNNING.value)


class SqlCampaigns:
    """See ports.Campaigns."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def campaign(self, campaign_id: UUID) -> Campaign | None:
        row = await self._session.get(CampaignRow, campaign_id)
        return campaign_of(row) if row else None

    async def locked(self, campaign_id: UUID) -> Campaign | None:
        row = await self._session.get(CampaignRow, campaign_id, with_for_update=True, populate_existing=True)
        return campaign_of(row) if row else None

    async def every(self, states: Collection[CampaignState] = ()) -> list[Campaign]:
        query = select(CampaignRow).order_by(CampaignRow.created_at.desc(), CampaignRow.campaign_id)
        if states:
            query = query.where(CampaignRow.state.in_([each.value for each in states]))
        return [campaign_of(row) for row in await self._session.scalars(query)]

    async def save(self, campaign: Campaign) -> None:
        await self._session.merge(campaign_row(campaign))

    async def standing(self, campaign_id: UUID) -> Standing:
        its = LeadRow.campaign_id == campaign_id
        not_called = LeadRow.state.in_([each.value for each in _NOT_CALLED])
        return Standing(
            leads=await self._counted(LeadRow.state, its),
            outcomes=await self._counted(LeadRow.outcome, its),
            reasons=await self._counted(LeadRow.reason, its, not_called),
        )

    async def unfinished(self, campaign_id: UUID) -> bool:
        its = LeadRow.campaign_id == campaign_id
        open_ones = LeadRow.state.in_([each.value for each in LeadState if each not in FINAL_STATES])
        found = select(or_(~exists().where(its), exists().where(its, open_ones)))
        return bool(await self._session.scalar(found))

    async def live_calls(self) -> dict[UUID | None, int]:
        # Counted here: they are few, and to count them by campaign SQLite would read the attempts of all time.
        return Counter(await self._session.scalars(select(AttemptRow.campaign_id).where(UNENDED)))

    async def claim(self, campaign: Campaign) -> int:
        plan = campaign.plan
        wanted = select(LeadRow.lead_id).where(
            LeadRow.campaign_id.is_(None), LeadRow.state == LeadState.WAITING.value, LeadRow.callback_id.is_(None)
        )
        for name, values in (("business_type", plan.business_types), ("company_size", plan.company_sizes)):
            if values:
                given = func.lower(func.trim(LeadRow.facts[name].as_string()))
                wanted = wanted.where(given.in_([each.strip().lower() for each in values]))
        if plan.max_leads is not None:
            has = select(func.count()).select_from(LeadRow).where(LeadRow.campaign_id == campaign.campaign_id)
            wanted = wanted.limit(max(0, plan.max_leads - (await self._session.scalar(has) or 0)))
        return await self._update(
            wanted.order_by(LeadRow.submitted_at, LeadRow.lead_id), campaign_id=campaign.campaign_id
        )

    async def hurry(self, campaign: Campaign, now: datetime, why: str) -> int:
        wanted = select(LeadRow.lead_id).where(
            LeadRow.campaign_id == campaign.campaign_id,
            LeadRow.state == LeadState.WAITING.value,
            LeadRow.due_at > now,
            LeadRow.outcome.in_([each.value for each in _NOBODY]),
        )
        return await self._update(wanted, due_at=now, reason=why)

    async def revive(
        self, campaign: Campaign, states: Collection[LeadState], now: datetime, why: str, max_attempts: int
    ) -> int:
        wanted = select(LeadRow.lead_id).where(
            LeadRow.campaign_id == campaign.campaign_id,
            LeadRow.state.in_([each.value for each in states]),
            _calls() < max_attempts,
        )
        if (own := campaign.plan.retry.max_attempts) is not None:
            wanted = wanted.where(_calls(campaign.campaign_id) < own)
        return await self._update(wanted, state=LeadState.WAITING.value, due_at=now, reason=why)

    async def _update(self, wanted: Select[str], **values: Any) -> int:
        """Change those leads that nobody holds: whoever holds a lead may want the campaign next."""
        free = wanted.with_for_update(skip_locked=True)
        statement = update(LeadRow).where(LeadRow.lead_id.in_(free)).values(**values)
        done = await self._session.execute(statement, execution_options={"synchronize_session": False})
        return done.rowcount if isinstance(done, CursorResult) else 0

    async def _counted(self, word: InstrumentedAttribute[Any], *which: ColumnElement[bool]) -> dict[str, int]:
        """How many leads there are with each word, commonest first."""
        query = select(word, func.count()).where(*which, word.is_not(None)).group_by(word)
        found = await self._session.execute(query.order_by(func.count().desc(), word).limit(MOST_WORDS))
        return dict(list(found))


def _calls(campaign_id: UUID | None = None) -> ColumnElement[int]:
    """How often the person of a LeadRow was called, at all or within one campaign."""
    person = or_(AttemptRow.lead_id == LeadRow.lead_id, AttemptRow.phone == LeadRow.phone)
    called = and_(person, DIALED)
    if campaign_id is not None:
        called = and_(called, AttemptRow.campaign_id == campaign_id)
    return select(func.count()).select_from(AttemptRow).where(called).correlate(LeadRow).scalar_subquery()
