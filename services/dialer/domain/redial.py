"""What becomes of a lead after a call: it is done, it is called again later, or it is left alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.reasons import said
from contracts.values import Disposition, Outcome
from services.dialer.domain.calling_hours import CallingHours
from services.dialer.domain.lead import LeadState

FINAL = {
    Outcome.MEETING_BOOKED: said("meeting_booked"),
    Outcome.DETAILS_REQUESTED: said("details_requested"),
    Outcome.TRANSFERRED: said("transferred"),
    Outcome.NOT_INTERESTED: said("not_interested"),
    Outcome.WRONG_PERSON: said("wrong_person"),
    Outcome.OPTED_OUT: said("opted_out"),
}
"""Outcomes after which nobody calls again, in words."""

_MINUTES = {
    Disposition.BUSY: 15,
    Disposition.NO_ANSWER: 150,
    Disposition.MACHINE: 200,
    Disposition.FAILED: 45,
    Disposition.CANCELLED: 45,
}
_MINUTES_OF = {Outcome.GATEKEEPER: 22 * 60, Outcome.HUNG_UP: 26 * 60, Outcome.NO_RESPONSE: 200}
_OTHERWISE = 120
GROWTH = 2.5
"""Each further attempt waits so many times longer, which also brings it to another hour of the day."""
JITTER = 0.3

STARVED = said("starved")
_STARVED_MINUTES = 10
_LONGEST_STARVED = timedelta(hours=4)


@dataclass(frozen=True)
class Next:
    """Where the lead stands after the call, and when it is called again."""

    state: LeadState
    reason: str
    due_at: datetime | None = None


def after_call(
    outcome: Outcome,
    disposition: Disposition,
    *,
    attempts: int,
    max_attempts: int,
    now: datetime,
    hours: CallingHours,
    jitter: float,
    first_delay_minutes: int | None = None,
) -> Next:
    """What next, after `attempts` calls of at most `max_attempts`. `jitter` from 0 to 1 spreads the retries;
    `first_delay_minutes` is how long a campaign waits after the first, instead of what suits how it went."""
    if outcome in FINAL:
        state = LeadState.OPTED_OUT if outcome is Outcome.OPTED_OUT else LeadState.DONE
        return Next(state, FINAL[outcome])
    if outcome is Outcome.CALLBACK_SCHEDULED:
        return Next(LeadState.AWAITING_CALLBACK, said("callback_scheduled"))
    if disposition is Disposition.UNKNOWN:
        return Next(LeadState.UNSETTLED, said("carrier_never_said"))
    if attempts >= max_attempts:
        return Next(LeadState.EXHAUSTED, said("exhausted", attempts=attempts, most=max_attempts))
    delay = retry_delay(outcome, disposition, attempts, jitter, first_delay_minutes)
    return Next(LeadState.WAITING, said("call_again", outcome=outcome.value), hours.next_open(now + delay))


def retry_delay(
    outcome: Outcome, disposition: Disposition, attempts: int, jitter: float, first_minutes: int | None = None
) -> timedelta:
    """How long to leave somebody alone after the `attempts`-th call."""
    minutes = first_minutes or _MINUTES_OF.get(outcome) or _MINUTES.get(disposition, _OTHERWISE)
    grown = minutes * GROWTH ** max(attempts - 1, 0)
    return timedelta(minutes=grown * (1 + JITTER * jitter))


def starved_delay(times: int, jitter: float) -> timedelta:
    """How long a call waits to be planned anew that the carrier was too busy to take while it was fresh, `times` in a
    row by now. `jitter` from 0 to 1 spreads those that met the same busy hour."""
    grown: timedelta = min(timedelta(minutes=_STARVED_MINUTES) * 2 ** min(times - 1, 10), _LONGEST_STARVED)
    return grown * (1 + JITTER * jitter)
