"""Keeps a campaign's next state and tells what the others are to know of it, in one transaction."""

from datetime import datetime

from contracts.control import CampaignState
from contracts.leads import CampaignFinished, CampaignPaused, CampaignStarted
from services.dialer.domain.campaign import Campaign
from services.dialer.ports.ledger import Transaction

_SILENT = (CampaignState.PAUSED, CampaignState.STOPPING, CampaignState.STOPPED)
"""States in which it dials nobody until it is started again."""


async def keep(transaction: Transaction, before: Campaign, after: Campaign, now: datetime) -> None:
    """Save what has changed. A campaign that is being stopped is told as one that pauses: nobody is dialed."""
    if after == before:
        return
    await transaction.campaigns.save(after)
    about = {"occurred_at": now, "campaign_id": after.campaign_id, "name": after.name}
    if after.running and not before.running:
        transaction.tell(CampaignStarted(**about))
    elif after.state is CampaignState.FINISHED and before.state is not CampaignState.FINISHED:
        transaction.tell(CampaignFinished(**about))
    elif before.running and after.state in _SILENT:
        transaction.tell(CampaignPaused(**about, reason=after.reason))
