"""What the scheduler does when it hears that a call is over, a callback is wanted, or a lead opts out."""

from contracts.calls import CallConcluded, CallEnded
from contracts.contacts import ContactOptedOut
from contracts.meetings import CallbackCancelled, CallbackRequested
from contracts.streams import (
    SCHEDULER_CALLBACKS,
    SCHEDULER_CALLBACKS_CANCELLED,
    SCHEDULER_CONCLUDED,
    SCHEDULER_ENDED,
    SCHEDULER_OPT_OUTS,
)
from services.runtime.clock import Clock
from services.scheduler.correspondence import Correspondence
from services.scheduler.domain.callback import OPTED_OUT, SUPERSEDED, Callback, CallbackStatus
from services.scheduler.domain.calling_hours import CallingHours
from services.scheduler.domain.correspondence import learned_address
from services.scheduler.ports import Follower, Ledger, Transaction


class Handlers:
    """One transaction for each fact; a redelivered one changes nothing."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        hours: CallingHours,
        correspondence: Correspondence | None = None,
        calendars: Follower | None = None,
    ) -> None:
        """`correspondence` is None where no mail is sent, `calendars` where none are written to."""
        self._ledger = ledger
        self._clock = clock
        self._hours = hours
        self._correspondence = correspondence
        self._calendars = calendars

    async def call_ended(self, event: CallEnded) -> None:
        """Let go of the slots held for a call that is over."""
        async with self._ledger.begin() as transaction:
            if await transaction.first_time(SCHEDULER_ENDED, event):
                await transaction.release(event.call_id, self._clock.now())

    async def call_concluded(self, event: CallConcluded) -> None:
        """Let go of the slots held for a call that is concluded, and note where its lead is to be invited."""
        async with self._ledger.begin() as transaction:
            if await transaction.first_time(SCHEDULER_CONCLUDED, event):
                await transaction.release(event.call_id, self._clock.now())
                await self._note_address(transaction, event)

    async def callback_requested(self, event: CallbackRequested) -> None:
        """Remember to call back. A lead waits for one callback at a time: the newest wish counts."""
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(SCHEDULER_CALLBACKS, event):
                return
            now = self._clock.now()
            callback = Callback.of(event, self._hours, now)
            never = await transaction.note_lead(event.lead_id)
            earlier = await transaction.pending_callbacks(event.lead_id)
            if never:
                cancelled = callback.becoming(CallbackStatus.CANCELLED)
                if await transaction.add_callback(cancelled):
                    transaction.tell(cancelled.cancelled_fact(now, OPTED_OUT, event.event_id))
            elif await transaction.add_callback(callback):
                for each in earlier:
                    await transaction.change_callback(each.becoming(CallbackStatus.CANCELLED))
                    transaction.tell(each.cancelled_fact(now, SUPERSEDED, event.event_id))

    async def callback_cancelled(self, event: CallbackCancelled) -> None:
        """Forget a callback that somebody else has cancelled. Our own cancellations come by here as well."""
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(SCHEDULER_CALLBACKS_CANCELLED, event):
                return
            await transaction.note_lead(event.lead_id)
            known = await transaction.callback(event.callback_id)
            if known is None:
                await transaction.add_callback(Callback.unasked(event))
            elif known.status is CallbackStatus.PENDING:
                await transaction.change_callback(known.becoming(CallbackStatus.CANCELLED))

    async def opted_out(self, event: ContactOptedOut) -> None:
        """Never call this lead again: no callback of it falls due. Meetings stand: the lead asked for them, and may
        cancel them."""
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(SCHEDULER_OPT_OUTS, event):
                return
            now = self._clock.now()
            await transaction.note_lead(event.lead_id, opted_out_at=now)
            if self._correspondence is not None:
                await self._correspondence.opted_out(transaction, event.lead_id)
            for each in await transaction.pending_callbacks(event.lead_id):
                await transaction.change_callback(each.becoming(CallbackStatus.CANCELLED))
                transaction.tell(each.cancelled_fact(now, OPTED_OUT, event.event_id))

    async def _note_address(self, transaction: Transaction, event: CallConcluded) -> None:
        meeting = await transaction.meeting(event.meeting.meeting_id) if event.meeting else None
        if meeting is None or (address := learned_address(event.email, meeting)) is None:
            return
        reachable = meeting.reachable_at(address)
        await transaction.change_meeting(reachable)
        if self._correspondence is not None:
            await self._correspondence.address_learned(transaction, reachable, self._clock.now())
        if self._calendars is not None:  # the event says how to reach the lead
            await self._calendars.changed(transaction, reachable, meeting, self._clock.now())
