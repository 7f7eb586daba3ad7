"""What can be done with campaigns, each within the caller's transaction."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts.control import CampaignPlan, CampaignState, CampaignStatus
from contracts.event import new_event_id
from contracts.reasons import said
from services.dialer.campaign_facts import keep
from services.dialer.domain.calling_hours import CallingHours
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.lead import LeadState
from services.dialer.domain.weekly_hours import Narrowed
from services.dialer.ports.ledger import Reader, Standing, Transaction
from services.dialer.settings import LINE, DialerSettings
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, NotFound, Refused

_BEGUN = (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.STOPPING)
_OVER = (CampaignState.STOPPED, CampaignState.FINISHED)
_MEANT: dict[str, tuple[tuple[CampaignState, ...], ...]] = {
    "start": ((CampaignState.DRAFT,),),
    "pause": ((CampaignState.RUNNING,),),
    "resume": ((CampaignState.PAUSED,),),
    "stop": (_BEGUN,),
    "retry": (_BEGUN, _OVER),
    "status": (_BEGUN, _OVER, (CampaignState.DRAFT,)),
}
"""Which campaign is meant where none is named: the only one in the first of these groups that has any."""

_NOT_REACHED = (LeadState.EXHAUSTED, LeadState.UNSETTLED)


class CampaignDesk:
    """Every method returns the campaign as it stands after it. Raises NotFound, Refused or InvalidMessage."""

    def __init__(self, settings: DialerSettings, hours: CallingHours, clock: Clock) -> None:
        self._settings = settings
        self._hours = hours
        self._clock = clock

    async def create(self, transaction: Transaction, plan: CampaignPlan, campaign_id: UUID | None = None) -> Campaign:
        """A draft, which has claimed the waiting leads that it asks for; leads that were handed in for it before it
        was there are looked at again."""
        known = await transaction.campaigns.locked(campaign_id) if campaign_id else None
        if known is not None:
            if known.plan != plan:
                raise Refused(said("campaign_plan_differs", campaign=campaign_id))
            return known
        campaign = Campaign(campaign_id or new_event_id(), plan, self._clock.now())
        self._check(campaign)
        await transaction.campaigns.save(campaign)
        await self._gather(transaction, campaign)
        return campaign

    async def start(self, transaction: Transaction, campaign: Campaign) -> Campaign:
        """Let its leads be called. One that comes from a draft, or from its end, looks for further leads first."""
        if not campaign.begun:
            await self._gather(transaction, campaign)
        return await self._change(transaction, campaign, campaign.started(self._clock.now()))

    async def pause(self, transaction: Transaction, campaign: Campaign, reason: str | None) -> Campaign:
        return await self._change(transaction, campaign, campaign.paused(reason or said("paused_by_person")))

    async def resume(self, transaction: Transaction, campaign: Campaign) -> Campaign:
        return await self._change(transaction, campaign, campaign.resumed(self._clock.now()))

    async def stop(self, transaction: Transaction, campaign: Campaign, reason: str | None) -> Campaign:
        """Call nobody any more; calls in progress finish."""
        live = (await transaction.campaigns.live_calls()).get(campaign.campaign_id, 0)
        stopped = campaign.stopped(reason or said("stopped_by_person"), live, self._clock.now())
        return await self._change(transaction, campaign, stopped)

    async def retry(self, transaction: Transaction, campaign: Campaign) -> tuple[Campaign, int]:
        """Call those again now who were not reached, as far as their attempts are not used up, and start the campaign
        again if it had come to its end. Also returns how many they are."""
        if campaign.state in (CampaignState.DRAFT, CampaignState.STOPPING):
            raise Refused(said("campaign_nobody_to_retry", campaign=campaign.name, state=campaign.state))
        why = said("retried")
        revived = await self._revive(transaction, campaign, _NOT_REACHED, why)
        revived += await transaction.campaigns.hurry(campaign, self._clock.now(), why)
        if revived and campaign.state in _OVER:
            campaign = await self._change(transaction, campaign, campaign.started(self._clock.now()))
        return campaign, revived

    async def revise(
        self,
        transaction: Transaction,
        campaign: Campaign,
        cap: int | None = None,
        calls_per_minute: float | None = None,
        max_attempts: int | None = None,
    ) -> Campaign:
        """Another cap, pace or number of attempts, from the next call on."""
        retry = max_attempts and campaign.plan.retry.model_copy(update={"max_attempts": max_attempts})
        given = {"max_concurrent_calls": cap, "calls_per_minute": calls_per_minute, "retry": retry}
        changed = {name: value for name, value in given.items() if value is not None}
        if not changed:
            raise InvalidMessage(said("change_nothing"), field="cap")
        revised = campaign.revised(campaign.plan.model_copy(update=changed))
        self._check(revised)
        return await self._change(transaction, campaign, revised)

    async def meant(self, reader: Reader, campaign_id: UUID | None, action: str) -> Campaign:
        """The campaign with this id, or the only one that the action can mean."""
        if campaign_id is not None:
            found = await reader.campaigns.campaign(campaign_id)
            if found is None:
                raise NotFound(said("campaign_not_there", campaign=campaign_id), field="campaign_id")
            return found
        for states in _MEANT.get(action, ()):
            several = await reader.campaigns.every(states)
            if len(several) == 1 or (several and states is _OVER):
                return several[0]  # newest first
            if several:
                names = ", ".join(f"{each.name} ({each.campaign_id})" for each in several[:10])
                raise Refused(f"there are several campaigns to {action}; name one: {names}", field="campaign_id")
        raise NotFound(f"there is no campaign to {action}; create one, or name it", field="campaign_id")

    async def status(self, reader: Reader, campaign: Campaign) -> CampaignStatus:
        """How far a campaign has come."""
        live = await reader.campaigns.live_calls()
        return _status(campaign, await reader.campaigns.standing(campaign.campaign_id), live)

    async def statuses(
        self, reader: Reader, campaigns: Sequence[Campaign], *, brief: bool
    ) -> tuple[CampaignStatus, ...]:
        """The same of several. A brief one leaves out how far they have come, which has to be counted."""
        if brief:
            return tuple(_status(each, None, {}) for each in campaigns)
        live = await reader.campaigns.live_calls()
        standings = [await reader.campaigns.standing(each.campaign_id) for each in campaigns]
        return tuple(_status(each, standing, live) for each, standing in zip(campaigns, standings, strict=True))

    async def _gather(self, transaction: Transaction, campaign: Campaign) -> None:
        await transaction.campaigns.claim(campaign)
        await self._revive(transaction, campaign, (LeadState.REFUSED,), said("claimed", campaign=campaign.name))

    async def _revive(
        self, transaction: Transaction, campaign: Campaign, states: tuple[LeadState, ...], why: str
    ) -> int:
        now = self._clock.now()
        return await transaction.campaigns.revive(campaign, states, now, why, self._settings.max_attempts)

    async def _change(self, transaction: Transaction, before: Campaign, after: Campaign) -> Campaign:
        await keep(transaction, before, after, self._clock.now())
        return after

    def _check(self, campaign: Campaign) -> None:
        """Raises InvalidMessage for a plan that could never be carried out."""
        plan = campaign.plan
        if plan.line not in (None, LINE):
            raise InvalidMessage(f"there is no line {plan.line!r}; use {LINE!r}, or leave it out", field="line")
        most = self._settings.max_attempts
        if plan.retry.max_attempts is not None and plan.retry.max_attempts > most:
            raise InvalidMessage(said("attempts_too_many", most=most), field="retry.max_attempts")
        hours = campaign.hours(self._hours)
        if isinstance(hours, Narrowed) and hours.first(self._clock.now()) is None:
            raise InvalidMessage(said("hours_never_lawful"), field="hours")


def _status(campaign: Campaign, standing: Standing | None, live: Mapping[UUID | None, int]) -> CampaignStatus:
    counted = standing or Standing({}, {}, {})
    return CampaignStatus(
        campaign_id=campaign.campaign_id,
        plan=campaign.plan,
        state=campaign.state,
        reason=campaign.reason,
        created_at=campaign.created_at,
        started_at=campaign.started_at,
        finished_at=campaign.finished_at,
        leads=counted.leads,
        outcomes=counted.outcomes,
        waiting_reasons=counted.reasons,
        live_calls=live.get(campaign.campaign_id, 0),
    )
