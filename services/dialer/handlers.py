"""What the dialer does when it hears of a lead, a concluded call, a callback that is due, or an opt-out."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from contracts.calls import CallConcluded
from contracts.contacts import ContactOptedOut
from contracts.leads import LeadSubmitted
from contracts.meetings import CallbackCancelled, CallbackDue
from contracts.reasons import said
from contracts.streams import DIALER_CALLBACKS, DIALER_CONCLUDED, DIALER_LEADS, DIALER_OPT_OUTS
from contracts.values import Disposition, Outcome
from services.dialer.domain.attempt import AttemptState
from services.dialer.domain.lead import LeadState
from services.dialer.domain.redial import FINAL, Next
from services.dialer.endings import Endings
from services.dialer.enrolment import Enrolment
from services.dialer.ports.ledger import Ledger, Transaction
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

OPTED_OUT = FINAL[Outcome.OPTED_OUT]


class Handlers:
    """One transaction for each fact; a redelivered one changes nothing. `wake` stirs the planner, `hang_up` ends a call
    at the carrier."""

    def __init__(
        self,
        ledger: Ledger,
        enrolment: Enrolment,
        endings: Endings,
        clock: Clock,
        wake: Callable[[], None],
        hang_up: Callable[[UUID, str], Awaitable[None]],
    ) -> None:
        self._ledger = ledger
        self._enrolment = enrolment
        self._endings = endings
        self._clock = clock
        self._wake = wake
        self._hang_up = hang_up

    async def lead_submitted(self, event: LeadSubmitted) -> None:
        """Ask the gate about a lead, and tell every verdict. A lead that is being called stands where it stands."""
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(DIALER_LEADS, event):
                return
            await self._enrolment.enrol(transaction, [event])
        self._wake()

    async def call_concluded(self, event: CallConcluded) -> None:
        """Remember what a conversation came to, and decide what becomes of the lead."""
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(DIALER_CONCLUDED, event):
                return
            before = await transaction.attempt(event.call_id)
            if before is None or before.concluded_at is not None:
                return  # a call that is not ours, or our own conclusion
            attempt = replace(
                before,
                concluded_at=self._clock.now(),
                outcome=event.outcome,
                summary=event.summary,
                answers=event.answers,
            )
            if event.outcome is Outcome.OPTED_OUT:
                await self.close_door(transaction, attempt.lead_id, attempt.phone, event.call_id, None)
            await self._endings.write(transaction, before, attempt)
            what_next = await self._endings.settle(transaction, attempt, event.outcome, event.disposition)
            if event.callback is not None and what_next.state is LeadState.AWAITING_CALLBACK:
                what_next = replace(what_next, due_at=event.callback.start)
            await self._endings.place_lead(transaction, attempt.lead_id, what_next, event.outcome)
        self._wake()

    async def callback_due(self, event: CallbackDue) -> None:
        """Call somebody back, if the gate still agrees, and remember the call in which it was asked for.

        Raises Unavailable while the lead is on the phone.
        """
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(DIALER_CALLBACKS, event):
                return
            now = self._clock.now()
            lead = await transaction.lead(event.lead_id)
            if lead is not None and lead.state is LeadState.CALLING:
                raise Unavailable(f"lead {lead.lead_id} is still in a call; the callback waits for its end")
            if lead is None or lead.state in (LeadState.DONE, LeadState.OPTED_OUT):
                reason = lead.reason if lead else "the dialer knows no such lead"
                transaction.tell(
                    CallbackCancelled(
                        occurred_at=now,
                        causation_id=event.event_id,
                        callback_id=event.callback_id,
                        lead_id=event.lead_id,
                        call_id=event.call_id,
                        reason=reason,
                    )
                )
                return
            waiting = lead.becoming(LeadState.WAITING, said("callback_due"), now)
            await transaction.save_lead(replace(waiting, callback_id=event.callback_id, memory_of=event.call_id))
        self._wake()

    async def opted_out(self, event: ContactOptedOut) -> None:
        """Never call this person again: not this lead, not this number, not even a call that is planned already."""
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(DIALER_OPT_OUTS, event):
                return
            live = await self.close_door(transaction, event.lead_id, event.phone, event.call_id, event.quote)
        for call_id in live:
            if call_id != event.call_id:  # in which the agent says goodbye
                await self._hang_up(call_id, "the person opted out")

    async def close_door(
        self, transaction: Transaction, lead_id: str, phone: str | None, call_id: UUID | None, quote: str | None
    ) -> list[UUID]:
        """Put lead and number on the do-not-call list and cancel what is planned. Returns the calls in progress."""
        now = self._clock.now()
        lead = await transaction.lead(lead_id)
        leads = {lead.lead_id: lead} if lead else {}
        for number in {phone, lead.phone if lead else None} - {None}:
            await transaction.opt_out(number or "", now, call_id, quote)
            leads |= {each.lead_id: each for each in await transaction.leads_of(number or "")}
        await transaction.opt_out(lead_id, now, call_id, quote)
        live = []
        for each in leads.values():
            for attempt in await transaction.attempts_of(each.lead_id):
                if attempt.state is AttemptState.INTENDED:
                    cancelled = attempt.over(Disposition.NOT_DIALED, now, OPTED_OUT)
                    what_next = Next(LeadState.OPTED_OUT, OPTED_OUT)
                    await self._endings.write(
                        transaction, attempt, cancelled, what_next=what_next, verdicts=(OPTED_OUT,)
                    )
                elif attempt.live:
                    live.append(attempt.call_id)
            await transaction.save_lead(each.becoming(LeadState.OPTED_OUT, OPTED_OUT))
        return live
