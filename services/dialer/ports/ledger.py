"""The ledger in which everything is written down: what is read of it, and what one transaction changes."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.control import CampaignState
from contracts.event import Event
from contracts.streams import Consumer
from contracts.values import PhoneNumber
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.gate import Decision
from services.dialer.domain.gate_context import History, RegistryFinding
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.pacing import Pace


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

    async def keep_recording(self, recording_id: str, call_id: UUID, url: str, now: datetime) -> None:
        """The carrier keeps a recording of a call there; it is to be deleted some day."""

    async def save_pace(self, carrier: str, pace: Pace) -> None: ...


class RegistryCheck(Protocol):
    """The national do-not-call registry, as far as we have asked it."""

    async def findings(self, reader: Reader, phones: Collection[PhoneNumber]) -> Mapping[PhoneNumber, RegistryFinding]:
        """The last finding about each number, as `reader` sees it if it is kept in the same store; one that was never
        asked about is absent."""


class Ledger(Protocol):
    """Opens transactions. Both raise Unavailable if the store does not answer."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]: ...

    def reading(self) -> AbstractAsyncContextManager[Reader]: ...

    async def any_due(self, now: datetime) -> bool:
        """Whether the time of a lead has come whose campaign, if any, is running: cheap, and waits for no writer."""

    async def any_quiet(self, real_now: datetime) -> bool:
        """Whether an attempt is to be looked after: cheap, and waits for no writer."""
