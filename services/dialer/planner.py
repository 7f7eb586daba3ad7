"""Requests calls just in time: for leads whose time has come, callbacks first, only as many as there is room for.

Several campaigns share the room fairly; leads that belong to none share it with them.
"""

import asyncio
import contextlib
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.calls import CallMemory, CallRequested, Playbook
from contracts.control import CampaignState
from contracts.event import new_event_id
from contracts.reasons import said
from contracts.streams import PLAYBOOKS_BUCKET
from contracts.values import once_id
from services.dialer.admission import Admission
from services.dialer.capacity import Capacity
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.fair_share import Lane, next_lane
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.pacing import Pace
from services.dialer.endings import Endings
from services.dialer.ports.ledger import Ledger, Transaction
from services.dialer.settings import LINE, DialerSettings
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

TICK_S = 1.0
GATHER_S = 0.05
"""How long whatever stirs the planner is gathered, so that a thousand leads do not have it look a thousand times."""
NUMBER_TAKEN = timedelta(minutes=1)
"""How long a lead waits whose number another replica has just begun to call."""
SURPLUS = 2
"""So many calls wait to be dialed beyond those in progress, so that no slot stands empty between two ticks."""


class Planner:
    """It may run in every replica: leads are taken so that no other one gets them."""

    def __init__(
        self,
        ledger: Ledger,
        admission: Admission,
        endings: Endings,
        capacity: Capacity,
        broker: Broker,
        clock: Clock,
        settings: DialerSettings,
        carrier: str,
    ) -> None:
        self._ledger = ledger
        self._admission = admission
        self._endings = endings
        self._capacity = capacity
        self._broker = broker
        self._clock = clock
        self._settings = settings
        self._carrier = carrier
        self._stirred = asyncio.Event()

    def wake(self) -> None:
        """A lead's time may have come, or a call's room may have become free."""
        self._stirred.set()

    async def run(self) -> None:
        """Plan until cancelled."""
        while True:
            self._stirred.clear()
            try:
                await self.plan()
            except Unavailable as error:
                log.warning("planning waits", error=error.detail)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), TICK_S)
            await asyncio.sleep(GATHER_S)

    async def plan(self) -> int:
        """Request the calls there is room for. Returns how many; raises Unavailable."""
        now = self._clock.now()
        if not await self._ledger.any_due(now):
            return 0
        cap = await self._capacity.cap()
        if not cap or not await self._capacity.somebody_can_speak():
            return 0
        playbooks = await self._playbooks()
        async with self._ledger.begin() as transaction:
            pace = await transaction.pace(self._carrier)  # held until the end: one replica plans at a time
            live = await transaction.campaigns.live_calls()
            room = self._room(pace, cap, sum(live.values()))
            if room <= 0:
                return 0
            campaigns = [
                each
                for each in await transaction.campaigns.every({CampaignState.RUNNING})
                if self._playbook_of(each) in playbooks  # else it has only just begun
            ]
            lanes = [await self._lane(transaction, each, live, room, now) for each in (None, *campaigns)]
            return await self._share(transaction, lanes, room, playbooks, now)

    def _room(self, pace: Pace, cap: int, unended: int) -> int:
        if pace.paused(self._clock.real()):
            return 0
        return 1 - unended if pace.trouble else cap + SURPLUS - unended  # in trouble, one call tries whether it is over

    async def _lane(
        self,
        transaction: Transaction,
        campaign: Campaign | None,
        live: dict[UUID | None, int],
        room: int,
        now: datetime,
    ) -> Lane:
        campaign_id = campaign.campaign_id if campaign else None
        calls = live.get(campaign_id, 0)
        own = campaign.room(calls) if campaign else room
        pace = campaign.pace(self._clock.real()) if campaign else room
        leads = await transaction.due_leads(now, min(own, room), campaign_id) if own else []
        return Lane(campaign, deque(leads), calls, own, pace)

    async def _share(
        self, transaction: Transaction, lanes: list[Lane], room: int, playbooks: dict[str, Playbook], now: datetime
    ) -> int:
        while room and (lane := next_lane(lanes)):
            lead = lane.take()
            if not await self._plan(transaction, lead, lane.campaign, playbooks[self._playbook_of(lane.campaign)], now):
                continue
            room -= 1
            lane.called(lead)
        for lane in lanes:
            if lane.campaign is None or not lane.given:
                continue
            campaign = await transaction.campaigns.locked(lane.campaign.campaign_id)
            if campaign is not None:
                await transaction.campaigns.save(campaign.began(lane.given, self._clock.real()))
        return sum(lane.given for lane in lanes)

    async def _plan(
        self, transaction: Transaction, lead: Lead, campaign: Campaign | None, playbook: Playbook, now: datetime
    ) -> bool:
        decision, history = await self._admission.decide(transaction, lead)
        if not decision.allowed or lead.phone is None:
            what_next = self._endings.turned_away(transaction, lead, decision)
            await transaction.save_lead(lead.becoming(what_next.state, what_next.reason, what_next.due_at))
            return False
        attempt = Attempt(
            call_id=new_event_id(),
            lead_id=lead.lead_id,
            phone=lead.phone,
            number=history.attempts + 1,
            requested_at=now,
            callback_id=lead.callback_id,
            campaign_id=lead.campaign_id,
        )
        if not await transaction.add_attempt(attempt):
            await transaction.save_lead(replace(lead, due_at=now + NUMBER_TAKEN))
            return False
        await transaction.save_lead(lead.becoming(LeadState.CALLING, said("call_requested")))
        transaction.tell(
            CallRequested(
                event_id=once_id("requested", attempt.call_id),
                occurred_at=now,
                call_id=attempt.call_id,
                lead_id=lead.lead_id,
                phone=lead.phone,
                lead=lead.facts,
                attempt=attempt.number,
                line=(campaign.plan.line if campaign else None) or LINE,
                playbook=playbook,
                campaign_id=lead.campaign_id,
                max_duration_s=self._settings.max_call_s,
                memory=await self._memory(transaction, lead),
                recorded=self._settings.record_calls,
            )
        )
        return True

    async def _memory(self, transaction: Transaction, lead: Lead) -> CallMemory | None:
        remembered = await transaction.attempt(lead.memory_of) if lead.memory_of else None
        if remembered is None:
            return None
        return CallMemory(call_id=remembered.call_id, summary=remembered.summary, answers=remembered.answers)

    def _playbook_of(self, campaign: Campaign | None) -> str:
        return (campaign.plan.playbook if campaign else None) or self._settings.playbook

    async def _playbooks(self) -> dict[str, Playbook]:
        """The playbooks that are called with, by name and, once the conversation has published them, by the hash of
        their content."""
        async with self._ledger.reading() as reader:
            campaigns = await reader.campaigns.every({CampaignState.RUNNING})
        found = {}
        for name in {self._playbook_of(each) for each in (None, *campaigns)}:
            content = await self._broker.get_value(PLAYBOOKS_BUCKET, f"name.{name}")
            version = content.decode() if content else ""
            told = await self._broker.get_value(PLAYBOOKS_BUCKET, f"told.{version}") if version else None
            known = Playbook.model_validate_json(told) if told else None
            found[name] = known or Playbook(name=name, content_hash=version)
        return found
