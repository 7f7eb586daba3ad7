"""A lead that nothing speaks against, on a Sunday morning."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.control import CampaignPlan
from contracts.leads import LeadSubmitted, SubmittedConsent
from services.dialer.domain.calling_hours import IsraeliHours
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.gate_context import GateContext, History, Policy
from services.dialer.domain.lead import Lead

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CONSENT = SubmittedConsent(basis="web_form", obtained_at="2026-11-01T09:00:00Z")


def lead(phone: str = "054-2345678", **changes: Any) -> Lead:
    submitted = LeadSubmitted(name="דנה כהן", phone=phone, consent=CONSENT, occurred_at=NOW - timedelta(minutes=1))
    return replace(Lead.submitted(submitted), **changes)


def context(person: Lead | None = None, **changes: Any) -> GateContext:
    """What the gate knows; `history` and `policy` may be given as dictionaries of what differs."""
    history = History(**changes.pop("history", {}))
    policy = Policy(**changes.pop("policy", {}))
    given = GateContext(now=NOW, lead=person or lead(), history=history, policy=policy, hours=IsraeliHours())
    return replace(given, **changes)


def campaign(**plan: Any) -> Campaign:
    """A draft."""
    given = CampaignPlan.model_validate({"name": "autumn"} | plan)
    return Campaign(UUID("01a1fcbb-f6bf-7383-9f4e-9108bb1b8819"), given, NOW)
