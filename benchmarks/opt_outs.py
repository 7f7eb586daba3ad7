"""How long it takes from somebody's words in a call, "take me off the list", until nobody can call them any more.

It starts the whole system in a process of its own, with its simulator (SQLite in a temporary folder, or an empty
PostgreSQL that --database names), and hands in a campaign of leads that wait for its start; some have the numbers of
those who are called and opt out. Counted from the moment at which the line has the words (`occurred_at` of
`calls.*.heard`): when the fact is told, when the number stands on the do-not-call list and every call that was planned
to it is cancelled, and when the gate has refused somebody who asks for a call to it at once.

    python -m benchmarks.opt_outs --leads 2000 --tries 20
"""

import argparse
import asyncio
import os
import statistics
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select

from benchmarks.servers import WORLDS, free_port, pin, pinned, ready
from contracts.calls import CallConcluded
from contracts.contacts import ContactOptedOut
from contracts.event import Event
from contracts.leads import LeadSubmitted, SubmittedConsent
from contracts.turns import CallHeard
from messiah import steering
from messiah.narration import Line
from messiah.watch import facts
from services.dialer.settings import DialerSettings
from services.dialer.tables import LeadRow, OptOutRow
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.errors import Failure

F = TypeVar("F", bound=Event)

PLANNED = 3
"""Leads with the number of somebody who opts out, each with a call planned."""
OPTS_OUT = "05"
"""Whose number ends so asks the simulator to be taken off the list, in answer to the first words."""
SPEED = 20
LOOK_S = 0.001
PATIENCE_S = 300.0
STEPS = ("the fact is told", "listed, planned calls cancelled", "the gate has refused a call")


class OptOuts:
    """A running system, and what is seen of it from outside."""

    def __init__(self, broker: Broker, database: Database, heard: "asyncio.Queue[Event | Line]") -> None:
        self._broker = broker
        self._database = database
        self._heard = heard

    async def plan(self, leads: int, tries: int) -> None:
        """Hand in leads that wait for the start of their campaign; returns when all do."""
        (campaign,) = (await steering.ask(self._broker, "create", plan={"name": "to come"})).campaigns
        for number in range(leads):
            await self._submit(f"planned-{number}", f"+97252{2_000_000 + number}", campaign.campaign_id)
        for number in range(tries):
            for which in range(PLANNED):
                await self._submit(f"same-{number}-{which}", _phone(number), campaign.campaign_id)
        waiting = select(func.count()).where(LeadRow.state == "waiting")
        async with asyncio.timeout(PATIENCE_S):
            while await self._count(waiting) < leads + tries * PLANNED:
                await asyncio.sleep(0.1)

    async def measure(self, number: int) -> list[float]:
        """Call somebody who opts out. Milliseconds from their words to each of STEPS."""
        phone = _phone(number)
        await self._submit(f"caller-{number}", phone, None)
        words = await self._until(CallHeard)
        told = asyncio.create_task(self._told())
        closed = select(func.count()).where(LeadRow.phone == phone, LeadRow.state == "opted_out")
        async with asyncio.timeout(PATIENCE_S):
            while await self._count(closed) < PLANNED + 1:
                await asyncio.sleep(LOOK_S)
        listed = datetime.now(UTC)
        if await self._count(select(func.count()).where(OptOutRow.key == phone)) != 1:
            raise RuntimeError(f"{phone} is not on the do-not-call list")
        refused = await self._refused(f"same-{number}-0")
        moments = (await told, listed, refused)
        await self._until(CallConcluded)
        return [(each - words.occurred_at).total_seconds() * 1000 for each in moments]

    async def _told(self) -> datetime:
        await self._until(ContactOptedOut)
        return datetime.now(UTC)

    async def _refused(self, lead_id: str) -> datetime:
        try:
            await steering.ask(self._broker, "call", lead_id=lead_id)
        except Failure:
            return datetime.now(UTC)
        raise RuntimeError(f"{lead_id} may be called, though its number has opted out")

    async def _until(self, kind: type[F]) -> F:
        async with asyncio.timeout(PATIENCE_S):
            while not isinstance(fact := await self._heard.get(), kind):
                pass
            return fact

    async def _count(self, query: Select[tuple[int]]) -> int:
        async with self._database.reading() as session:
            return int(await session.scalar(query) or 0)

    async def _submit(self, lead_id: str, phone: str, campaign_id: UUID | None) -> None:
        await self._broker.tell(
            LeadSubmitted(
                occurred_at=datetime.now(UTC),
                lead_id=lead_id,
                name="דנה כהן",
                phone=phone,
                consent=SubmittedConsent(basis="web_form", obtained_at=datetime.now(UTC).date().isoformat()),
                campaign_id=campaign_id,
            )
        )


def _phone(number: int) -> str:
    return f"+97254{20_000 + number}{OPTS_OUT}"


async def run(folder: Path, leads: int, tries: int, database_url: str | None) -> None:
    """Print how long each step took, over all tries."""
    port, nats_port = free_port(), free_port()
    environment = {
        "MESSIAH_VAR": str(folder / "var"),
        "MESSIAH_PORT": str(port),
        "MESSIAH_NATS_PORT": str(nats_port),
        "CALLING_HOURS": "always",
        "SIMULATOR_SPEED": str(SPEED),
        "LOG_LEVEL": "error",
    } | ({"DATABASE_URL": database_url} if database_url else {})
    settings = DialerSettings(_env_file=None, messiah_var=folder / "var", database_url=database_url)
    async with AsyncExitStack() as opened:
        opened.enter_context(pinned("-m", "messiah", "up", log=folder / "system.log", **environment))
        await ready(port)
        broker = Broker(f"nats://127.0.0.1:{nats_port}", "benchmark")
        await broker.connect()
        opened.push_async_callback(broker.close)
        database = Database(settings.store_url("dialer"), "dialer")
        opened.push_async_callback(database.close)
        opt_outs = OptOuts(broker, database, await opened.enter_async_context(facts(broker)))
        await opt_outs.plan(leads, tries)
        measured = [await opt_outs.measure(number) for number in range(tries)]
    print(f"{tries} opt-outs, {leads} other leads waiting, {PLANNED} calls planned to each number; milliseconds")
    print(f"{'':<34} {'p50':>7} {'max':>7}")
    for step, times in zip(STEPS, zip(*measured, strict=True), strict=True):
        print(f"{step:<34} {statistics.median(times):>7.0f} {max(times):>7.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--database", help="an empty PostgreSQL; without it, SQLite in a temporary folder")
    given = parser.parse_args()
    pin(os.getpid(), WORLDS)
    with tempfile.TemporaryDirectory(prefix="messiah-opt-outs-") as folder:
        asyncio.run(run(Path(folder), given.leads, given.tries, given.database))


if __name__ == "__main__":
    main()
