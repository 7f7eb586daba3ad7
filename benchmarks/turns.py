"""How long callers wait for our first word, and what a turn costs, with many calls at once.

The whole system runs in one process with the simulator as the carrier, so the CPU time shown is that of both ends
of every call; the wait is measured at the line, from the caller's last word as it came in to our first word as it
went out.
"""

import argparse
import asyncio
import resource
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.leads import LeadSubmitted
from contracts.telemetry import CallLogged, TurnMeasured
from messiah import demo, serving
from messiah.system import System
from services.runtime import logs
from services.runtime.broker import Broker

TIMEOUT_S = 300.0


@dataclass(frozen=True)
class Result:
    """One run with so many calls at once."""

    calls: int
    booked: int
    waits_ms: Sequence[float]
    cpu_ms_a_turn: float

    def row(self) -> str:
        ordered = sorted(self.waits_ms)
        p50 = statistics.median(ordered)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        return (
            f"{self.calls:>6} {self.booked:>7} {len(ordered):>6} "
            f"{p50:>8.1f} {p99:>8.1f} {ordered[-1]:>8.1f} {self.cpu_ms_a_turn:>8.1f}"
        )


HEAD = f"{'calls':>6} {'booked':>7} {'turns':>6} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'CPU/turn':>8}"


async def run(calls: int, speed: float) -> Result:
    """So many leads at once, until every call is logged."""
    with tempfile.TemporaryDirectory(prefix="messiah-bench-") as folder:
        settings: dict[str, Any] = dict(demo.ALONE) | {
            "messiah_var": Path(folder),
            "messiah_clock": demo.CLOCK,
            "max_concurrent_calls": calls,
            "calls_per_second": 100,
            "conversation_capacity": calls,
        }
        async with System.start(simulator={"speed": speed, "cps": 100}, **settings) as system:
            return await _measure(system.nats_url, calls)


async def _measure(nats_url: str, calls: int) -> Result:
    broker = Broker(nats_url, "bench")
    await broker.connect()
    waits: list[float] = []
    outcomes: list[str] = []
    turns = await broker.nats.subscribe(TurnMeasured.subject_filter())
    logged = await broker.nats.subscribe(CallLogged.subject_filter())

    async def count_turns() -> None:
        async for message in turns.messages:
            turn = TurnMeasured.model_validate_json(message.data)
            waits.append(turn.first_word_ms)

    counting = asyncio.create_task(count_turns())
    before = _cpu_s()
    try:
        for number in range(calls):
            lead = dict(demo.LEAD) | {"phone": f"+97254{2000000 + number * 100 + 78:07d}"}
            await broker.tell(LeadSubmitted(occurred_at=demo.CLOCK, **lead))
        async with asyncio.timeout(TIMEOUT_S):
            while len(outcomes) < calls:
                message = await logged.next_msg(timeout=TIMEOUT_S)
                outcomes.append(CallLogged.model_validate_json(message.data).outcome)
    finally:
        counting.cancel()
        await broker.close()
    spent_ms = (_cpu_s() - before) * 1000
    return Result(calls, outcomes.count("meeting_booked"), waits, spent_ms / max(len(waits), 1))


def _cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", nargs="*", type=int, default=[1, 10, 50])
    parser.add_argument("--speed", type=float, default=4.0, help="how many times faster than life people speak")
    given = parser.parse_args()
    logs.configure("error")
    print(HEAD)
    for calls in given.calls:
        print(serving.run(run(calls, given.speed)).row(), flush=True)


if __name__ == "__main__":
    main()
