"""Two campaigns from their first call to their last: two dialers that are killed again and again, a carrier that loses
and repeats, days that pass, and people who opt out while their calls are planned. `WholeCampaign.run` says what it
came to; `broken` names every promise that was not kept.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select

from contracts.contacts import ContactOptedOut
from contracts.control import CampaignPlan, CampaignState, Control, parse_controlled
from contracts.leads import LeadSubmitted
from contracts.meetings import CallbackDue
from contracts.streams import DIALER_CALLBACKS, DIALER_CALLS, DIALER_CONCLUDED, DIALER_LEADS, DIALER_OPT_OUTS
from contracts.values import Disposition
from messiah.nats_server import NatsServer
from services.dialer.campaign_tables import CampaignRow
from services.dialer.capacity import set_cap
from services.dialer.domain.lead import FINAL_STATES, LeadState
from services.dialer.domain.redial import FINAL
from services.dialer.settings import DialerSettings
from services.dialer.tables import UNENDED, AttemptRow, DecisionRow, LeadRow, OptOutRow
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.provisioner import provision
from tests.chaos.moved_clock import MovedClock
from tests.chaos.played_carrier import PlayedCarrier
from tests.unit.dialer.almanac import ISRAEL_IN_SUMMER, lawful

REPLICAS = 2
CAP = 40
MAX_ATTEMPTS = 3
SHARED = 20
"""Every so-manieth lead has the number of the one before, in the other campaign."""
OPTING_OUT = 0.04
STRIDE = timedelta(minutes=20)
"""How far time jumps while nobody is to be called at once."""
STARTS = datetime(2027, 5, 10, 8, 59, 57, tzinfo=ISRAEL_IN_SUMMER)
"""A Monday. Tuesday is Memorial Day, Wednesday Independence Day."""
BRINKS = [
    (0.05, datetime(2027, 5, 10, 18, 29, 57, tzinfo=ISRAEL_IN_SUMMER)),  # an ordinary day closes
    (0.20, datetime(2027, 5, 11, 10, 49, 57, tzinfo=ISRAEL_IN_SUMMER)),  # ten minutes before the siren
    (0.35, datetime(2027, 5, 11, 11, 59, 57, tzinfo=ISRAEL_IN_SUMMER)),  # Memorial Day ends at noon
    (0.55, datetime(2027, 5, 14, 12, 29, 57, tzinfo=ISRAEL_IN_SUMMER)),  # Friday
]
"""Once such a part of the leads has been called, the clock is taken to a few seconds before calling ends."""
CONSUMERS = (DIALER_CALLS, DIALER_LEADS, DIALER_CONCLUDED, DIALER_CALLBACKS, DIALER_OPT_OUTS)
ACK_WAIT_S = 4
"""Instead of half a minute: what a killed dialer held goes to the other one soon."""
STARTS_AT_MOST = 3


@dataclass
class WholeCampaign:
    """One run of `size` leads, with at most `kills`, and at least and at most `kill_every_s` between two of them."""

    directory: Path
    size: int
    database_url: str | None = None
    seed: int = 1
    kill_every_s: tuple[float, float] = (3.0, 9.0)
    kills: int = 1000
    brinks: int = len(BRINKS)
    """How often the clock is taken to a few seconds before calling ends."""
    counted: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    async def run(self) -> dict[str, Any]:
        """Run to the last lead's final state. Returns what happened, for people to read."""
        self.dice = random.Random(self.seed)
        began = time.monotonic()
        async with AsyncExitStack() as open_things:
            await self._open(open_things)
            tasks = [asyncio.create_task(each) for each in self._chaos()]
            open_things.push_async_callback(_cancel, tasks)
            await self._submit()
            await self._control(action="start", campaign_id=self.campaigns[0])
            await self._control(action="start", campaign_id=self.campaigns[1])
            await self._pass_time(tasks)
            took_s = time.monotonic() - began
            await _cancel(tasks)
            await self._judge()
        self.broken += self.carrier.violations
        return {"leads": self.size, "seconds": round(took_s, 1), **self.counted, **self.carrier.counted}

    async def _open(self, open_things: AsyncExitStack) -> None:
        server = NatsServer(self.directory / "nats")
        server.start()
        open_things.callback(server.stop)
        MovedClock.keep_in(self.directory / "clock", STARTS - datetime.now(STARTS.tzinfo))
        self.clock = MovedClock()
        self.broker = Broker(server.url, "test")
        await self.broker.connect()
        open_things.push_async_callback(self.broker.close)
        await provision(self.broker)
        for consumer in CONSUMERS:
            info = await self.broker.js.consumer_info(consumer.stream, consumer.name)
            info.config.ack_wait = ACK_WAIT_S
            await self.broker.js.add_consumer(consumer.stream, info.config)
        await set_cap(self.broker, CAP)
        self.settings = {
            "nats_url": server.url,
            "database_url": self.database_url,
            "messiah_var": str(self.directory),
            "calls_per_second": 500,
            "calling_hours": "israel",
            "max_attempts": MAX_ATTEMPTS,
            "ring_timeout_s": 5,
            "max_call_s": 30,
        }
        self.carrier = PlayedCarrier(self.broker, self.clock, random.Random(self.seed + 1))
        await self.carrier.open()
        talking = asyncio.create_task(self.carrier.conversation.run())
        open_things.push_async_callback(self._hush, talking)
        self.replicas: list[asyncio.subprocess.Process | None] = [None] * REPLICAS
        open_things.push_async_callback(self._kill_all)
        for number in range(REPLICAS):
            await self._start(number)
        url = DialerSettings(_env_file=None, **self.settings).store_url("dialer")
        self.database = Database(url, "dialer")
        open_things.push_async_callback(self.database.close)

    async def _hush(self, talking: "asyncio.Task[None]") -> None:
        await self.carrier.conversation.stop_pulling()
        await self.carrier.conversation.cancel_all()
        await talking
        await self.carrier.close()

    # ------------------------------------------------------------------ the dialers, and their deaths

    async def _start(self, number: int) -> None:
        """Start a dialer, more than once if need be, as whatever supervises it would."""
        for _ in range(STARTS_AT_MOST):
            if await self._started(number):
                return
            self.counted["starts that failed"] += 1
        words = self._log_of(number).read_text()[-3000:]
        raise AssertionError(f"dialer {number} did not start {STARTS_AT_MOST} times in a row; it said: {words}")

    def _log_of(self, number: int) -> Path:
        return self.directory / f"dialer-{number}.log"

    async def _started(self, number: int) -> bool:
        with self._log_of(number).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.dialer_replica"),
                *(json.dumps(self.settings), str(MovedClock.file)),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self.replicas[number] = process
        assert process.stdout is not None
        while (line := await process.stdout.readline()) != b"ready\n":
            if not line:
                await process.communicate()
                return False
        return True

    async def _kill_all(self) -> None:
        for process in self.replicas:
            if process is not None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.communicate()

    def _chaos(self) -> tuple[Any, ...]:
        return self._kill_at_random(), self._opt_out_at_random(), self._call_back()

    async def _kill_at_random(self) -> None:
        for _ in range(self.kills):
            await asyncio.sleep(self.dice.uniform(*self.kill_every_s))
            number = self.dice.randrange(REPLICAS)
            process = self.replicas[number]
            assert process is not None
            process.kill()
            await process.communicate()
            self.counted["dialers killed"] += 1
            await asyncio.sleep(self.dice.uniform(0, 1))
            await self._start(number)

    # ------------------------------------------------------------------ the people

    def phone_of(self, number: int) -> str:
        shared = number % SHARED == 0 and number > 0
        return f"+972542{number - shared:06}"

    async def _submit(self) -> None:
        self.campaigns = [uuid4(), uuid4()]
        for number, campaign_id in enumerate(self.campaigns):
            plan = CampaignPlan(name=f"campaign {number}", max_concurrent_calls=CAP * 3 // 4)
            await self._control(action="create", campaign_id=campaign_id, plan=plan)
        consent = {"basis": "web_form", "obtained_at": str(STARTS - timedelta(days=30))}
        for number in range(self.size):
            await self.broker.tell(
                LeadSubmitted(
                    lead_id=f"lead-{number}",
                    name="דנה כהן",
                    phone=self.phone_of(number),
                    consent=consent,
                    campaign_id=self.campaigns[number % 2],
                    occurred_at=self.clock.now(),
                )
            )

    async def _opt_out_at_random(self) -> None:
        """Some opt out by themselves: while they wait, while their call is planned, or on the phone."""
        leaving = self.dice.sample(range(self.size), max(1, int(self.size * OPTING_OUT)))
        for number in leaving:
            at = self.dice.uniform(0, 0.5)
            while await self._called() < at * self.size:
                await asyncio.sleep(0.5)
            opted_out = ContactOptedOut(
                occurred_at=self.clock.now(), lead_id=f"lead-{number}", phone=self.phone_of(number), quote="די"
            )
            await self.broker.tell(opted_out)
            self.counted["opted out by themselves"] += 1

    async def _call_back(self) -> None:
        """The scheduler's part: to say that the time has come on which somebody agreed."""
        while True:
            now = self.clock.now()
            for call_id, (lead_id, window) in list(self.carrier.callbacks.items()):
                if window.start <= now:
                    del self.carrier.callbacks[call_id]
                    self.counted["callbacks due"] += 1
                    due = {"callback_id": uuid4(), "call_id": call_id, "lead_id": lead_id, "window": window}
                    await self.broker.tell(CallbackDue(occurred_at=now, **due))
            await asyncio.sleep(0.2)

    # ------------------------------------------------------------------ the days

    async def _pass_time(self, tasks: "list[asyncio.Task[None]]") -> None:
        """Let time run until every lead is through; whenever nothing is to be done at once, it jumps."""
        brinks = list(BRINKS[: self.brinks])
        while await self._open_leads():
            for task in tasks:
                if task.done() and task.exception():
                    task.result()
            called = await self._called()
            while brinks and brinks[0][1] < self.clock.now():
                brinks.pop(0)
            if brinks and called >= brinks[0][0] * self.size:
                await self._to_the_brink(brinks.pop(0)[1])
            elif not await self._busy():
                await self._jump()
            await asyncio.sleep(0.2)

    async def _to_the_brink(self, moment: datetime) -> None:
        """Take the clock to just before calling ends, with everybody still waiting to be called."""
        for each in self.campaigns:
            await self._control(action="pause", campaign_id=each, tolerant=True)
        while await self._busy(but_due=True):
            await asyncio.sleep(0.1)
        self.clock.move(moment - self.clock.now())
        self.counted["times at the brink"] += 1
        for each in self.campaigns:
            await self._control(action="resume", campaign_id=each, tolerant=True)
        while lawful(self.clock.now()):
            await asyncio.sleep(0.1)

    async def _jump(self) -> None:
        now = self.clock.now()
        due = await self._next_due()
        if due is None:
            return
        target = max(due, now)
        if not lawful(now) and not lawful(target):
            target = now + timedelta(minutes=5)  # due since before the night: judged anew in the morning
        elif lawful(target + STRIDE):
            target += STRIDE
        self.clock.move(target - now + timedelta(seconds=1))
        self.counted["jumps in time"] += 1

    async def _scalar(self, query: Any) -> Any:
        async with self.database.reading() as session:
            return await session.scalar(query)

    async def _open_leads(self) -> int:
        final = [each.value for each in FINAL_STATES]
        known, over = await self._scalar(select(func.count()).select_from(LeadRow)), 0
        if known == self.size:
            over = await self._scalar(select(func.count()).select_from(LeadRow).where(LeadRow.state.in_(final)))
        running = await self._scalar(
            select(func.count()).select_from(CampaignRow).where(CampaignRow.state != CampaignState.FINISHED.value)
        )
        return int(self.size - over + running)

    async def _called(self) -> int:
        return int(await self._scalar(select(func.count(AttemptRow.lead_id.distinct()))))

    async def _busy(self, *, but_due: bool = False) -> bool:
        """Whether a call is planned, under way or not concluded, or a lead is due that may be called now."""
        under_way = select(func.count()).select_from(AttemptRow).where(or_(UNENDED, AttemptRow.concluded_at.is_(None)))
        if await self._scalar(under_way):
            return True
        now = self.clock.now()
        if but_due or not lawful(now):
            return False
        due = select(func.count()).where(LeadRow.state == LeadState.WAITING.value, LeadRow.due_at <= now)
        known = await self._scalar(select(func.count()).select_from(LeadRow))
        return known < self.size or bool(await self._scalar(due))

    async def _next_due(self) -> datetime | None:
        waiting = LeadRow.state == LeadState.WAITING.value
        due = await self._scalar(
            select(LeadRow.due_at).where(waiting, LeadRow.due_at > self.clock.now()).order_by(LeadRow.due_at).limit(1)
        )
        agreed = [window.start for _, window in self.carrier.callbacks.values()]
        found = [each for each in (due, *agreed) if each is not None]
        return min(found, default=None)

    async def _control(self, *, tolerant: bool = False, **about: Any) -> None:
        """Ask a dialer to do something, until one answers."""
        request = Control(**about).model_dump_json().encode()
        for _ in range(60):
            with suppress(Exception):
                reply = await self.broker.nats.request(Control.subject, request, timeout=5)
                if parse_controlled(reply.data).kind == "controlled" or tolerant:
                    return
            await asyncio.sleep(0.5)
        raise AssertionError(f"no dialer did {about}")

    # ------------------------------------------------------------------ what it came to

    async def _judge(self) -> None:
        async with self.database.reading() as session:
            leads = list(await session.scalars(select(LeadRow)))
            attempts = list(await session.scalars(select(AttemptRow).order_by(AttemptRow.requested_at)))
            asked = DecisionRow.call_id.is_not(None), DecisionRow.until.is_(None)
            decisions = list(await session.scalars(select(DecisionRow).where(*asked)))
            opted_out = {row.key: row.opted_out_at for row in await session.scalars(select(OptOutRow))}
        self.counted |= Counter({f"leads {key}": n for key, n in Counter(each.state for each in leads).items()})
        self.counted["attempts"] = len(attempts)
        self.counted["numbers and leads opted out"] = len(opted_out)
        self._judge_leads(leads, attempts)
        person = {each.call_id: (each.lead_id, each.phone) for each in attempts}
        for decision in decisions:
            allowed = all(verdict["allowed"] for verdict in decision.verdicts)
            if not allowed:
                continue
            if not lawful(decision.decided_at):
                self._break(f"call {decision.call_id} was allowed at {decision.decided_at}")
            for key in person[decision.call_id]:
                if key in opted_out and decision.decided_at > opted_out[key]:
                    self._break(f"call {decision.call_id} was allowed after {key} had opted out")
        await self._judge_facts(attempts)

    def _judge_leads(self, leads: list[LeadRow], attempts: list[AttemptRow]) -> None:
        if len(leads) != self.size:
            self._break(f"{len(leads)} leads are known of {self.size}")
        finals = {each.value for each in FINAL_STATES}
        for lead in leads:
            if lead.state not in finals:
                self._break(f"{lead.lead_id} is {lead.state}: {lead.reason}")
        by_lead: dict[str, list[AttemptRow]] = {}
        for attempt in attempts:
            by_lead.setdefault(attempt.lead_id, []).append(attempt)
            if attempt.state != "ended" or attempt.concluded_at is None or attempt.outcome is None:
                self._break(f"call {attempt.call_id} is {attempt.state} and came to {attempt.outcome}")
        known = {each.carrier_call_id for each in attempts if each.carrier_call_id is not None}
        if strange := self.carrier.calls.keys() - known:
            unsettled = {each.phone for each in attempts if each.disposition == Disposition.UNKNOWN.value}
            for sid in strange:
                if self.carrier.calls[sid].to not in unsettled:
                    self._break(f"the carrier's call {sid} is nobody's")
        for lead_id, theirs in by_lead.items():
            unasked = [each for each in theirs if each.callback_id is None and each.carrier_call_id is not None]
            if len(unasked) > MAX_ATTEMPTS:
                self._break(f"{lead_id} was called {len(unasked)} times")
            for each in theirs[:-1]:
                if each.outcome in FINAL:
                    self._break(f"{lead_id} was called again after {each.outcome}")
        settled = {each.lead_id: each.outcome for each in attempts}
        for lead in leads:
            if lead.state == LeadState.DONE.value and settled.get(lead.lead_id) not in FINAL:
                self._break(f"{lead.lead_id} is done, but its last call came to {settled.get(lead.lead_id)}")

    async def _judge_facts(self, attempts: list[AttemptRow]) -> None:
        """Each call was requested once, ended at most once, and concluded once."""
        told: dict[str, Counter[UUID]] = {kind: Counter() for kind in ("requested", "ended", "concluded")}
        for kind, calls in told.items():
            subscription = await self.broker.js.subscribe(f"calls.*.{kind}", stream="CALLS", ordered_consumer=True)
            info = await subscription.consumer_info()
            delivered = info.delivered.consumer_seq if info.delivered else 0
            for _ in range(delivered + (info.num_pending or 0)):
                message = await subscription.next_msg(timeout=10)
                calls[UUID(message.subject.split(".")[1])] += 1
            await subscription.unsubscribe()
        everyone = {each.call_id for each in attempts}
        dialed = {each.call_id for each in attempts if each.disposition != Disposition.NOT_DIALED.value}
        for kind, expected in (("requested", everyone), ("ended", dialed), ("concluded", everyone)):
            if told[kind].keys() != expected:
                self._break(f"{kind}: {len(told[kind].keys() ^ expected)} calls differ from the attempts")
            for call_id, times in told[kind].items():
                if times != 1:
                    self._break(f"call {call_id} was {kind} {times} times")

    def _break(self, promise: str) -> None:
        self.broken.append(promise)


async def _cancel(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
