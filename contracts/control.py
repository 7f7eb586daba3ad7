"""What may be asked of the dialer on `dialer.control`: campaigns, single calls, the cap.

One subject, one request, told apart by `action`. The reply is `Controlled`, or `Refused` with the cure. Its HTTP
API does the same; the console and the command line use whichever is nearer.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from contracts.requests import Refused
from contracts.values import Instant, LeadId, Value

Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
"""One line of text."""

CallsPerMinute = Annotated[float, Field(ge=0.01, le=60_000)]


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    """No new calls; those in progress finish."""
    STOPPED = "stopped"
    FINISHED = "finished"
    """Every lead of it has reached a final state."""


class OpenHours(Value):
    """On which weekdays, and between which local times, a campaign calls; always within the lawful hours."""

    days: tuple[Annotated[int, Field(ge=0, le=6)], ...] = ()
    """0 is Sunday, as the Israeli week counts; empty: every day on which calling is lawful."""
    start: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    end: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None


class RetryRules(Value):
    """How often, and how soon, somebody who was not reached is tried again. None: the system's own rule."""

    max_attempts: Annotated[int, Field(ge=1, le=10)] | None = None
    first_delay_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] | None = None


class CampaignPlan(Value):
    """Whom a campaign calls, and how."""

    name: Words
    business_types: Annotated[tuple[Words, ...], Field(max_length=100)] = ()
    """Only leads of these business types; empty: of any."""
    company_sizes: Annotated[tuple[Words, ...], Field(max_length=100)] = ()
    max_leads: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    playbook: Words | None = None
    """None: the system's own."""
    line: Words | None = None
    max_concurrent_calls: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """The campaign's own cap, below the system's. 0 calls nobody."""
    calls_per_minute: CallsPerMinute | None = None
    hours: OpenHours = OpenHours()
    retry: RetryRules = RetryRules()
    one_time_business_approach: bool = False
    """True: leads without prior consent get the one approach that the law allows towards a business."""


class CampaignStatus(Value):
    """A campaign and how far it has come."""

    campaign_id: UUID
    plan: CampaignPlan
    state: CampaignState
    reason: str | None = None
    """Why it is paused or stopped, in words, with the cure where there is one."""
    created_at: Instant
    started_at: Instant | None = None
    finished_at: Instant | None = None
    leads: dict[str, int] = Field(default_factory=dict)
    """How many of its leads are in each state."""
    outcomes: dict[str, int] = Field(default_factory=dict)
    """What the last calls with its leads came to."""
    waiting_reasons: dict[str, int] = Field(default_factory=dict)
    """Why leads wait or were refused, and how many."""
    live_calls: int = 0


class ActiveCall(Value):
    """A call that is planned or in progress."""

    call_id: UUID
    lead_id: LeadId
    campaign_id: UUID | None = None
    state: str
    requested_at: Instant
    attempt: int = 1


class LeadStanding(Value):
    """Where a lead stands, and why."""

    lead_id: LeadId
    state: str
    reason: str
    due_at: Instant | None = None
    """When it is called, if it waits."""


class Control(Value):
    """Steer the dialer. `campaign_id` may be absent where only one campaign can be meant."""

    subject: ClassVar[str] = "dialer.control"

    action: Literal[
        "create", "start", "pause", "resume", "stop", "retry", "status", "list", "set_cap", "call", "active_calls"
    ]
    campaign_id: UUID | None = None
    """With `create`: the id it is to have, so that creating it again gives the same campaign."""
    plan: CampaignPlan | None = None
    """With `create`, and with `start` to create and start at once."""
    cap: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """With `set_cap`: of one campaign, or, without `campaign_id`, of the whole system. 0 stops dialing."""
    calls_per_minute: CallsPerMinute | None = None
    """With `set_cap`: the pace of one campaign."""
    max_attempts: Annotated[int, Field(ge=1, le=10)] | None = None
    """With `set_cap`: how often one campaign tries somebody."""
    reason: Words | None = None
    """With `pause` and `stop`: why, for whoever looks later."""
    lead_id: LeadId | None = None
    """With `call`."""
    brief: bool = False
    """With `list` and `status`: plans and states only, without how far campaigns have come."""
    operator: Words | None = None
    """Who asked, for the audit log."""


class Controlled(Value):
    """It is done; what was asked about, as it stands now."""

    kind: Literal["controlled"] = "controlled"
    campaigns: tuple[CampaignStatus, ...] = ()
    calls: tuple[ActiveCall, ...] = ()
    leads: tuple[LeadStanding, ...] = ()
    """With `call`: where the lead stands now."""
    cap: int | None = None
    detail: str | None = None


_replies: TypeAdapter[Controlled | Refused] = TypeAdapter(Annotated[Controlled | Refused, Field(discriminator="kind")])


def parse_controlled(data: bytes) -> Controlled | Refused:
    """Read the reply to `Control`. Raises ValidationError if it is none."""
    return _replies.validate_json(data)
