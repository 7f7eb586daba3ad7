"""Asks the gate: gathers what its rules look at, inside the transaction that acts on the answer."""

from uuid import UUID

from services.dialer.domain.calling_hours import CallingHours
from services.dialer.domain.gate import Decision, decide
from services.dialer.domain.gate_context import Campaign, GateContext, History, Policy, RegistryFinding
from services.dialer.domain.lead import Lead
from services.dialer.ports import Campaigns, RegistryCheck, Transaction
from services.runtime.clock import Clock
from services.runtime.logs import logger

log = logger(__name__)


class Admission:
    """Who may be called now. Without a registry no number was ever checked; without campaigns there are none."""

    def __init__(
        self,
        carrier: str,
        policy: Policy,
        hours: CallingHours,
        clock: Clock,
        *,
        registry: RegistryCheck | None = None,
        campaigns: Campaigns | None = None,
    ) -> None:
        self._carrier = carrier
        self._policy = policy
        self._hours = hours
        self._clock = clock
        self._registry = registry
        self._campaigns = campaigns

    async def decide(
        self, transaction: Transaction, lead: Lead, call_id: UUID | None = None
    ) -> tuple[Decision, History]:
        """Ask every rule and keep what it said. `call_id` is the call that is about to be dialed, if it has come so
        far. Also returns what we have been through with the person."""
        now = self._clock.now()
        history = await transaction.history(lead, now, besides=call_id)
        pace = await transaction.pace(self._carrier)
        trouble = pace.paused(self._clock.real())
        decision = decide(
            GateContext(
                now=now,
                lead=lead,
                history=history,
                policy=self._policy,
                hours=self._hours,
                registry=await self._finding(lead),
                campaign=await self._campaign(lead),
                trouble=trouble,
                trouble_until=pace.retry_at + self._clock.offset if trouble and pace.retry_at else None,
            )
        )
        await transaction.log_decision(lead.lead_id, call_id, decision, now)
        return decision, history

    async def _finding(self, lead: Lead) -> RegistryFinding | Exception | None:
        if self._registry is None or lead.phone is None:
            return None
        try:
            return await self._registry.check(lead.phone)
        except Exception as error:  # the rule that needs it refuses
            log.error("the do-not-call registry cannot be asked", exc_info=error)
            return error

    async def _campaign(self, lead: Lead) -> Campaign | Exception | None:
        if self._campaigns is None or lead.campaign_id is None:
            return None
        try:
            return await self._campaigns.campaign(lead.campaign_id)
        except Exception as error:  # the rule that needs it refuses
            log.error("the campaign cannot be read", exc_info=error)
            return error
