"""What the dialer's edges and its core know of each other: a carrier that places calls, the desk that keeps the one
attempt of each call, and the ledger in which everything is written down."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from contracts.control import CampaignState
from contracts.event import Event
from contracts.streams import Consumer
from contracts.values import AnsweredBy, Outcome, PhoneNumber
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.carrier_call import CarrierCall as CarrierCall
from services.dialer.domain.carrier_call import CarrierStatus as CarrierStatus
from services.dialer.domain.carrier_call import StatusReport as StatusReport
from services.dialer.domain.gate import Decision
from services.dialer.domain.gate_context import History, RegistryFinding
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.pacing import Pace
from services.runtime.errors import Failure, Unavailable


@dataclass(frozen=True)
class OutboundCall:
    """What a carrier needs to place one call."""

    call_id: UUID
    to: PhoneNumber
    from_number: PhoneNumber
    ring_timeout_s: int
    max_duration_s: int
    record: bool = False


class NumberRejected(Failure):
    """The carrier says the number cannot be dialed; never try it again."""

    status = 409
    slug = "number-rejected"


class CarrierMisconfigured(Failure):
    """The account cannot place this call until a person mends its configuration."""

    status = 409
    slug = "carrier-misconfigured"


class CarrierThrottled(Unavailable):
    """The carrier did not process the request and says so; it is safe to ask again later."""

    slug = "carrier-throttled"


class SubmissionUnknown(Unavailable):
    """The request may or may not have been processed; it must never be repeated, only looked up."""

    slug = "submission-unknown"


class Carrier(Protocol):
    """Places, inspects and ends calls. Creating a call is not idempotent: ask once, whatever happens."""

    name: str
    simulated: bool
    """True when the API's host resolves to a loopback or private address."""

    async def place(self, call: OutboundCall) -> str:
        """Ask for the call and return the carrier's id of it.

        Raises NumberRejected, CarrierMisconfigured, CarrierThrottled, or SubmissionUnknown when no answer came.
        """

    async def inspect(self, carrier_call_id: str) -> CarrierCall | None:
        """The call as the carrier knows it, or None. Raises Unavailable."""

    async def find(self, to: PhoneNumber, since: datetime) -> list[CarrierCall]:
        """Calls to a number placed since a real (not pinned) moment, newest first. Raises Unavailable."""

    async def end(self, carrier_call_id: str) -> None:
        """Hang up, or cancel if it still rings. A call that is already over is no error. Raises Unavailable."""

    async def recordings(self, carrier_call_id: str) -> list[str]:
        """Ids of the recordings that the carrier keeps of a call; none of one that it does not know. Raises
        Unavailable."""

    async def delete_recording(self, recording_id: str, url: str | None = None) -> bool:
        """Delete a recording for good; `url` is where it was said to lie. False if it was gone. Raises Unavailable
        while the carrier does not do it, Refused if it lies where we cannot delete it."""

    async def close(self) -> None: ...


class AttemptDesk(Protocol):
    """What the wire tells about attempts. Every method is idempotent."""

    async def is_live(self, call_id: UUID) -> bool:
        """Whether the call was submitted and has not ended: may the carrier speak for it?"""

    async def line_opened(self, call_id: UUID, carrier_call_id: str) -> str | None:
        """The carrier connected a line. Returns the lead's id, or None if this call may not be spoken on."""

    async def report(self, call_id: UUID, report: StatusReport) -> None:
        """A status callback arrived, or an `action` that carries a terminal status."""

    async def answered_by(self, call_id: UUID, answered_by: AnsweredBy) -> None:
        """The carrier's verdict on who picked up."""

    async def recorded(self, call_id: UUID, recording_id: str, url: str, duration_s: float | None) -> None:
        """A recording of the call can be fetched at the carrier, with the account's credentials."""

    async def hang_up(self, call_id: UUID, reason: str) -> None:
        """End the call at the carrier."""


@dataclass(frozen=True)
class Standing:
    """How far a campaign's leads have come."""

    leads: dict[str, int]
    """How many are in each state."""
    outcomes: dict[str, int]
    """What their last calls came to."""
    reasons: dict[str, int]
    """Why those who are not called wait, or are not called at all: the commonest ones."""


