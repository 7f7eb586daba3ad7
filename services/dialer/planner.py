"""Requests calls just in time: for leads whose time has come, callbacks first, only as many as there is room for."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime, timedelta

from contracts.calls import CallMemory, CallRequested, Playbook
from contracts.event import new_event_id
from contracts.streams import PLAYBOOKS_BUCKET
from contracts.values import once_id
from services.dialer.admission import Admission
from services.dialer.capacity import Capacity
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.endings import Endings
from services.dialer.ports import Ledger, Transaction
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

TICK_S = 1.0
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

    async def plan(self) -> int:
        """Request the calls there is room for. Returns how many; raises Unavailable."""
        now = self._clock.now()
        if not self._settings.max_concurrent_calls or not await self._ledger.any_due(now):
            return 0
        if not await self._capacity.somebody_can_speak():
            return 0
        cap = await self._capacity.cap()
        playbook = await self._playbook()
        async with self._ledger.begin() as transaction:
            room = await self._room(transaction, cap)
            leads = await transaction.due_leads(now, room) if room > 0 else []
            return sum([await self._plan(transaction, lead, playbook, now) for lead in leads])

    async def _room(self, transaction: Transaction, cap: int) -> int:
        pace = await transaction.pace(self._carrier)
        if pace.paused(self._clock.real()):
            return 0
        unended = len(await transaction.unended())
        return 1 - unended if pace.trouble else cap + SURPLUS - unended  # in trouble, one call tries whether it is over

    async def _plan(self, transaction: Transaction, lead: Lead, playbook: Playbook, now: datetime) -> bool:
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
        )
        if not await transaction.add_attempt(attempt):
            await transaction.save_lead(replace(lead, due_at=now + NUMBER_TAKEN))
            return False
        await transaction.save_lead(lead.becoming(LeadState.CALLING, "a call is requested"))
        transaction.tell(
            CallRequested(
                event_id=once_id("requested", attempt.call_id),
                occurred_at=now,
                call_id=attempt.call_id,
                lead_id=lead.lead_id,
                phone=lead.phone,
                lead=lead.facts,
                attempt=attempt.number,
                playbook=playbook,
                campaign_id=lead.campaign_id,
                max_duration_s=self._settings.max_call_s,
                memory=await self._memory(transaction, lead),
            )
        )
        return True

    async def _memory(self, transaction: Transaction, lead: Lead) -> CallMemory | None:
        remembered = await transaction.attempt(lead.memory_of) if lead.memory_of else None
        if remembered is None:
            return None
        return CallMemory(call_id=remembered.call_id, summary=remembered.summary, answers=remembered.answers)

    async def _playbook(self) -> Playbook:
        """The playbook by name and, once the conversation has published it, by the hash of its content."""
        name = self._settings.playbook
        found = await self._broker.get_value(PLAYBOOKS_BUCKET, f"name.{name}")
        return Playbook(name=name, content_hash=found.decode() if found else "")
