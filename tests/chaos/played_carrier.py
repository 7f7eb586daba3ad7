"""The people of a whole campaign and the carrier between them and the dialers: it loses replies, tells things twice and
in any order, and notes at once what no dialer may ever do."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from contracts.calls import CallConcluded, CallStarted
from contracts.contacts import ContactOptedOut
from contracts.streams import CONVERSATION_CALLS
from contracts.values import Disposition, Outcome, TimeWindow
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.placing import STALE
from services.runtime.broker import Broker
from services.runtime.lease import Lease, LeaseConsumer
from tests.chaos.dialer_replica import ANSWERS, TOLD
from tests.chaos.moved_clock import MovedClock
from tests.unit.dialer.almanac import lawful

LOST_EVERY = 20
"""So often the reply to a new call is lost; in half of these cases the call is made all the same."""
BUSY, REJECTED, TWICE, UNTOLD, NEVER_STARTED = 0.02, 0.01, 0.2, 0.01, 0.01
TELL_S, TELLINGS = 2.0, 4
"""How long a callback waits for its answer, and how often it is sent."""
ENDS = {
    CarrierStatus.COMPLETED: 70,
    CarrierStatus.NO_ANSWER: 14,
    CarrierStatus.BUSY: 10,
    CarrierStatus.FAILED: 4,
    CarrierStatus.CANCELED: 2,
}
OUTCOMES = {
    Outcome.MEETING_BOOKED: 24,
    Outcome.NOT_INTERESTED: 26,
    Outcome.OPTED_OUT: 8,
    Outcome.DETAILS_REQUESTED: 10,
    Outcome.HUNG_UP: 12,
    Outcome.GATEKEEPER: 10,
    Outcome.CALLBACK_SCHEDULED: 10,
}


@dataclass
class Call:
    """One call at the carrier."""

    sid: str
    call_id: str
    to: str
    placed_at: float
    status: CarrierStatus = CarrierStatus.QUEUED
    sequence: int = 0
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    def shown(self) -> dict[str, Any]:
        return {"sid": self.sid, "status": self.status.value, "to": self.to, "duration_s": 7.0}


class PlayedCarrier:
    """Answers on `carrier.*`, and plays the conversation with whoever picks up."""

    def __init__(self, broker: Broker, clock: MovedClock, dice: random.Random) -> None:
        self.calls: dict[str, Call] = {}
        self.counted: Counter[str] = Counter()
        self.violations: list[str] = []
        self.callbacks: dict[UUID, Any] = {}
        self._broker = broker
        self._clock = clock
        self._dice = dice
        self._asked: Counter[str] = Counter()
        self._ringing: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.conversation = LeaseConsumer(broker, CONVERSATION_CALLS, self._converse, 1000)

    async def open(self) -> None:
        for what, answer in (("place", self._place), ("inspect", self._inspect), ("find", self._find)):
            await self._broker.nats.subscribe(f"{ANSWERS}.{what}", cb=answer)
        await self._broker.nats.subscribe(f"{ANSWERS}.end", cb=self._end)
        await self._broker.nats.flush()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _place(self, message: Msg) -> None:
        asked = json.loads(message.data)
        self._watch(asked["call_id"], asked["to"])
        chance = self._dice.random()
        if chance < BUSY:
            self.counted["busy"] += 1
            self._asked[asked["call_id"]] -= 1  # surely not taken: it may be asked for again
            await _answer(message, kind="busy")
            return
        if chance < BUSY + REJECTED:
            self.counted["rejected"] += 1
            await _answer(message, kind="rejected")
            return
        self.counted["taken or lost"] += 1
        lost = self.counted["taken or lost"] % LOST_EVERY == LOST_EVERY // 4
        self.counted["lost replies"] += lost
        if lost and self._dice.random() < 0.5:
            self.counted["lost requests"] += 1
            return
        call = Call(f"CA{uuid4().hex}", asked["call_id"], asked["to"], self._clock.real().timestamp())
        self.calls[call.sid] = call
        self._ringing[call.to] = call.sid
        self.counted["calls"] += 1
        self._spawn(self._live(call))
        if not lost:
            await _answer(message, kind="taken", sid=call.sid)

    def _watch(self, call_id: str, to: str) -> None:
        """Note what must never happen."""
        now = self._clock.now()
        self._asked[call_id] += 1
        if self._asked[call_id] > 1:
            self.violations.append(f"call {call_id} was asked for {self._asked[call_id]} times")
        earlier = self.calls.get(self._ringing.get(to, ""))
        if earlier is not None and not earlier.status.terminal:
            self.violations.append(f"{to} was dialed while it was on the phone")
        if not lawful(now):
            self.counted["asked for just before closing"] += 1
            if not lawful(now - STALE):
                self.violations.append(f"{to} was dialed at {now}")

    async def _inspect(self, message: Msg) -> None:
        call = self.calls.get(json.loads(message.data)["sid"])
        await _answer(message, call=call and call.shown())

    async def _find(self, message: Msg) -> None:
        asked = json.loads(message.data)
        found = [each for each in self.calls.values() if each.to == asked["to"] and each.placed_at >= asked["since"]]
        await _answer(message, calls=[each.shown() for each in reversed(found)])

    async def _end(self, message: Msg) -> None:
        if (call := self.calls.get(json.loads(message.data)["sid"])) is not None:
            call.hung_up.set()
        await _answer(message)

    async def _live(self, call: Call) -> None:
        """A call from its first ring to its end. What is told of it takes its own time."""
        end = self._dice.choices(list(ENDS), list(ENDS.values()))[0]
        for status in (CarrierStatus.INITIATED, CarrierStatus.RINGING):
            self._tell(call, status)
            await asyncio.sleep(self._dice.uniform(0, 0.1))
        if end is CarrierStatus.COMPLETED and not call.hung_up.is_set():
            self._tell(call, CarrierStatus.IN_PROGRESS)
            await self._connect(call)
        self._tell(call, end)

    async def _connect(self, call: Call) -> None:
        """Somebody picked up: a line opens, and lasts until the conversation is over."""
        reply = await self._delivered({"kind": "line", "call_id": call.call_id, "sid": call.sid})
        lead_id = reply and reply["lead_id"]
        if lead_id is None:
            return
        if self._dice.random() < NEVER_STARTED:
            self.counted["lines that died before they told"] += 1
            return
        await self._broker.tell(
            CallStarted(
                occurred_at=self._clock.now(),
                call_id=UUID(call.call_id),
                lead_id=lead_id,
                line="relay",
                carrier_call_id=call.sid,
            )
        )
        try:
            await asyncio.wait_for(call.hung_up.wait(), 15)
        except TimeoutError:
            self.counted["calls that nobody hung up"] += 1

    async def _converse(self, lease: Lease) -> None:
        started = CallStarted.model_validate_json(lease.message.data)
        now = self._clock.now()
        outcome = self._dice.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
        call = self.calls.get(started.carrier_call_id)
        callback = None
        about: dict[str, Any] = {"occurred_at": now, "call_id": started.call_id, "lead_id": started.lead_id}
        if outcome is Outcome.CALLBACK_SCHEDULED:
            at = now + timedelta(minutes=self._dice.choice([45, 90, 24 * 60]))
            callback = TimeWindow(start=at, end=at + timedelta(minutes=30))
        if outcome is Outcome.OPTED_OUT:
            await self._broker.tell(ContactOptedOut(**about, phone=call and call.to, quote="תמחקו אותי"))
        concluded = CallConcluded(**about, outcome=outcome, disposition=Disposition.ANSWERED, callback=callback)
        await self._broker.tell(concluded)
        if callback is not None:
            self.callbacks.setdefault(started.call_id, (started.lead_id, callback))
        if call is not None:
            call.hung_up.set()
        await lease.done()

    def _tell(self, call: Call, status: CarrierStatus) -> None:
        """One or two callbacks, each after a time of its own, so that they overtake each other."""
        if call.status.terminal:
            return
        call.status = status
        fields = {"kind": "status", "call_id": call.call_id, "sid": call.sid, "status": status.value}
        fields |= {"sequence": call.sequence, "duration_s": 7.0 if status is CarrierStatus.COMPLETED else None}
        call.sequence += 1
        if self._dice.random() < UNTOLD:
            self.counted["callbacks never told"] += 1
            return
        for _ in range(2 if self._dice.random() < TWICE else 1):
            self.counted["callbacks"] += 1
            self._spawn(self._told(fields, self._dice.uniform(0, 0.25)))

    async def _told(self, fields: dict[str, Any], after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._delivered(fields)

    async def _delivered(self, fields: dict[str, Any]) -> dict[str, Any] | None:
        """The answer of whichever dialer was told; None if none answered, however often it was told."""
        for telling in range(TELLINGS):
            try:
                reply = await self._broker.nats.request(TOLD, json.dumps(fields).encode(), timeout=TELL_S)
            except (NatsError, TimeoutError):
                await asyncio.sleep(0.3 * (telling + 1))
            else:
                answer: dict[str, Any] = json.loads(reply.data)
                return answer
        self.counted["callbacks nobody answered"] += 1
        return None

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _answer(message: Msg, **reply: Any) -> None:
    await message.respond(json.dumps(reply).encode())