class Campaigns(Protocol):
    """The campaigns that leads belong to, in one transaction. Whoever holds one locked waits for no lead."""

    async def campaign(self, campaign_id: UUID) -> Campaign | None: ...

    async def locked(self, campaign_id: UUID) -> Campaign | None:
        """The campaign, held until the transaction ends."""

    async def every(self, states: Collection[CampaignState] = ()) -> list[Campaign]:
        """Campaigns in some states, or all of them; newest first."""

    async def save(self, campaign: Campaign) -> None: ...

    async def standing(self, campaign_id: UUID) -> Standing: ...

    async def unfinished(self, campaign_id: UUID) -> bool:
        """Whether a lead of it has not reached a final state, or it has no lead at all."""

    async def live_calls(self) -> dict[UUID | None, int]:
        """How many calls of each campaign, or of none, have not ended."""

    async def claim(self, campaign: Campaign) -> int:
        """Take the leads its plan asks for from those that wait and belong to no campaign. Returns how many."""

    async def hurry(self, campaign: Campaign, now: datetime, why: str) -> int:
        """Let its leads be called now that wait because the last call reached nobody. Returns how many."""

    async def revive(
        self, campaign: Campaign, states: Collection[LeadState], now: datetime, why: str, max_attempts: int
    ) -> int:
        """Let its leads in some states wait again, if they were called less than `max_attempts` times over all
        campaigns, and less than its plan allows within it. Returns how many."""


class Answers(Protocol):
    """What was answered to requests that carried a key."""

    async def claim(self, key: str, request: str, real_now: datetime) -> str | None:
        """The answer that was given under this key within a day; None for a key that is new, and ours from here on.
        `request` is a digest of what is asked. Raises Refused if something else was asked under the key."""

    async def keep(self, key: str, answer: str) -> None:
        """What is answered from now on under a key that was claimed in this transaction."""


@dataclass(frozen=True)
class LeadFilter:
    """Which leads are wanted. `search` is part of a name, a company, a number or an id."""

    state: LeadState | None = None
    campaign_id: UUID | None = None
    search: str = ""


@dataclass(frozen=True)
class OptOut:
    """An entry on the do-not-call list."""

    opted_out_at: datetime
    quote: str | None


class Reader(Protocol):
    """Reads in one transaction."""

    @property
    def campaigns(self) -> Campaigns: ...

    async def lead(self, lead_id: str) -> Lead | None: ...

    async def leads(self, wanted: LeadFilter, after: str, limit: int) -> list[Lead]:
        """Leads in order of their ids, those after `after`."""

    async def opt_out_of(self, key: str) -> OptOut | None:
        """The entry of a number, or of a lead, on the do-not-call list."""

    async def pending(self, campaign_id: UUID | None, limit: int) -> list[Lead]:
        """Leads that wait to be called, of one campaign or of all, in the order of their time."""

    async def leads_of(self, phone: PhoneNumber) -> list[Lead]:
        """Every lead with this number."""

    async def attempt(self, call_id: UUID) -> Attempt | None: ...

    async def attempts_of(self, lead_id: str) -> list[Attempt]:
        """Every attempt to call a lead, oldest first."""

    async def carrier_ids(self, phone: PhoneNumber) -> set[str]:
        """The carrier's ids of every call to a number that we know of."""

    async def unended(self) -> list[Attempt]:
        """Every attempt that has not ended, oldest first."""

    async def last_decision(self, lead_id: str) -> Decision | None:
        """What the gate last said of a lead."""

    async def pace(self, carrier: str) -> Pace: ...

    async def history(self, lead: Lead, now: datetime, besides: UUID | None = None) -> History:
        """What we have been through with a person, except the call `besides`."""

    async def histories(self, leads: Sequence[Lead], now: datetime, besides: UUID | None = None) -> list[History]:
        """The history of each lead, in their order."""


