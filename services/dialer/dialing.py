"""Dials. A requested call is a message under work: it stays un-acknowledged from here until the call has ended, so the
broker's cap on such messages is the cap on simultaneous calls, and a dead replica's slots come back by themselves.

The message may come more than once; the attempt decides, and only the first to take it to `submitting` asks the
carrier.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta
from itertools import takewhile
from uuid import UUID

from nats.aio.msg import Msg

from contracts.calls import CallRequested
from contracts.reasons import said
from contracts.streams import DIALER_CALLS
from contracts.values import Disposition
from services.dialer.admission import Admission
from services.dialer.capacity import Capacity
from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.caller_numbers import day_began
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.redial import STARVED, Next, starved_delay
from services.dialer.domain.rules import NUMBERS_REST
from services.dialer.endings import Endings
from services.dialer.placing import Placing
from services.dialer.ports.carrier import Carrier
from services.dialer.ports.ledger import Ledger, Transaction
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
REREAD_S = 60.0
AGAIN_S = 1.0
ASKING_S = 15.0
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
        self._numbers = settings.caller_numbers
        self._placing = Placing(ledger, carrier, endings, clock, settings)
        self._leases: dict[UUID, Lease] = {}
        self._ended: dict[UUID, asyncio.Event] = {}
        self._stopping = False
        self._asking: set[asyncio.Task[float | None]] = set()
        self.consumer = LeaseConsumer(broker, DIALER_CALLS, self._work, MOST_AT_ONCE)

    async def heed_cap(self) -> None:
        """Pull nothing while the cap is 0, until cancelled."""
        while True:
            with contextlib.suppress(Unavailable):
                if await self._capacity.cap():
                    self.consumer.resume()
                else:
                    self.consumer.pause()
            await asyncio.sleep(AGAIN_S)

    async def listen(self) -> None:
        """Hear which calls have ended, whichever replica was told so by the carrier."""
        await self._broker.nats.subscribe("calls.*.ended", cb=self._heard_end)

    async def drain(self) -> None:
        """Take nothing new, dial nobody any more, and let requests that are under way be answered."""
        self._stopping = True
        await self.consumer.stop_pulling()
        if self._asking:
            await asyncio.wait(self._asking, timeout=ASKING_S)

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
            await self._dial_stubbornly(request)
            await self._until_ended(request.call_id)
            await lease.done()
        finally:
            del self._leases[request.call_id], self._ended[request.call_id]

    async def _until_ended(self, call_id: UUID) -> None:
        ended = self._ended[call_id]
        while True:
            ended.clear()
            with contextlib.suppress(Unavailable):
                attempt = await self._attempt(call_id)
                if attempt is None or attempt.ended:
                    return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), REREAD_S)

    async def _dial_stubbornly(self, request: CallRequested) -> None:
        """Dial, however long broker or database are away. The carrier is not asked again because of them."""
        while True:
            try:
                await self._dial(request)
            except Unavailable as error:
                log.warning("dialing waits", call_id=str(request.call_id), error=error.detail)
            else:
                return
            await asyncio.sleep(AGAIN_S)

    async def _dial(self, request: CallRequested) -> None:
        """Ask the carrier for the call, if it is still ours to ask for."""
        call_id, throttled = request.call_id, 0
        while True:
            attempt = await self._attempt(call_id)
            if attempt is None or attempt.state is not AttemptState.INTENDED:
                return
            if not self._expired(attempt) and not await self._may_dial():
                await asyncio.sleep(AGAIN_S)
                continue
            await self._wait_for_turn()
            mine = None if self._stopping else await self._begin(call_id)
            if mine is None:
                return  # somebody else's, over, or left to a replica that goes on
            placing = self._placing.place(mine, throttled, announced=request.recorded)
            task = asyncio.create_task(placing, name=f"placing {call_id}")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            wait_s = await asyncio.shield(task)
            if wait_s is None:
                return
            throttled += 1
            await asyncio.sleep(wait_s)

    async def _may_dial(self) -> bool:
        return bool(await self._capacity.cap()) and await self._capacity.somebody_can_speak()

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
                what_next = await self._planned_anew(transaction, before, known=lead is not None)
                await self._give_up(transaction, before, what_next, (what_next.reason,))
                return None
            decision, _ = await self._admission.decide(transaction, lead, call_id)
            if not decision.allowed:
                what_next = self._endings.turned_away(transaction, lead, decision)
                await self._give_up(transaction, before, what_next, decision.reasons)
                return None
            pace = await transaction.pace(self._carrier.name)  # held until the end: numbers are counted one by one
            number, used = await self._number_for(transaction, lead)
            if number is None:
                resting = Next(LeadState.WAITING, NUMBERS_REST, self._numbers.rest_until(used, self._clock.now()))
                await self._give_up(transaction, before, resting, (NUMBERS_REST,))
                return None
            await transaction.save_pace(self._carrier.name, pace.probing(self._clock.real()))
            after = before.submitting(self._clock.real(), number)
            await self._endings.write(transaction, before, after)
        return after

    async def _number_for(self, transaction: Transaction, lead: Lead) -> tuple[str | None, Mapping[str, int]]:
        """The number that calls a lead, or None if all rest; and how many calls each has made today."""
        if not self._numbers.need_counting:
            return self._settings.from_number, {}
        used = await transaction.calls_by_number(day_began(self._clock.now()))
        earlier = await transaction.attempts_of(lead.lead_id) if lead.callback_id else []
        known = next((each.from_number for each in reversed(earlier) if each.from_number), None)
        return self._numbers.next(used, known), used

    async def _planned_anew(self, transaction: Transaction, attempt: Attempt, *, known: bool) -> Next:
        """When somebody is called whose call was not dialed while it was fresh: at once, unless the carrier is busy."""
        now = self._clock.now()
        if not known:
            return Next(LeadState.WAITING, said("lead_unknown"), now)
        if attempt.error is None:
            return Next(LeadState.WAITING, said("request_too_old"), now)
        earlier = reversed(await transaction.attempts_of(attempt.lead_id))
        in_a_row = takewhile(lambda each: each.error == STARVED, (each for each in earlier if each.ended))
        delay = starved_delay(1 + sum(1 for _ in in_a_row), attempt.call_id.int % 1000 / 1000)
        return Next(LeadState.WAITING, STARVED, now + delay)

    async def _give_up(
        self, transaction: Transaction, before: Attempt, what_next: Next, reasons: tuple[str, ...]
    ) -> None:
        after = before.over(Disposition.NOT_DIALED, self._clock.now(), "; ".join(reasons))
        await self._endings.write(transaction, before, after, what_next=what_next, verdicts=reasons)

    def _expired(self, attempt: Attempt) -> bool:
        return self._clock.now() - attempt.requested_at > EXPIRES

    async def _attempt(self, call_id: UUID) -> Attempt | None:
        async with self._ledger.reading() as reader:
            return await reader.attempt(call_id)
