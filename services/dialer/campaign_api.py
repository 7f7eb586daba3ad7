"""Campaigns over HTTP, calls to single leads, and the cap. Every POST may be repeated under one Idempotency-Key."""

import hashlib
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Header, Query
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from contracts.control import CallsPerMinute, CampaignPlan, CampaignState, CampaignStatus, Control, LeadStanding, Words
from contracts.values import LeadFacts, LeadId
from services.dialer.controls import Controls
from services.dialer.ports.ledger import Ledger
from services.runtime.security import guarded

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
Plan = Annotated[CampaignPlan | None, Body()]
Action = Literal["start", "pause", "resume", "stop", "retry"]


class Why(BaseModel):
    """Why a campaign is paused or stopped, for whoever looks later."""

    reason: Words | None = None


class Limits(BaseModel):
    """What may be changed while a campaign runs. What is left out stays."""

    max_concurrent_calls: Annotated[int, Field(ge=0, le=10_000)] | None = None
    calls_per_minute: CallsPerMinute | None = None
    max_attempts: Annotated[int, Field(ge=1, le=10)] | None = None


class Cap(BaseModel):
    """How many calls there may be at once, over all campaigns and replicas. 0 calls nobody."""

    cap: Annotated[int, Field(ge=0, le=10_000)]


class Whom(BaseModel):
    """The lead to call."""

    lead_id: LeadId


class PendingLead(BaseModel):
    """A lead that waits to be called."""

    model_config = ConfigDict(from_attributes=True)

    lead_id: str
    phone: str | None
    facts: LeadFacts
    campaign_id: UUID | None
    due_at: datetime | None
    reason: str


def campaign_routes(controls: Controls, ledger: Ledger, token: SecretStr | None) -> APIRouter:
    """Every route, guarded."""
    routes = APIRouter(tags=["campaigns"], dependencies=guarded(token))

    async def campaign(request: Control, key: str | None) -> CampaignStatus:
        return (await controls.once(request, _scoped(key))).campaigns[0]

    async def lead(lead_id: str, key: str | None) -> LeadStanding:
        return (await controls.once(Control(action="call", lead_id=lead_id), _scoped(key))).leads[0]

    @routes.post("/campaigns", status_code=201)
    async def create(plan: CampaignPlan, key: Key = None) -> CampaignStatus:
        """A draft, which claims the waiting leads it asks for. Leads handed in with its id belong to it as well."""
        return await campaign(Control(action="create", plan=plan), key)

    @routes.get("/campaigns")
    async def campaigns(state: CampaignState | None = None) -> list[CampaignStatus]:
        """Campaigns, newest first, and how far each has come."""
        found = (await controls.control(Control(action="list"))).campaigns
        return [each for each in found if state in (None, each.state)]

    @routes.get("/campaigns/{campaign_id}")
    async def one(campaign_id: UUID) -> CampaignStatus:
        """One campaign: its leads by state, what their calls came to, why others wait, and calls in progress."""
        return (await controls.control(Control(action="status", campaign_id=campaign_id))).campaigns[0]

    @routes.post("/campaigns/{campaign_id}/{action}")
    async def act(
        campaign_id: UUID, action: Action, why: Annotated[Why | None, Body()] = None, key: Key = None
    ) -> CampaignStatus:
        """Start, pause or resume it; stop it, whose calls in progress finish; or try those again who were not reached
        and have attempts left."""
        reason = why.reason if why else None
        return await campaign(Control(action=action, campaign_id=campaign_id, reason=reason), key)

    @routes.patch("/campaigns/{campaign_id}")
    async def limit(campaign_id: UUID, limits: Limits) -> CampaignStatus:
        """Another cap, pace or number of attempts; also while it runs."""
        request = Control(
            action="set_cap",
            campaign_id=campaign_id,
            cap=limits.max_concurrent_calls,
            calls_per_minute=limits.calls_per_minute,
            max_attempts=limits.max_attempts,
        )
        return await campaign(request, None)

    @routes.get("/campaign/status")
    async def status() -> CampaignStatus:
        """The only campaign under way; else the one that ended last."""
        return (await controls.control(Control(action="status"))).campaigns[0]

    @routes.post("/campaign/start")
    @routes.post("/outbound/campaign")
    async def start(plan: Plan = None, key: Key = None) -> CampaignStatus:
        """Create a campaign by this plan and start it; without a plan, start the only draft."""
        return await campaign(Control(action="start", plan=plan), key)

    @routes.post("/campaign/{action}")
    async def act_on_the_only_one(
        action: Literal["pause", "resume", "stop", "retry"],
        why: Annotated[Why | None, Body()] = None,
        key: Key = None,
    ) -> CampaignStatus:
        """As /campaigns/{campaign_id}/{action}, where only one campaign can be meant."""
        return await campaign(Control(action=action, reason=why.reason if why else None), key)

    @routes.post("/outbound/initiate-call", status_code=202)
    async def initiate(lead_id: LeadId, key: Key = None) -> LeadStanding:
        """Call a lead next, if every rule allows it; a rule that is only a matter of time says when."""
        return await lead(lead_id, key)

    @routes.post("/call/initiate", status_code=202)
    async def initiate_by_body(whom: Whom, key: Key = None) -> LeadStanding:
        """As /outbound/initiate-call, with the lead in the body."""
        return await lead(whom.lead_id, key)

    @routes.get("/leads/pending")
    async def pending(
        campaign_id: UUID | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> list[PendingLead]:
        """Leads that wait to be called, in the order of their time, and why they wait."""
        async with ledger.reading() as reader:
            return [PendingLead.model_validate(each) for each in await reader.pending(campaign_id, limit)]

    @routes.get("/calls/cap")
    async def cap() -> Cap:
        """How many calls there may be at once."""
        return Cap(cap=(await controls.control(Control(action="active_calls"))).cap or 0)

    @routes.put("/calls/cap")
    async def set_cap(asked: Cap) -> Cap:
        """Change how many calls there may be at once, while they run. 0 calls nobody; calls in progress go on."""
        await controls.control(Control(action="set_cap", cap=asked.cap))
        return asked

    return routes


def _scoped(key: str | None) -> str | None:
    """A key of any characters and length, as the store keeps it."""
    return hashlib.sha256(key.encode()).hexdigest() if key else None
