"""Asks the gate: gathers what its rules look at, inside the transaction that acts on the answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.dialer.domain.caller_numbers import CallerNumbers, day_began
from services.dialer.domain.calling_hours import CallingHours, IsraeliHours
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.gate import Decision, decide
from services.dialer.domain.gate_context import GateContext, History, Policy, RegistryFinding
from services.dialer.domain.hours_abroad import HoursAbroad
from services.dialer.domain.lead import Lead
from services.dialer.domain.phone import read_number
from services.dialer.ports.ledger import RegistryCheck, Transaction
from services.runtime.clock import Clock
from services.runtime.logs import logger

log = logger(__name__)


class Admission:
    """Who may be called now. Without a registry no number was ever checked."""

    def __init__(
        self,
        carrier: str,
        policy: Policy,
        hours: CallingHours,
        clock: Clock,
        *,
        registry: RegistryCheck | None = None,
        numbers: CallerNumbers | None = None,
    ) -> None:
        self._carrier = carrier
        self._policy = policy
        self._hours = hours
        self._clock = clock
        self._registry = registry
        self._numbers = numbers or CallerNumbers(())

    async def decide(
        self, transaction: Transaction, lead: Lead, call_id: UUID | None = None
    ) -> tuple[Decision, History]:
        """Ask every rule and keep what it said. `call_id` is the call that is about to be dialed, if it has come so
        far. Also returns what we have been through with the person."""
        return (await self.decide_all(transaction, [lead], call_id))[0]

    async def decide_all(
        self, transaction: Transaction, leads: Sequence[Lead], call_id: UUID | None = None
    ) -> list[tuple[Decision, History]]:
        """As `decide`, for many leads at once and in their order."""
        now = self._clock.now()
        histories = await transaction.histories(leads, now, besides=call_id)
        pace = await transaction.pace(self._carrier)
        trouble = pace.paused(self._clock.real())
        registry = await self._findings(transaction, leads)
        resting = await self._numbers_rest_until(transaction, now)
        campaigns = {each: await self._campaign(transaction, each) for each in {lead.campaign_id for lead in leads}}
        decisions = [
            decide(
                GateContext(
                    now=now,
                    lead=lead,
                    history=history,
                    policy=self._policy,
                    hours=self._hours_of(lead, campaigns[lead.campaign_id]),
                    registry=registry if isinstance(registry, Exception) else registry.get(lead.phone or ""),
                    campaign=campaigns[lead.campaign_id],
                    trouble=trouble,
                    trouble_until=pace.retry_at + self._clock.offset if trouble and pace.retry_at else None,
                    numbers_rest_until=resting,
                )
            )
            for lead, history in zip(leads, histories, strict=True)
        ]
        await transaction.log_decisions(list(zip(leads, decisions, strict=True)), call_id, now)
        return list(zip(decisions, histories, strict=True))

    async def _findings(
        self, transaction: Transaction, leads: Sequence[Lead]
    ) -> Mapping[str, RegistryFinding] | Exception:
        phones = {lead.phone for lead in leads if lead.phone is not None}
        if self._registry is None or not phones:
            return {}
        try:
            return await self._registry.findings(transaction, phones)
        except Exception as error:  # the rule that needs it refuses
            log.error("the do-not-call registry cannot be asked", exc_info=error)
            return error

    async def _numbers_rest_until(self, transaction: Transaction, now: datetime) -> datetime | None:
        if self._numbers.daily_limit is None:
            return None
        return self._numbers.rest_until(await transaction.calls_by_number(day_began(now)), now)

    def _hours_of(self, lead: Lead, campaign: Campaign | Exception | None) -> CallingHours:
        """Those of the place where the lead may be, as far as they are within its campaign's own."""
        lawful, number = self._hours, read_number(lead.written_phone)
        if number.foreign and isinstance(lawful, IsraeliHours):
            lawful = HoursAbroad(lawful, number.zones)
        return campaign.hours(lawful) if isinstance(campaign, Campaign) else lawful

    async def _campaign(self, transaction: Transaction, campaign_id: UUID | None) -> Campaign | Exception | None:
        if campaign_id is None:
            return None
        try:
            return await transaction.campaigns.campaign(campaign_id)
        except Exception as error:  # the rule that needs it refuses
            log.error("the campaign cannot be read", exc_info=error)
            return error