class Transaction(Reader, Protocol):
    """Changes things; whatever is told is published if, and only if, it commits.

    What is read is held until the end: a lead before its attempts, so that two transactions never wait for each other.
    """

    @property
    def answers(self) -> Answers: ...

    def tell(self, event: Event) -> None: ...

    async def first_time(self, consumer: Consumer, event: Event) -> bool: ...

    async def leads_by_id(self, lead_ids: Collection[str]) -> dict[str, Lead]:
        """Those leads that are known."""

    async def add_leads(self, leads: Sequence[Lead]) -> None:
        """Note leads that were not known. Raises Unavailable if somebody else has just noted one of them."""

    async def save_lead(self, lead: Lead) -> None: ...

    async def save_leads(self, leads: Sequence[Lead]) -> None:
        """Save leads that are known."""

    async def due_leads(self, now: datetime, limit: int, campaign_id: UUID | None) -> list[Lead]:
        """Leads of a campaign, or of none, whose time has come, callbacks first, taken so that no other replica gets
        them meanwhile."""

    async def add_attempt(self, attempt: Attempt) -> bool:
        """False if another call to the same number has not ended: the database itself allows one."""

    async def save_attempt(self, attempt: Attempt) -> None: ...

    async def calls_by_number(self, since: datetime) -> dict[str, int]:
        """How many calls each caller number has made, or was about to make, that were requested since then."""

    async def quiet(self, real_now: datetime, limit: int) -> list[UUID]:
        """Calls whose attempts are to be looked after by now."""

    async def look_at_all(self, real_now: datetime) -> None:
        """Have every call that is with the carrier looked after now."""

    async def log_decisions(
        self, decisions: Sequence[tuple[Lead, Decision]], call_id: UUID | None, now: datetime
    ) -> None:
        """Keep every verdict."""

    async def opt_out(self, key: str, now: datetime, call_id: UUID | None, quote: str | None) -> None:
        """Never call this number, or this lead, again."""

    async def opt_out_all(self, quotes: Mapping[str, str | None], now: datetime) -> set[str]:
        """Never call these numbers, or leads, again. Returns those that were not on the list before."""

    async def leads_at(self, phones: Collection[PhoneNumber], state: LeadState) -> list[Lead]:
        """Every lead with one of these numbers that stands there."""

    async def mark_bad(self, phone: PhoneNumber, reason: str, now: datetime) -> None:
        """The carrier says that the number cannot be dialed."""

    async def save_pace(self, carrier: str, pace: Pace) -> None: ...


class RegistryCheck(Protocol):
    """The national do-not-call registry, as far as we have asked it."""

    async def findings(self, reader: Reader, phones: Collection[PhoneNumber]) -> Mapping[PhoneNumber, RegistryFinding]:
        """The last finding about each number, as `reader` sees it if it is kept in the same store; one that was never
        asked about is absent."""


@dataclass(frozen=True)
class SourcedLead:
    """A lead as another system has it: its id there, and its texts by the names of a list's columns."""

    reference: str
    texts: Mapping[str, str]


class Mark(StrEnum):
    """What another system is told of its lead."""

    QUEUED = "queued"
    """Taken, and to be called when its time has come."""
    IN_PROGRESS = "in_progress"
    CALLED = "called"
    CALLBACK = "callback"
    REFUSED = "refused"
    DO_NOT_CALL = "do_not_call"


@dataclass(frozen=True)
class LeadResult:
    """How far we have come with another system's lead."""

    reference: str
    mark: Mark
    reason: str
    """Why it stands where it stands, in words, with the cure where there is one."""
    attempts: int = 0
    outcome: Outcome | None = None
    summary: str = ""
    last_call_at: datetime | None = None
    next_call_at: datetime | None = None
    opted_out: bool = False
    consent_basis: str | None = None
    consent_at: str | None = None


class LeadSource(Protocol):
    """Another system that has leads to call, such as a CRM."""

    name: str

    async def next_leads(self, limit: int) -> list[SourcedLead]:
        """Leads that are to be called and that nobody has taken. Raises Unavailable, or Refused with the cure for a
        configuration that cannot work."""

    async def delete(self, reference: str) -> bool:
        """Delete a lead there for good. False if it was gone. Raises as next_leads."""


class ResultSink(Protocol):
    """Another system that wants to know what became of its leads."""

    async def record(self, results: Sequence[LeadResult]) -> None:
        """Mark leads. The same result again changes nothing. Raises as LeadSource."""


class Ledger(Protocol):
    """Opens transactions. Both raise Unavailable if the store does not answer."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]: ...

    def reading(self) -> AbstractAsyncContextManager[Reader]: ...

    async def any_due(self, now: datetime) -> bool:
        """Whether the time of a lead has come whose campaign, if any, is running: cheap, and waits for no writer."""

    async def any_quiet(self, real_now: datetime) -> bool:
        """Whether an attempt is to be looked after: cheap, and waits for no writer."""
