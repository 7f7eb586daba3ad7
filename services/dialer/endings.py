"""Writes an attempt's next state with everything it brings about: what is told, and what becomes of the lead.

Every call that was requested is concluded exactly once: by the conversation if a line was opened, else here, in the
transaction that ends the attempt.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from contracts.calls import CallConcluded, CallDialed, CallEnded
from contracts.leads import LeadDeferred, LeadRefused
from contracts.meetings import CallbackCancelled
from contracts.values import Disposition, Outcome, once_id
from services.dialer.campaign_facts import keep
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.best_call_time import heeding
from services.dialer.domain.budget import Budget
from services.dialer.domain.calling_hours import CallingHours
from services.dialer.domain.consent import NoConsent, read_consent
from services.dialer.domain.gate import Decision
from services.dialer.domain.gate_context import History
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.redial import Next, after_call
from services.dialer.ports.ledger import Transaction
from services.dialer.settings import DialerSettings
from services.runtime.clock import Clock


class Endings:
    """See the module. Every method works inside the caller's transaction."""

    def __init__(self, settings: DialerSettings, carrier: str, hours: CallingHours, clock: Clock) -> None:
        self._settings = settings
        self._carrier = carrier
        self._hours = hours
        self._clock = clock

    async def write(
        self,
        transaction: Transaction,
        before: Attempt,
        after: Attempt,
        *,
        outcome: Outcome | None = None,
        what_next: Next | None = None,
        verdicts: tuple[str, ...] = (),
    ) -> None:
        """Save a change of an attempt and tell what follows from it.

        `outcome` and `what_next` say what the call came to and where its lead stands, if the attempt ends here
        without a conversation; by default both follow from how it ended.
        """
        if after == before:
            return
        if after.dialed_at is not None and before.dialed_at is None:
            self._tell_dialed(transaction, after)
            await self._mend(transaction)
        if after.ended and not before.ended:
            self._tell_ended(transaction, after)
            if after.line_opened_at is None and after.concluded_at is None:
                after = await self._conclude(transaction, after, outcome or _outcome(after), what_next, verdicts)
        of_the_number = what_next is not None and what_next.state is LeadState.REFUSED
        if _over(after) and not _over(before) and not of_the_number:
            await self._count(transaction, after)
        quiet_for = after.quiet_for(self._settings.ring_timeout_s, self._settings.max_call_s)
        after = replace(after, look_at=self._clock.real() + quiet_for if quiet_for else None)
        await transaction.save_attempt(after)

    async def settle(
        self,
        transaction: Transaction,
        attempt: Attempt,
        outcome: Outcome,
        disposition: Disposition,
    ) -> Next:
        """Where the lead stands after a call, by the rules of redialing. The attempt must be saved before."""
        lead = await transaction.lead(attempt.lead_id)
        now = self._clock.now()
        campaign = await transaction.campaigns.campaign(lead.campaign_id) if lead and lead.campaign_id else None
        history = await transaction.history(lead, now) if lead else History()
        budget = Budget.of(history, campaign, self._settings.max_attempts, self._consented(lead, now))
        hours = campaign.hours(self._hours) if campaign else self._hours
        return after_call(
            outcome,
            disposition,
            attempts=budget.used,
            max_attempts=budget.most,
            now=now,
            hours=heeding(hours, lead.best_call_time if lead else None, now)[0],
            jitter=attempt.call_id.int % 1000 / 1000,
            first_delay_minutes=campaign.plan.retry.first_delay_minutes if campaign else None,
        )

    async def place_lead(self, transaction: Transaction, lead_id: str, what_next: Next, outcome: Outcome) -> None:
        """Let the lead stand where it stands after a call. Somebody who opted out stays so."""
        lead = await transaction.lead(lead_id)
        if lead is None:
            return
        if outcome is not Outcome.REFUSED:
            lead = replace(lead, callback_id=None, memory_of=None, outcome=outcome)
        if lead.state is LeadState.OPTED_OUT:
            await transaction.save_lead(lead)
            return
        await transaction.save_lead(lead.becoming(what_next.state, what_next.reason, what_next.due_at))

    def turned_away(self, transaction: Transaction, lead: Lead, decision: Decision) -> Next:
        """Tell that the gate refused or deferred a lead that was waiting, and where it stands now."""
        about = {
            "occurred_at": self._clock.now(),
            "lead_id": lead.lead_id,
            "phone": lead.phone,
            "name": lead.facts.name,
            "campaign_id": lead.campaign_id,
            "verdicts": decision.verdicts,
            "reasons": decision.reasons,
        }
        if decision.until is not None:
            transaction.tell(LeadDeferred(**about, until=decision.until))
            return Next(LeadState.WAITING, decision.in_words, decision.until)
        transaction.tell(LeadRefused(**about))
        if lead.callback_id is not None and lead.memory_of is not None:
            cancelled = CallbackCancelled(
                occurred_at=self._clock.now(),
                callback_id=lead.callback_id,
                lead_id=lead.lead_id,
                call_id=lead.memory_of,
                reason=decision.in_words,
            )
            transaction.tell(cancelled)
        return Next(LeadState.REFUSED, decision.in_words)

    async def _mend(self, transaction: Transaction) -> None:
        """The carrier takes calls."""
        pace = await transaction.pace(self._carrier)
        if pace.trouble is not None or pace.failures:
            await transaction.save_pace(self._carrier, pace.mended())

    async def _count(self, transaction: Transaction, attempt: Attempt) -> None:
        """Let the breaker of the call's campaign know how it went. A call that the carrier did not take says something
        of the number or of the account, not of the campaign."""
        if attempt.campaign_id is None or not (attempt.dialed or attempt.line_opened_at):
            return
        campaign = await transaction.campaigns.locked(attempt.campaign_id)
        if campaign is not None:
            real = self._clock.real()
            after = campaign.call_over(attempt.disposition, attempt.outcome, attempt.error, real)
            await keep(transaction, campaign, after, self._clock.now())

    def _consented(self, lead: Lead | None, now: datetime) -> bool:
        try:
            read_consent(lead.consent if lead else None, now)
        except NoConsent:
            return not self._settings.require_consent
        return True

    def _tell_dialed(self, transaction: Transaction, attempt: Attempt) -> None:
        transaction.tell(
            CallDialed(
                occurred_at=self._clock.now(),
                call_id=attempt.call_id,
                lead_id=attempt.lead_id,
                carrier=self._carrier,
                carrier_call_id=attempt.carrier_call_id or "",
                from_number=attempt.from_number or self._settings.from_number,
            )
        )

    def _tell_ended(self, transaction: Transaction, attempt: Attempt) -> None:
        if attempt.disposition is None or attempt.disposition is Disposition.NOT_DIALED:
            return
        transaction.tell(
            CallEnded(
                event_id=once_id("ended", attempt.call_id),
                occurred_at=attempt.ended_at or self._clock.now(),
                call_id=attempt.call_id,
                lead_id=attempt.lead_id,
                disposition=attempt.disposition,
                duration_s=attempt.duration_s,
                carrier_call_id=attempt.carrier_call_id,
                error=attempt.error,
            )
        )

    async def _conclude(
        self,
        transaction: Transaction,
        attempt: Attempt,
        outcome: Outcome,
        what_next: Next | None,
        verdicts: tuple[str, ...],
    ) -> Attempt:
        now = self._clock.now()
        disposition = attempt.disposition or Disposition.UNKNOWN
        concluded = replace(attempt, concluded_at=now, outcome=outcome)
        await transaction.save_attempt(concluded)
        if what_next is None:
            what_next = await self.settle(transaction, concluded, outcome, disposition)
        await self.place_lead(transaction, attempt.lead_id, what_next, outcome)
        transaction.tell(
            CallConcluded(
                event_id=once_id("concluded", attempt.call_id),
                occurred_at=now + timedelta(microseconds=1),  # after the end, whatever sorts by time
                call_id=attempt.call_id,
                lead_id=attempt.lead_id,
                outcome=outcome,
                disposition=disposition,
                next_step=what_next.reason,
                concluded_by="dialer",
                reason=attempt.error,
                verdicts=verdicts,
            )
        )
        return concluded


def _over(attempt: Attempt) -> bool:
    """Whether everything about the call is known: how it ended, and what it came to."""
    return attempt.ended and attempt.concluded_at is not None


def _outcome(attempt: Attempt) -> Outcome:
    if attempt.disposition is Disposition.NOT_DIALED:
        return Outcome.REFUSED
    return Outcome.VOICEMAIL if attempt.machine else Outcome.NOT_REACHED
