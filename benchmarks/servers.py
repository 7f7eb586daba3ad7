"""The servers under test as processes pinned to one core, and what they take of it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.carrier import BenchCarrier
from benchmarks.world import World
from contracts.leads import LeadSubmitted, SubmittedConsent
from messiah import demo
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker

OURS, WORLDS = 0, 1
"""The core of the server under test, and that of callers and model."""
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
READY_S = 60.0
RAMP_A_SECOND = 40


@dataclass
class Pinned:
    """Processes that share a core, by what they are."""

    pids: dict[str, int]

    def cpu_s(self) -> dict[str, float]:
        """Seconds of CPU that each has used so far."""
        return {name: sum(map(int, _stat(pid)[11:13])) * TICK_S for name, pid in self.pids.items()}

    def memory_mb(self) -> float:
        """Resident memory."""
        return sum(int(_stat(pid)[21]) for pid in self.pids.values()) * PAGE / 1e6


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def pinned(*command: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process on our core while the block runs."""
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    pin(child.pid, OURS)
    try:
        yield child
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(15)
        child.kill()
        child.wait()


def pin(pid: int, core: int) -> None:
    """Threads that exist and those to come."""
    if (os.cpu_count() or 1) > 1:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


@contextmanager
def started_on(core: int) -> Iterator[None]:
    """What is started in the block has this core from its beginning: Go asks only then how many there are."""
    ours = os.sched_getaffinity(0)
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


@asynccontextmanager
async def simple(kind: str, calls: int, world: World, folder: Path) -> AsyncIterator[Pinned]:
    """`lean` or `plain`, with so many callers on it."""
    port = free_port()
    with pinned("-m", f"benchmarks.{kind}", str(port), world.model_url, log=folder / f"{kind}.log") as child:
        await _listening(port)
        tasks = []
        for number in range(calls):
            url = f"ws://127.0.0.1:{port}/relay/{number}"
            tasks.append(asyncio.create_task(world.call(str(number), url, headers={}, greets=False, setup={})))
            await asyncio.sleep(1 / RAMP_A_SECOND)
        yield Pinned({kind: child.pid})
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def ours(calls: int, world: World, folder: Path, *, together: bool = False) -> AsyncIterator[Pinned]:
    """The whole product with so many calls in progress: a process a service and the broker, or all services `together`
    in one process beside it, as `messiah up` has them."""
    carrier_port = free_port()
    nats = NatsServer(folder / "nats")
    with started_on(OURS):
        nats.start()
    names = ("up",) if together else ("scheduler", "telemetry", "conversation", "dialer")
    ports = {name: free_port() for name in names}
    environment = {
        "NATS_URL": nats.url,
        "MESSIAH_VAR": str(folder / "var"),
        "MESSIAH_CLOCK": demo.CLOCK.isoformat(),
        "SIMULATOR_URL": f"http://127.0.0.1:{carrier_port}",
        "PUBLIC_URL": f"http://127.0.0.1:{ports[names[-1]]}",
        "MAX_CONCURRENT_CALLS": str(calls),
        "CALLS_PER_SECOND": str(RAMP_A_SECOND),
        "CONVERSATION_CAPACITY": str(calls),
        "OPENAI_BASE_URL": world.model_url,
        "OPENAI_API_KEY": "none",
        "LLM_MODEL": "simulated",
        "LOG_LEVEL": "error",
        "MAX_CALL_S": "3600",
    }
    try:
        subprocess.run(
            [sys.executable, "-m", "messiah", "provision"],
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
        async with _children(ports, environment, folder) as pids, BenchCarrier(world).running(carrier_port) as carrier:
            await _submit(nats.url, calls)
            await _until(lambda: carrier.talking >= calls, 120 + calls)
            yield Pinned({**pids, "broker": nats.pid})
    finally:
        nats.stop()


@asynccontextmanager
async def _children(ports: dict[str, int], environment: dict[str, str], folder: Path) -> AsyncIterator[dict[str, int]]:
    pids: dict[str, int] = {}
    contexts = []
    try:
        for name, port in ports.items():
            command = ("up",) if name == "up" else ("serve", name)
            child = pinned("-m", "messiah", *command, log=folder / f"{name}.log", **environment, MESSIAH_PORT=str(port))
            pids[name] = child.__enter__().pid
            contexts.append(child)
        for port in ports.values():
            await ready(port)
        for pid in pids.values():
            pin(pid, OURS)  # threads that were made meanwhile
        yield pids
    finally:
        for context in contexts:
            context.__exit__(None, None, None)


async def _submit(nats_url: str, calls: int) -> None:
    broker = Broker(nats_url, "bench")
    await broker.connect()
    for number in range(calls):
        await broker.tell(
            LeadSubmitted(
                occurred_at=demo.CLOCK,
                name="דנה כהן",
                phone=f"+97254{2000000 + number}",
                company=f"bench-{number}",
                consent=SubmittedConsent(basis="web_form", obtained_at="2026-11-01T09:00:00Z"),
                number_source="bench",
            )
        )
    await broker.close()


async def ready(port: int) -> None:
    """Wait until a service answers on this port that it is ready. Raises TimeoutError."""

    def look() -> bool:
        with suppress(OSError):
            return bool(json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2)))
        return False

    deadline = time.monotonic() + READY_S
    while not await asyncio.to_thread(look):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing ready on port {port}")
        await asyncio.sleep(0.2)


async def _listening(port: int) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


async def _until(what, timeout_s: float) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(timeout_s):
        while not what():
            await asyncio.sleep(0.1)
