"""Facts about leads and campaigns: who was handed in, and what the gate said."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Event
from contracts.values import Consent, Instant, LeadFacts, LeadId, PhoneNumber, Verdict


class SubmittedConsent(BaseModel):
    """Consent as somebody wrote it down: raw, so that a poor one is refused with reasons."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    basis: str | None = None
    obtained_at: str | None = None
    evidence: str | None = None


class LeadSubmitted(Event):
    """Here is a person to call. Anyone may tell it; only name and phone are required, and all of it is raw."""

    subject_template: ClassVar[str] = "leads.submitted"
    stream: ClassVar[str] = "LEADS"
    told_by: ClassVar[tuple[str, ...]] = ("anyone",)
    heard_by: ClassVar[tuple[str, ...]] = ("dialer",)

    name: str
    phone: str
    lead_id: LeadId | None = None
    company: str | None = None
    business_type: str | None = None
    company_size: str | None = None
    current_challenges: str | None = None
    best_call_time: str | None = None
    email: str | None = None
    consent: SubmittedConsent | None = None
    number_source: str | None = None
    notes: str | None = None
    campaign_id: UUID | None = None


class _Gated(Event):
    stream: ClassVar[str] = "LEADS"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("telemetry",)

    lead_id: LeadId
    phone: PhoneNumber | None = None
    name: str | None = None
    campaign_id: UUID | None = None
    verdicts: tuple[Verdict, ...] = ()


class LeadAccepted(_Gated):
    """Every rule allowed the lead. From here on numbers are E.164."""

    subject_template: ClassVar[str] = "leads.{lead_id}.accepted"

    lead: LeadFacts = Field(default_factory=LeadFacts)
    consent: Consent | None = None


class LeadRefused(_Gated):
    """At least one rule refused the lead for good; `reasons` says why in words."""

    subject_template: ClassVar[str] = "leads.{lead_id}.refused"

    reasons: tuple[str, ...]


class LeadDeferred(_Gated):
    """The lead may be called, but not now."""

    subject_template: ClassVar[str] = "leads.{lead_id}.deferred"

    until: Instant
    reasons: tuple[str, ...]


class _Campaign(Event):
    stream: ClassVar[str] = "LEADS"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("telemetry",)

    campaign_id: UUID
    name: str | None = None


class CampaignStarted(_Campaign):
    """The campaign's leads may be called from now on."""

    subject_template: ClassVar[str] = "campaigns.{campaign_id}.started"


class CampaignPaused(_Campaign):
    """The campaign dials nobody until it is started again."""

    subject_template: ClassVar[str] = "campaigns.{campaign_id}.paused"

    reason: str | None = None


class CampaignFinished(_Campaign):
    """Every lead of the campaign has reached a final state."""

    subject_template: ClassVar[str] = "campaigns.{campaign_id}.finished"
