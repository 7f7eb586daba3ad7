"""How long the console's pages and telemetry's reads take with a hundred thousand calls in the stores.

It fills the stores of telemetry, dialer and scheduler (SQLite in a folder, or an empty PostgreSQL that --database
names), starts the whole system over them, and asks for every page and every read over HTTP as a browser would. What it
prints of each is the least of several tries: the time until the whole answer is there, and the CPU time of the system's
process (with SQLite the database's part is in it), which says more on a machine that is busy with other things.

    python -m benchmarks.archive                       # 100,000 calls
    python -m benchmarks.archive --var var/archive     # keeps them there, and finds them again next time
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from sqlalchemy import func, select

from benchmarks import invented
from benchmarks.history import History
from messiah.demo import ALONE
from messiah.system import System
from services.runtime.database import Database
from services.runtime.settings import RuntimeSettings
from services.telemetry.domain.call_record import CallState
from services.telemetry.tables import CallRow, FactRow

PASSWORD = "horse battery staple"
"""Of a console that lives for a minute, on this machine only."""
STORES = ("telemetry", "dialer", "scheduler")
MIGRATIONS = "services/{}/migrations"
FIRST_KB = 64
"""How much of a download has to be there: the rest is as long as the reader is slow."""


async def fill(settings: RuntimeSettings, calls: int) -> None:
    """Write the calls, unless they are there already."""
    databases = {name: Database(settings.store_url(name), name) for name in STORES}
    try:
        for name, database in databases.items():
            await database.migrate(Path(MIGRATIONS.format(name)))
        async with databases["telemetry"].reading() as session:
            there = await session.scalar(select(func.count()).select_from(CallRow)) or 0
        if not there:
            began = time.monotonic()
            await History(databases).write(calls)
            print(f"wrote {calls:,} calls in {time.monotonic() - began:.0f} s", flush=True)
    finally:
        for database in databases.values():
            await database.close()


async def examples(settings: RuntimeSettings) -> Mapping[str, str]:
    """A call with many facts, its lead, and the campaign that is paused."""
    database = Database(settings.store_url("telemetry"), "telemetry")
    try:
        async with database.reading() as session:
            busiest = select(FactRow.call_id).where(FactRow.call_id.is_not(None)).group_by(FactRow.call_id)
            call_id = await session.scalar(busiest.order_by(func.count().desc()).limit(1))
            concluded = select(CallRow).where(CallRow.state == CallState.CONCLUDED)
            paused = await session.scalar(concluded.where(CallRow.lead_id == invented.lead_id(0)))
            call = await session.get_one(CallRow, call_id)
    finally:
        await database.close()
    campaign = paused.campaign_id if paused else call.campaign_id
    return {"call": str(call.call_id), "lead": call.lead_id or "", "campaign": str(campaign)}


def questions(one: Mapping[str, str]) -> Mapping[str, str]:
    """What is asked, by what to call it."""
    month = (datetime.now(UTC) - timedelta(days=30)).isoformat()

    def of(path: str, **query: Any) -> str:
        return f"{path}?{urlencode(query)}" if query else path

    pages = {
        "live": "/",
        "campaigns": "/campaigns",
        "a campaign": f"/campaigns/{one['campaign']}",
        "calls": "/calls",
        "calls that say a common word": of("/calls", q="פגישות"),
        "a call": f"/calls/{one['call']}",
        "meetings of a week": "/meetings",
        "statistics of 30 days": "/statistics",
        "statistics of everything": of("/statistics", days=0),
        "playbooks": "/playbooks",
        "a playbook": "/playbooks/alta-he",
        "system": "/system",
        "audit log": "/audit",
        "users": "/users",
    }
    reads = {
        "newest calls": "/calls",
        "200 calls": of("/calls", limit=200),
        "longest calls": of("/calls", sort="-duration_s"),
        "booked, of one variant": of("/calls", outcome="meeting_booked", variant="b"),
        "of a campaign, high interest": of("/calls", campaign_id=one["campaign"], interest="high"),
        "of a lead": of("/calls", lead_id=one["lead"]),
        "an outcome that never was": of("/calls", outcome="gatekeeper"),
        "none of many filters": of("/calls", outcome="meeting_booked", disposition="busy", min_duration_s=100),
        "search: a rare word": of("/calls", q=invented.RARE),
        "search: a common word": of("/calls", q="פגישות"),
        "search: a common word, longest": of("/calls", q="פגישות", sort="-duration_s"),
        "search: two words, oldest": of("/calls", q="שלישי וידאו", sort="began_at"),
        "search: a beginning": of("/calls", q="פ"),
        "search: a phone number": of("/calls", q=invented.phone(77)),
        "one call": f"/calls/{one['call']}",
        "its events": f"/calls/{one['call']}/events",
        "verdicts": "/verdicts",
        "verdicts of a lead": of("/verdicts", lead_id=one["lead"]),
        "calls in progress": "/live-calls",
        "statistics": "/results/statistics",
        "statistics of 30 days": of("/results/statistics", since=month),
        "statistics of a campaign": of("/results/statistics", campaign_id=one["campaign"]),
        "statistics of an outcome": of("/results/statistics", outcome="not_interested"),
        "statistics of a common word": of("/results/statistics", q="פגישות"),
        "download, its beginning": "/results/download",
        "download of a common word": of("/results/download", q="פגישות"),
        "download of none": of("/results/download", outcome="gatekeeper"),
    }
    return {f"page: {name}": f"/console{path}" for name, path in pages.items()} | {
        f"read: {name}": path for name, path in reads.items()
    }


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who is logged in at the console."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar) as http:
        async with http.post("/console/login", data={"name": "admin", "password": PASSWORD}) as answer:
            answer.raise_for_status()
        yield http


async def run(folder: Path, database_url: str | None, calls: int, tries: int, only: str) -> None:
    given: dict[str, Any] = dict(ALONE) | {
        "messiah_var": folder,
        "database_url": database_url,
        "console": True,
        "console_password": PASSWORD,
        "max_concurrent_calls": 0,
        "keep_facts_days": 0,
        "http_reads_per_minute": 0,
        "log_level": "warning",
    }
    settings = RuntimeSettings(_env_file=None, database_url=database_url, messiah_var=folder)
    await fill(settings, calls)
    async with System.start(**given) as system, browser(system.http_url) as http:
        for name, path in questions(await examples(settings)).items():
            if only in name:
                waited, worked, size = await best(http, path, tries)
                print(
                    f"{name:42} {waited * 1000:8.0f} ms {worked * 1000:8.0f} ms CPU {size / 1000:8.0f} kB", flush=True
                )


async def best(http: aiohttp.ClientSession, path: str, tries: int) -> tuple[float, float, int]:
    """The least wait and the least work of several tries in seconds, and the size of the answer in bytes."""
    waits, works, size = [], [], 0
    for _ in range(tries):
        began, worked = time.monotonic(), time.process_time()
        async with http.get(path) as answer:
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}: {await answer.text()}")
            size = 0
            async for block in answer.content.iter_any():
                size += len(block)
                if "download" in path and size > FIRST_KB * 1000:
                    break
        waits.append(time.monotonic() - began)
        works.append(time.process_time() - worked)
    return min(waits), min(works), size


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--calls", type=int, default=100_000)
    arguments.add_argument("--database", help="an empty PostgreSQL; without it, SQLite in a folder")
    arguments.add_argument("--var", type=Path, help="a folder to keep; without it, a temporary one")
    arguments.add_argument("--tries", type=int, default=5)
    arguments.add_argument("--only", default="", help="only what has this in its name")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="messiah-archive-") as temporary:
        folder = given.var or Path(temporary)
        asyncio.run(run(folder, given.database, given.calls, given.tries, given.only))


if __name__ == "__main__":
    main()
