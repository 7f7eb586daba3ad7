"""How long a large list of leads takes, how much memory reading it needs, and whether the dialer's calls notice.

It starts a broker and a dialer of its own (SQLite in a temporary folder, or an empty PostgreSQL that --database names)
that dials nobody, hands the list in over HTTP, and watches the dialer's event loop and both processes meanwhile.

    python -m benchmarks.lists --rows 100000
"""

import argparse
import asyncio
import gc
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from messiah.nats_server import NatsServer
from messiah.serving import listen, serving, url_of
from messiah.serving import run as run_fast
from messiah.web import build_app
from services.dialer import app
from services.dialer.capacity import set_cap
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.provisioner import provision

COLUMNS = (
    "business_name,contact_number,contact_name,business_type,company_size,"
    "best_call_time,status,consent_basis,consent_at"
)
PIECE = 2000
LOOK_S = 0.25
BEAT_S = 0.005
IDLE_S = 10.0


async def rows(count: int) -> AsyncIterator[bytes]:
    """A list as companies have them: one row in fifty is bad, and one in a hundred is there twice."""
    day = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
    yield f"{COLUMNS}\n".encode()
    for first in range(0, count, PIECE):
        lines = []
        for number in range(first, min(first + PIECE, count)):
            phone = "12345" if number % 50 == 7 else f"054{2_000_000 + number - (number % 100 == 99)}"
            lines.append(f"עסק {number},{phone},איש קשר {number},מסעדה,11-50,9:00-12:00,new,web_form,{day}\n")
        yield "".join(lines).encode()


class Watch:
    """The dialer's event loop, and the memory of this process and of those it started."""

    def __init__(self) -> None:
        self.longest_stall_s = 0.0
        self._earlier = set(_readers())
        self.at_first_mb = _memory_mb(os.getpid())
        self.own_mb = self.readers_mb = 0.0
        self.readers_work_s = 0.0
        """Seconds of a processor that the reader took: what counts on a machine with other things to do."""

    async def run(self) -> None:
        looked = 0.0
        while True:
            before = time.monotonic()
            await asyncio.sleep(BEAT_S)
            now = time.monotonic()
            self.longest_stall_s = max(self.longest_stall_s, now - before - BEAT_S)
            if now - looked > LOOK_S:
                looked = now
                self.own_mb = max(self.own_mb, _memory_mb(os.getpid()))
                for reader in set(_readers()) - self._earlier:
                    self.readers_mb = max(self.readers_mb, _memory_mb(reader))
                    self.readers_work_s = max(self.readers_work_s, _work_s(reader))


def _memory_mb(pid: int) -> float:
    """Its own: the pages of SQLite's file that the system keeps anyway are not counted."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _work_s(pid: int) -> float:
    with suppress(OSError):
        _, _, fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
        return sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _readers() -> list[int]:
    """The processes that read lists."""
    with suppress(OSError):
        children = [each.read_text().split() for each in Path(f"/proc/{os.getpid()}/task").glob("*/children")]
        return [int(pid) for pids in children for pid in pids if _reads_lists(pid)]
    return []


def _reads_lists(pid: str) -> bool:
    return b"services.dialer.uploads" in Path(f"/proc/{pid}/cmdline").read_bytes()


async def run(folder: Path, count: int, database_url: str | None) -> None:
    """Hand a list in twice: the second time nothing of it is new."""
    async with AsyncExitStack() as opened:
        server = NatsServer(folder / "nats")
        server.start()
        opened.callback(server.stop)
        broker = Broker(server.url, "benchmark")
        await broker.connect()
        opened.push_async_callback(broker.close)
        await provision(broker)
        await set_cap(broker, 0)
        settings = DialerSettings(
            _env_file=None, nats_url=server.url, messiah_var=folder, database_url=database_url, drain_seconds=0
        )
        service = await app.build(settings)
        await service.start()
        opened.push_async_callback(service.stop)
        gc.collect()
        gc.freeze()  # as `messiah.serving` does
        listener = listen("127.0.0.1", 0)
        await opened.enter_async_context(serving(build_app([service]), listener))
        http = await opened.enter_async_context(aiohttp.ClientSession(url_of(listener)))
        print(f"the dialer's longest stall with nothing to do: {await _idle() * 1000:.0f} ms")
        for name in ("a new list", "the same again"):
            await _upload(http, name, count)


async def _idle() -> float:
    """What the machine and whatever else runs on it do to the dialer by themselves."""
    watch = Watch()
    with suppress(TimeoutError):
        await asyncio.wait_for(watch.run(), IDLE_S)
    return watch.longest_stall_s


async def _upload(http: aiohttp.ClientSession, name: str, count: int) -> None:
    watch = Watch()
    watching = asyncio.create_task(watch.run())
    began = time.monotonic()
    async with http.post("/leads/upload", data=rows(count), headers={"Content-Type": "text/csv"}) as answer:
        answer.raise_for_status()
        upload = await answer.json()
    handed_in_s = time.monotonic() - began
    while upload["state"] not in ("finished", "failed"):
        await asyncio.sleep(LOOK_S)
        async with http.get(f"/leads/uploads/{upload['upload_id']}") as answer:
            upload = await answer.json()
    took_s = time.monotonic() - began
    watching.cancel()
    counted = ", ".join(f"{upload[each]} {each}" for each in ("accepted", "unchanged", "refused", "duplicates"))
    print(f"{name}: {upload['state']}, {upload['rows']} rows in {took_s:.1f} s, {handed_in_s:.1f} s of it to hand in")
    print(f"  {counted}")
    print(f"  the reader's work    {watch.readers_work_s:6.1f} s of a processor")
    print(f"  the reader's memory  {watch.readers_mb:6.0f} MB at most")
    print(f"  the dialer's memory  {watch.own_mb:6.0f} MB at most, {watch.at_first_mb:.0f} MB before")
    print(f"  the dialer's longest stall {watch.longest_stall_s * 1000:.0f} ms")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--database", help="an empty PostgreSQL; without it, SQLite in a temporary folder")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="messiah-lists-") as folder:
        run_fast(run(Path(folder), given.rows, given.database))


if __name__ == "__main__":
    main()
