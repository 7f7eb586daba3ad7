"""Everything the gate looks at before somebody is called."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from services.dialer.domain.calling_hours import CallingHours
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.phone import Number, read_number


@dataclass(frozen=True)
class Policy:
    """What the company decided about whom it calls."""

    require_consent: bool = True
    allow_foreign: bool = False
    registry_required: bool = False
    max_attempts: int = 3


@dataclass(frozen=True)
class LiveCall:
    """A call to the same number that is planned, in progress, or not concluded yet."""

    call_id: UUID
    lead_id: str


@dataclass(frozen=True)
class History:
    """What we have been through with this person and this number, whatever the campaign."""

    attempts: int = 0
    """Calls in which the person was dialed."""
    campaign_attempts: int = 0
    """Those of them that belonged to the lead's campaign."""
    called_long_ago: bool = False
    """There were calls to this number of which nothing else is kept any more."""
    opted_out_at: datetime | None = None
    erased: bool = False
    """They asked to be forgotten; nothing but a hash of number and id is left."""
    bad_number: str | None = None
    """Why the carrier turned the number down."""
    live_call: LiveCall | None = None


@dataclass(frozen=True)
class RegistryFinding:
    """What the national do-not-call registry said of a number, and when."""

    listed: bool
    checked_at: datetime


@dataclass(frozen=True)
class GateContext:
    """All that the rules look at. A part that could not be learned is the error that kept us from it."""

    now: datetime
    lead: Lead
    history: History
    policy: Policy
    hours: CallingHours
    """The lawful ones, as far as they are within the campaign's own."""
    registry: RegistryFinding | Exception | None = None
    campaign: Campaign | Exception | None = None
    trouble: str | None = None
    """Why the carrier takes no calls at present."""
    trouble_until: datetime | None = None
    numbers_rest_until: datetime | Exception | None = None
    """When our caller numbers may call again, if each has made its calls of the day."""

    @cached_property
    def number(self) -> Number:
        return read_number(self.lead.written_phone)

    @property
    def wish(self) -> str | None:
        """When the lead would like to be called; of no account if they asked for this very call."""
        return None if self.is_callback else self.lead.best_call_time

    @property
    def its_campaign(self) -> Campaign | None:
        """The campaign of the lead, if it has one and it could be learned."""
        return None if isinstance(self.campaign, Exception) else self.campaign

    @property
    def is_callback(self) -> bool:
        """Whether they asked for this very call."""
        return self.lead.callback_id is not None

    @property
    def callback_at(self) -> datetime | None:
        """The time they agreed on, if it is still to come."""
        at = self.lead.due_at
        return at if self.lead.state is LeadState.AWAITING_CALLBACK and at is not None and at > self.now else None
