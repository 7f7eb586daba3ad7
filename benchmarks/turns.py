"""How long callers wait for our first word, and what a turn costs, beside the leanest server there can be.

Each server gets one core for everything of its own, the callers and the model get another. A caller asks, hears the
answer to its end, thinks for one to three seconds and asks again; the model's first token takes 150 ms, then 30 tokens
come 10 ms apart. Overhead is the time from the model sending the last token of the first speakable phrase to the first
frame at the caller's end.
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from benchmarks import plotting
from benchmarks.servers import WORLDS, ours, pin, simple
from benchmarks.world import World

HISTORY = Path(__file__).with_name("history.jsonl")
PLOT = Path(__file__).parents[1] / "docs" / "performance.svg"
KINDS = ("lean", "plain", "ours", "up")
"""`up` is ours with all services in one process."""


@dataclass(frozen=True)
class Result:
    """One server with so many calls at once. Times in milliseconds, memory in megabytes."""

    server: str
    calls: int
    turns: int
    p50_ms: float
    p99_ms: float
    cpu_ms_a_turn: float
    parts: dict[str, float]
    """The same by process."""
    core: float
    """The share of its core that it used."""
    memory_mb: float
    memory_kb_a_call: float
    failures: dict[str, int]

    def row(self) -> str:
        return (
            f"{self.server:<6} {self.calls:>5} {self.turns:>6} {self.p50_ms:>8.2f} {self.p99_ms:>8.2f} "
            f"{self.cpu_ms_a_turn:>8.2f} {self.core:>6.0%} {self.memory_mb:>7.0f} {self.memory_kb_a_call:>8.0f} "
            + " ".join(f"{name} {spent:.2f}" for name, spent in self.parts.items() if len(self.parts) > 1)
            + (f" {self.failures}" if self.failures else "")
        )


HEAD = (
    f"{'server':<6} {'calls':>5} {'turns':>6} {'p50 ms':>8} {'p99 ms':>8} "
    f"{'CPU/turn':>8} {'core':>6} {'MB':>7} {'kB/call':>8}"
)


async def measure(kind: str, calls: int, seconds: float, settle_s: float) -> Result:
    """One row of the table."""
    with tempfile.TemporaryDirectory(prefix="messiah-bench-") as name:
        async with World.open() as world:
            folder = Path(name)
            is_ours = kind in ("ours", "up")
            serving = (
                ours(calls, world, folder, together=kind == "up") if is_ours else simple(kind, calls, world, folder)
            )
            async with serving as server:
                gc.collect()
                gc.disable()  # a collection stops all callers and the model for half a second
                await asyncio.sleep(settle_s)
                world.failures.clear()
                cpu, world.counting = server.cpu_s(), True
                await asyncio.sleep(seconds)
                world.counting = False
                gc.enable()
                used = {name: after - cpu[name] for name, after in server.cpu_s().items()}
                memory = server.memory_mb()
                waits = sorted(world.waits_ms)
                failures = dict(world.failures)
    return Result(
        server=kind,
        calls=calls,
        turns=world.turns,
        p50_ms=_share(waits, 0.5),
        p99_ms=_share(waits, 0.99),
        cpu_ms_a_turn=sum(used.values()) * 1000 / max(world.turns, 1),
        parts={name: round(spent * 1000 / max(world.turns, 1), 2) for name, spent in used.items()},
        core=sum(used.values()) / seconds,
        memory_mb=memory,
        memory_kb_a_call=memory * 1000 / calls,
        failures=failures,
    )


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", nargs="*", type=int, default=[1, 100, 300, 800])
    parser.add_argument("--servers", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each server is measured")
    parser.add_argument("--settle", type=float, default=6.0, help="how long it runs before that")
    parser.add_argument("--keep", action="store_true", help="add the results to the history and draw the plot")
    given = parser.parse_args()
    pin(os.getpid(), WORLDS)
    print(HEAD)
    results = []
    for calls in given.calls:
        for kind in given.servers:
            try:
                result = uvloop.run(measure(kind, calls, given.seconds, given.settle))
            except TimeoutError:
                print(f"{kind:<6} {calls:>5} so many calls never came about", flush=True)
                continue
            results.append(result)
            print(result.row(), flush=True)
    if given.keep:
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        about = {"at": moment, "python": platform.python_version(), "cores": os.cpu_count()}
        with HISTORY.open("a", encoding="utf-8") as history:
            history.writelines(json.dumps(about | asdict(result)) + "\n" for result in results)
        plotting.draw(results, PLOT)


if __name__ == "__main__":
    main()
