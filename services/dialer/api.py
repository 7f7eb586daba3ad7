"""The dialer over HTTP: leads and what the gate said of them, calls in progress, and the do-not-call list."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from contracts.event import new_event_id
from contracts.leads import LeadSubmitted, SubmittedConsent
from contracts.values import AnsweredBy, Disposition, LeadFacts, LeadId, Outcome, Verdict, once_id
from services.dialer.desk import Desk
from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.ports.ledger import LeadFilter, Ledger
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import NotFound
from services.runtime.security import Scope, guarded


class LeadForm(BaseModel):
    """A person to call: only name and phone are required, and all of it is judged by the gate."""

    name: str = Field(max_length=200)
    phone: str = Field(max_length=64)
    lead_id: LeadId | None = None
    company: str | None = Field(None, max_length=200)
    business_type: str | None = Field(None, max_length=200)
    company_size: str | None = Field(None, max_length=200)
    current_challenges: str | None = Field(None, max_length=2000)
    best_call_time: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=320)
    consent: SubmittedConsent | None = None
    number_source: str | None = Field(None, max_length=500)
    notes: str | None = Field(None, max_length=2000)
    campaign_id: UUID | None = None


class Submitted(BaseModel):
    """The lead was taken; its id is that of the event that carries it."""

    event_id: UUID
    lead_id: str


class AttemptView(BaseModel):
    """One call as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    call_id: UUID
    lead_id: str
    campaign_id: UUID | None
    phone: str
    number: int
    state: AttemptState
    status: CarrierStatus | None
    answered_by: AnsweredBy | None
    requested_at: datetime
    dialed_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    disposition: Disposition | None
    duration_s: float
    outcome: Outcome | None
    error: str | None


class LeadView(BaseModel):
    """A lead and where it stands."""

    model_config = ConfigDict(from_attributes=True)

    lead_id: str
    phone: str | None
    written_phone: str
    facts: LeadFacts
    state: LeadState
    reason: str
    due_at: datetime | None
    outcome: Outcome | None
    submitted_at: datetime
    campaign_id: UUID | None


class LeadDetails(LeadView):
    """A lead with what the gate last said of it, rule by rule, and every call."""

    verdicts: tuple[Verdict, ...] = ()
    calls: tuple[AttemptView, ...] = ()


class Dialing(BaseModel):
    """Calls that have not ended, and why nobody is dialed, if so."""

    calls: tuple[AttemptView, ...]
    paused: str | None
    failures: tuple[str, ...] = ()
    """What the carrier did not take, or did not answer, since it last took a call."""


def router(
    ledger: Ledger,
    desk: Desk,
    broker: Broker,
    clock: Clock,
    carrier: str,
    token: SecretStr | None,
) -> APIRouter:
    """Every route, guarded."""
    routes = APIRouter(tags=["dialer"], dependencies=guarded(token))

    @routes.post("/leads", status_code=202, dependencies=guarded(scope=Scope.LEADS))
    async def submit(
        form: LeadForm, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
    ) -> Submitted:
        """Hand in a person to call, as by publishing leads.submitted. The same Idempotency-Key is the same lead."""
        event_id = once_id("leads", idempotency_key) if idempotency_key else new_event_id()
        event = LeadSubmitted(event_id=event_id, occurred_at=clock.now(), **dict(form))
        await broker.tell(event)
        return Submitted(event_id=event_id, lead_id=Lead.submitted(event).lead_id)

    @routes.get("/leads")
    async def leads(
        state: LeadState | None = None,
        campaign_id: UUID | None = None,
        search: Annotated[str, Query(max_length=100, description="In name, company, number and id.")] = "",
        after: Annotated[str, Query(max_length=64)] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[LeadView]:
        """Leads in order of their ids. Give the last id as `after` for the next page."""
        wanted = LeadFilter(state, campaign_id, _printable(search))
        async with ledger.reading() as reader:
            return [LeadView.model_validate(each) for each in await reader.leads(wanted, _printable(after), limit)]

    @routes.get("/leads/{lead_id}")
    async def lead(lead_id: str) -> LeadDetails:
        """One lead, every verdict of the gate on it, and its calls."""
        async with ledger.reading() as reader:
            found = await reader.lead(lead_id)
            if found is None:
                raise NotFound(f"there is no lead {lead_id}; list them at GET /leads")
            decision = await reader.last_decision(lead_id)
            attempts = await reader.attempts_of(lead_id)
        return LeadDetails(
            **LeadView.model_validate(found).model_dump(),
            verdicts=decision.verdicts if decision else (),
            calls=_views(attempts),
        )

    @routes.get("/calls/active")
    async def active(campaign_id: UUID | None = None) -> Dialing:
        """Calls that have not ended, of one campaign or of all, oldest first; and why nobody is dialed, if the carrier
        refuses."""
        async with ledger.reading() as reader:
            pace = await reader.pace(carrier)
            calls = [each for each in await reader.unended() if campaign_id in (None, each.campaign_id)]
            return Dialing(calls=_views(calls), paused=pace.trouble, failures=pace.failures)

    @routes.post("/calls/{call_id}/hang-up", status_code=202)
    async def hang_up(call_id: UUID) -> None:
        """End a call at the carrier, or cancel it while it rings."""
        async with ledger.reading() as reader:
            if await reader.attempt(call_id) is None:
                raise NotFound(f"there is no call {call_id}; list them at GET /calls/active")
        await desk.hang_up(call_id, "asked for over the API")

    return routes


def _views(attempts: list[Attempt]) -> tuple[AttemptView, ...]:
    return tuple(AttemptView.model_validate(each) for each in attempts)


def _printable(text: str) -> str:
    """Without the characters that no database has."""
    return text.replace("\0", "").strip()
