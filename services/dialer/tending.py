"""What campaigns do by themselves: finish when every lead has, stop when their last call has ended, and try again after
their breaker's pause."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from contracts.control import CampaignState
from services.dialer.campaign_facts import keep
from services.dialer.domain.campaign import Campaign
from services.dialer.ports.ledger import Ledger, Reader
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

TICK_S = 1.0
_TENDED = frozenset({CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.STOPPING})


class Tending:
    """It may run in every replica: a campaign is changed under its lock, if it still is as it looked."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Unavailable as error:
                log.warning("looking after campaigns waits", error=error.detail)
            await asyncio.sleep(TICK_S)

    async def look(self) -> None:
        """Change what has to change now. Raises Unavailable."""
        async with self._ledger.reading() as reader:
            campaigns = await reader.campaigns.every(_TENDED)
            live = await reader.campaigns.live_calls() if campaigns else {}
            changing = [each for each in campaigns if await self._next(reader, each, live) != each]
        for each in changing:
            await self._change(each.campaign_id)

    async def _change(self, campaign_id: UUID) -> None:
        async with self._ledger.begin() as transaction:
            before = await transaction.campaigns.locked(campaign_id)
            if before is None:
                return
            after = await self._next(transaction, before, await transaction.campaigns.live_calls())
            await keep(transaction, before, after, self._clock.now())
            log.info("campaign", campaign_id=str(campaign_id), state=after.state)

    async def _next(self, reader: Reader, campaign: Campaign, live: Mapping[UUID | None, int]) -> Campaign:
        now: datetime = self._clock.now()
        if campaign.paused_by_breaker:
            return campaign if campaign.breaker.waits(self._clock.real()) else campaign.trying()
        if live.get(campaign.campaign_id, 0):
            return campaign
        if campaign.state is CampaignState.STOPPING:
            return campaign.stopped(campaign.reason or "", 0, now)
        if campaign.running and not await reader.campaigns.unfinished(campaign.campaign_id):
            return campaign.finished(now)
        return campaign
