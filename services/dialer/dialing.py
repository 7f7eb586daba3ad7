"""Dials. A requested call is a message under work: it stays un-acknowledged from here until the call has ended, so the
broker's cap on such messages is the cap on simultaneous calls, and a dead replica's slots come back by themselves.

The message may come more than once; the attempt decides, and only the first to take it to `submitting` asks the
carrier.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import stamina
from nats.aio.msg import Msg

from contracts.calls import CallRequested
from contracts.streams import DIALER_CALLS
from contracts.values import Disposition, Outcome
from services.dialer.admission import Admission
from services.dialer.capacity import Capacity
from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.lead import LeadState
from services.dialer.domain.pacing import PAUSE, backoff_s
from services.dialer.domain.redial import Next
from services.dialer.endings import Endings
from services.dialer.ports import (
    Carrier,
    CarrierMisconfigured,
    CarrierThrottled,
    Ledger,
    NumberRejected,
    OutboundCall,
    SubmissionUnknown,
    Transaction,
)
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, Refused, Unavailable
from services.runtime.lease import Lease, LeaseConsumer
from services.runtime.listening import read, settle
from services.runtime.logs import logger

log = logger(__name__)

EXPIRES = timedelta(minutes=10)
"""A call that was requested so long ago is not dialed any more: its lead is planned anew."""
STALE = timedelta(seconds=10)
"""An intention to ask the carrier that is so old may have been given up by others meanwhile."""
REREAD_S = 15.0
ROOM_EVERY_S = 1.0
PLACING_S = 15.0
"""How long a stop waits for requests to the carrier that are under way; their deadline is shorter."""
MOST_AT_ONCE = 1000


class Dialing:
    """One replica's share of the calls."""

    def __init__(
        self,
        ledger: Ledger,
        carrier: Carrier,
        admission: Admission,
        endings: Endings,
        capacity: Capacity,
        broker: Broker,
        clock: Clock,
        settings: DialerSettings,
    ) -> None:
        self._ledger = ledger
        self._carrier = carrier
        self._admission = admission
        self._endings = endings
        self._capacity = capacity
        self._broker = broker
        self._clock = clock
        self._settings = settings
        self._leases: dict[UUID, Lease] = {}
        self._ended: dict[UUID, asyncio.Event] = {}
        self._stopping = False
        self._placing: set[asyncio.Task[float | None]] = set()
        self.consumer = LeaseConsumer(broker, DIALER_CALLS, self._work, MOST_AT_ONCE)
        if not settings.max_concurrent_calls:
            self.consumer.pause()

    async def listen(self) -> None:
        """Hear which calls have ended, whichever replica was told so by the carrier."""
        await self._broker.nats.subscribe("calls.*.ended", cb=self._heard_end)

    async def drain(self) -> None:
        """Take nothing new, dial nobody any more, and let requests that are under way be answered."""
        self._stopping = True
        await self.consumer.stop_pulling()
        if self._placing:
            await asyncio.wait(self._placing, timeout=PLACING_S)

    async def _heard_end(self, message: Msg) -> None:
        with contextlib.suppress(ValueError):
            if ended := self._ended.get(UUID(message.subject.split(".")[1])):
                ended.set()

    async def _work(self, lease: Lease) -> None:
        try:
            request = read(lease.message, CallRequested)
            known = await self._attempt(request.call_id)
            if known is None:
                raise Refused(f"the dialer did not request call {request.call_id}; publish leads.submitted instead")
        except (InvalidMessage, Refused) as error:
            lease.abandon()
            await settle(self._broker, lease.message, error)
            return
        holding = self._leases.get(request.call_id)
        if holding is not None:
            holding.adopt(lease.message)
            return
        self._leases[request.call_id] = lease
        self._ended[request.call_id] = asyncio.Event()
        try:
            await self._dial(request.call_id)
            await self._until_ended(request.call_id)
            await lease.done()
        finally:
            del self._leases[request.call_id], self._ended[request.call_id]

    async def _until_ended(self, call_id: UUID) -> None:
        ended = self._ended[call_id]
        while True:
            with contextlib.suppress(Unavailable):
                attempt = await self._attempt(call_id)
                if attempt is None or attempt.ended:
                    return
            ended.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), REREAD_S)

    async def _dial(self, call_id: UUID) -> None:
        """Ask the carrier for the call, if it is still ours to ask for."""
        throttled = 0
        while True:
            attempt = await self._attempt(call_id)
            if attempt is None or attempt.state is not AttemptState.INTENDED:
                return
            if not self._expired(attempt) and not await self._capacity.somebody_can_speak():
                await asyncio.sleep(ROOM_EVERY_S)
                continue
            await self._wait_for_turn()
            mine = None if self._stopping else await self._begin(call_id)
            if mine is None:
                return  # somebody else's, over, or left to a replica that goes on
            task = asyncio.create_task(self._place(mine, throttled), name=f"placing {call_id}")
            self._placing.add(task)
            task.add_done_callback(self._placing.discard)
            wait_s = await asyncio.shield(task)
            if wait_s is None:
                return
            throttled += 1
            await asyncio.sleep(wait_s)

    async def _wait_for_turn(self) -> None:
        """Wait for the next moment at which the account may place a call, over all replicas."""
        async with self._ledger.begin() as transaction:
            pace = await transaction.pace(self._carrier.name)
            pace, mine = pace.take(self._clock.real(), self._settings.calls_per_second)
            await transaction.save_pace(self._carrier.name, pace)
        await asyncio.sleep((mine - self._clock.real()).total_seconds())

    async def _begin(self, call_id: UUID) -> Attempt | None:
        """Ask the gate once more and take the attempt to `submitting`. None if it is not to be dialed by us now."""
        async with self._ledger.begin() as transaction:
            before = await transaction.attempt(call_id)
            if before is None or before.state is not AttemptState.INTENDED:
                return None
            lead = await transaction.lead(before.lead_id)
            if lead is None or self._expired(before):
                reason = "the call was requested too long ago" if lead else "the lead is not known any more"
                await self._give_up(transaction, before, Next(LeadState.WAITING, reason, self._clock.now()), (reason,))
                return None
            decision, _ = await self._admission.decide(transaction, lead, call_id)
            if not decision.allowed:
                what_next = self._endings.turned_away(transaction, lead, decision)
                await self._give_up(transaction, before, what_next, decision.reasons)
                return None
            pace = await transaction.pace(self._carrier.name)
            await transaction.save_pace(self._carrier.name, pace.probing(self._clock.real()))
            after = before.submitting(self._clock.real())
            await self._endings.write(transaction, before, after)
        return after

    async def _give_up(
        self, transaction: Transaction, before: Attempt, what_next: Next, reasons: tuple[str, ...]
    ) -> None:
        after = before.over(Disposition.NOT_DIALED, self._clock.now(), "; ".join(reasons))
        await self._endings.write(transaction, before, after, what_next=what_next, verdicts=reasons)

    async def _place(self, attempt: Attempt, throttled: int) -> float | None:
        """Ask the carrier, once, and write down what it said. Returns after how many seconds to try again, if it
        surely did not take the call; whatever is unclear stays `submitting`, and is only ever looked up."""
        if attempt.submitting_at is None or self._clock.real() - attempt.submitting_at > STALE:
            log.warning("this process was frozen before it asked the carrier", call_id=str(attempt.call_id))
            await self._written(attempt.call_id, self._throttled)
            return 0.0
        call = OutboundCall(
            call_id=attempt.call_id,
            to=attempt.phone,
            from_number=self._settings.from_number,
            ring_timeout_s=self._settings.ring_timeout_s,
            max_duration_s=self._settings.max_call_s,
            record=self._settings.record_calls,
        )
        try:
            carrier_call_id = await self._carrier.place(call)
        except CarrierThrottled as busy:
            log.warning("the carrier is busy", call_id=str(attempt.call_id), error=busy.detail)
            await self._written(attempt.call_id, self._throttled)
            return backoff_s(throttled, attempt.call_id.int % 1000 / 1000)
        except NumberRejected as rejected:
            detail = rejected.detail
            await self._written(attempt.call_id, lambda unit, known: self._rejected(unit, known, detail))
        except CarrierMisconfigured as trouble:
            detail = trouble.detail
            log.error("dialing is paused", error=detail)
            await self._written(attempt.call_id, lambda unit, known: self._misconfigured(unit, known, detail))
        except SubmissionUnknown as lost:
            log.warning("whether the call was placed is unknown", call_id=str(attempt.call_id), error=lost.detail)
        except Exception as bug:
            log.error("placing a call failed oddly; it will be looked up", call_id=str(attempt.call_id), exc_info=bug)
        else:
            await self._written(attempt.call_id, lambda unit, known: self._placed(unit, known, carrier_call_id))
        return None

    async def _written(self, call_id: UUID, write: Callable[[Transaction, Attempt], Awaitable[None]]) -> None:
        """Write down what the carrier said. The database may be away; the answer is worth waiting for it."""
        async for attempt in stamina.retry_context(on=Unavailable, timeout=60, attempts=None):
            with attempt:
                async with self._ledger.begin() as transaction:
                    before = await transaction.attempt(call_id)
                    if before is not None:
                        await write(transaction, before)

    async def _placed(self, transaction: Transaction, before: Attempt, carrier_call_id: str) -> None:
        after = before.placed(carrier_call_id, self._clock.now())
        await self._endings.write(transaction, before, after)
        pace = await transaction.pace(self._carrier.name)
        if pace.trouble is not None:
            await transaction.save_pace(self._carrier.name, pace.mended())

    async def _throttled(self, transaction: Transaction, before: Attempt) -> None:
        if before.state is AttemptState.SUBMITTING:
            await self._endings.write(transaction, before, before.throttled())

    async def _rejected(self, transaction: Transaction, before: Attempt, detail: str) -> None:
        now = self._clock.now()
        await transaction.mark_bad(before.phone, detail, now)
        after = before.over(Disposition.FAILED, now, detail)
        what_next = Next(LeadState.REFUSED, detail)
        await self._endings.write(transaction, before, after, outcome=Outcome.NOT_REACHED, what_next=what_next)

    async def _misconfigured(self, transaction: Transaction, before: Attempt, detail: str) -> None:
        now = self._clock.now()
        pace = await transaction.pace(self._carrier.name)
        await transaction.save_pace(self._carrier.name, pace.broken(detail, self._clock.real()))
        after = before.over(Disposition.FAILED, now, detail)
        what_next = Next(LeadState.WAITING, f"dialing is paused: {detail}", now + PAUSE)
        await self._endings.write(transaction, before, after, outcome=Outcome.FAILED, what_next=what_next)

    def _expired(self, attempt: Attempt) -> bool:
        return self._clock.now() - attempt.requested_at > EXPIRES

    async def _attempt(self, call_id: UUID) -> Attempt | None:
        async with self._ledger.reading() as reader:
            return await reader.attempt(call_id)
