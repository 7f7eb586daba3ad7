"""Steers the dialer: one way for whoever asks, over HTTP, over the broker or from the command line."""

import hashlib
from collections.abc import Callable

from contracts.control import ActiveCall, Control, Controlled, LeadStanding
from contracts.reasons import said
from contracts.streams import PLAYBOOKS_BUCKET
from services.dialer.admission import Admission
from services.dialer.campaign_desk import CampaignDesk
from services.dialer.capacity import Capacity, set_cap
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.campaign import Campaign, NotPossible
from services.dialer.domain.lead import LeadState
from services.dialer.ports.ledger import Ledger, Reader, Transaction
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, NotFound, Refused
from services.runtime.logs import logger

log = logger(__name__)

_BUSY = (LeadState.CALLING, LeadState.AWAITING_CALLBACK)


class Controls:
    """`wake` stirs the planner."""

    def __init__(
        self,
        ledger: Ledger,
        desk: CampaignDesk,
        admission: Admission,
        capacity: Capacity,
        broker: Broker,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._desk = desk
        self._admission = admission
        self._capacity = capacity
        self._broker = broker
        self._clock = clock
        self._wake = wake

    async def control(self, request: Control) -> Controlled:
        """Do what is asked. Raises NotFound, Refused, InvalidMessage or Unavailable, each with the cure."""
        return await self.once(request, None)

    async def once(self, request: Control, key: str | None) -> Controlled:
        """As `control`; what was done under a key is not done again for a day, and answered alike."""
        if request.action in ("status", "list", "active_calls"):
            return await self._look(request)
        log.info(
            "control",
            action=request.action,
            operator=request.operator,
            campaign_id=str(request.campaign_id) if request.campaign_id else None,
            cap=request.cap,
        )
        if request.action == "set_cap" and request.campaign_id is None:
            return await self._set_cap(request)
        if request.plan is not None and request.plan.playbook is not None:
            await self._find_playbook(request.plan.playbook)
        digest = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
        async with self._ledger.begin() as transaction:
            answered = await transaction.answers.claim(key, digest, self._clock.real()) if key else None
            if answered is not None:
                return Controlled.model_validate_json(answered)
            try:
                controlled = await self._act(transaction, request)
            except NotPossible as error:
                raise Refused(str(error)) from error
            if key:
                await transaction.answers.keep(key, controlled.model_dump_json())
        self._wake()
        return controlled

    async def _act(self, transaction: Transaction, request: Control) -> Controlled:
        if request.action == "call":
            return await self._call(transaction, request.lead_id)
        detail = None
        campaign = await self._campaign(transaction, request)
        match request.action:
            case "start":
                campaign = await self._desk.start(transaction, campaign)
            case "pause":
                campaign = await self._desk.pause(transaction, campaign, request.reason)
            case "resume":
                campaign = await self._desk.resume(transaction, campaign)
            case "stop":
                campaign = await self._desk.stop(transaction, campaign, request.reason)
            case "retry":
                campaign, revived = await self._desk.retry(transaction, campaign)
                detail = _revived(revived)
            case "set_cap":
                campaign = await self._desk.revise(
                    transaction, campaign, request.cap, request.calls_per_minute, request.max_attempts
                )
        status = await self._desk.status(transaction, campaign)
        return Controlled(campaigns=(status,), cap=campaign.plan.max_concurrent_calls, detail=detail)

    async def _campaign(self, transaction: Transaction, request: Control) -> Campaign:
        """The campaign that the request is about, locked; a new one if it brings a plan."""
        if request.action == "create" or (request.action == "start" and request.plan is not None):
            if request.plan is None:
                raise InvalidMessage(said("plan_missing"), field="plan")
            return await self._desk.create(transaction, request.plan, request.campaign_id)
        meant = await self._desk.meant(transaction, request.campaign_id, request.action)
        return await transaction.campaigns.locked(meant.campaign_id) or meant

    async def _call(self, transaction: Transaction, lead_id: str | None) -> Controlled:
        """Call a lead next, whenever it was to be called, if the gate agrees."""
        if lead_id is None:
            raise InvalidMessage("say whom to call", field="lead_id")
        lead = await transaction.lead(lead_id)
        if lead is None:
            raise NotFound(said("lead_not_there", lead=lead_id), field="lead_id")
        decision, _ = await self._admission.decide(transaction, lead)
        if not decision.allowed and decision.until is None:
            raise Refused(decision.in_words, field="lead_id")
        if decision.allowed or lead.state not in _BUSY:
            due_at = decision.until or self._clock.now()
            lead = lead.becoming(LeadState.WAITING, decision.in_words, due_at)
            await transaction.save_lead(lead)
        standing = LeadStanding(
            lead_id=lead.lead_id, state=lead.state, reason=decision.in_words, due_at=decision.until or lead.due_at
        )
        return Controlled(leads=(standing,), detail=decision.in_words)

    async def _look(self, request: Control) -> Controlled:
        async with self._ledger.reading() as reader:
            if request.action == "active_calls":
                calls = await reader.unended()
                its = [each for each in calls if request.campaign_id in (None, each.campaign_id)]
                return Controlled(calls=tuple(map(_active, its)), cap=await self._capacity.cap())
            its_campaigns = await self._campaigns(reader, request)
            statuses = await self._desk.statuses(reader, its_campaigns, brief=request.brief)
            return Controlled(campaigns=statuses, cap=await self._capacity.cap())

    async def _campaigns(self, reader: Reader, request: Control) -> list[Campaign]:
        if request.action == "list":
            return await reader.campaigns.every()
        return [await self._desk.meant(reader, request.campaign_id, "status")]

    async def _set_cap(self, request: Control) -> Controlled:
        if request.calls_per_minute is not None or request.max_attempts is not None:
            raise InvalidMessage("pace and attempts are a campaign's own; name the campaign", field="campaign_id")
        if request.cap is None:
            raise InvalidMessage(said("cap_missing"), field="cap")
        await set_cap(self._broker, request.cap)
        self._capacity.forget()
        self._wake()
        return Controlled(
            cap=request.cap, detail="nobody is dialed until the cap is raised" if not request.cap else None
        )

    async def _find_playbook(self, name: str) -> None:
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise InvalidMessage(said("playbook_not_named", name=name), field="plan.playbook")
        if await self._broker.get_value(PLAYBOOKS_BUCKET, f"name.{name}") is None:
            raise NotFound(said("playbook_unknown", name=name, file=f"{name}.yaml"), field="plan.playbook")


def _revived(count: int) -> str:
    if count:
        return f"{count} leads are called again"
    return "nobody is left to try again: they were reached, were refused, or were called as often as allowed"


def _active(attempt: Attempt) -> ActiveCall:
    return ActiveCall(
        call_id=attempt.call_id,
        lead_id=attempt.lead_id,
        campaign_id=attempt.campaign_id,
        state=attempt.status or attempt.state,
        requested_at=attempt.requested_at,
        attempt=attempt.number,
    )
