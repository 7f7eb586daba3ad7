"""A person to call: what was handed in, and how far we have come with them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.leads import LeadSubmitted, SubmittedConsent
from contracts.values import LeadFacts, Outcome, lead_id_of
from services.dialer.domain.phone import read_number


class LeadState(StrEnum):
    """Where a lead stands. Only a waiting one is called."""

    WAITING = "waiting"
    """To be called at `due_at`, if the gate still agrees."""
    CALLING = "calling"
    AWAITING_CALLBACK = "awaiting_callback"
    """A time was agreed on the phone; the scheduler says when it has come."""
    REFUSED = "refused"
    EXHAUSTED = "exhausted"
    """Tried as often as allowed, and not reached."""
    UNSETTLED = "unsettled"
    """Nobody knows whether the last call happened, so nobody is called again by itself."""
    DONE = "done"
    OPTED_OUT = "opted_out"


FINAL_STATES = (
    LeadState.REFUSED,
    LeadState.EXHAUSTED,
    LeadState.UNSETTLED,
    LeadState.DONE,
    LeadState.OPTED_OUT,
)
"""Nobody calls such a lead again by itself."""


@dataclass(frozen=True)
class Lead:
    """One person. `written_phone` is as it was handed in, `phone` is E.164 or None if it is no number."""

    lead_id: str
    written_phone: str
    phone: str | None
    facts: LeadFacts
    consent: SubmittedConsent | None
    submitted_at: datetime
    campaign_id: UUID | None = None
    best_call_time: str | None = None
    notes: str | None = None
    state: LeadState = LeadState.REFUSED
    due_at: datetime | None = None
    reason: str = ""
    """Why it stands where it stands, in words."""
    callback_id: UUID | None = None
    """The callback for which it waits."""
    memory_of: UUID | None = None
    """The call that the next one is to remember."""
    outcome: Outcome | None = None
    """What the last call came to."""

    @classmethod
    def submitted(cls, event: LeadSubmitted) -> "Lead":
        """The lead as handed in, with the id of its number if it brought none."""
        phone = read_number(event.phone).e164
        return cls(
            lead_id=event.lead_id or lead_id_of(phone or event.phone),
            written_phone=event.phone,
            phone=phone,
            facts=LeadFacts.model_validate(event, from_attributes=True),
            consent=event.consent,
            submitted_at=event.occurred_at,
            campaign_id=event.campaign_id,
            best_call_time=event.best_call_time,
            notes=event.notes,
        )

    def updated(self, fresh: "Lead") -> "Lead":
        """What a new submission says of the person; where they stand stays as it is, and so does their campaign, if
        it names none."""
        return replace(
            fresh,
            campaign_id=fresh.campaign_id or self.campaign_id,
            state=self.state,
            due_at=self.due_at,
            reason=self.reason,
            callback_id=self.callback_id,
            memory_of=self.memory_of,
            outcome=self.outcome,
        )

    def becoming(self, state: LeadState, reason: str, due_at: datetime | None = None) -> "Lead":
        """Stand somewhere else. What was agreed for a callback is kept only while it is still to come."""
        kept = state in (LeadState.WAITING, LeadState.CALLING)
        return replace(
            self,
            state=state,
            reason=reason,
            due_at=due_at,
            callback_id=self.callback_id if kept else None,
            memory_of=self.memory_of if kept else None,
        )
