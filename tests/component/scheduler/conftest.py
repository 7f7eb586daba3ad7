"""The scheduler over SQLite and, where TEST_DATABASE_URL names a server, over PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

import services.scheduler.app
from contracts.event import Event, kind_of
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.service import Service
from services.runtime.settings import RuntimeSettings
from services.runtime.unit_of_work import Units
from services.scheduler import representatives
from services.scheduler.desk import BookingDesk
from services.scheduler.domain.calling_hours import IsraeliHours
from services.scheduler.handlers import Handlers
from services.scheduler.roster import Roster
from services.scheduler.settings import SchedulerSettings
from services.scheduler.staffing import Staffing
from services.scheduler.store import SqlLedger
from services.scheduler.tables import Inbox, Outbox
from services.scheduler.ticker import Ticker
from tests.component.scheduler.sample_call import SUNDAY
from tests.databases import each_database

MIGRATIONS = Path(services.scheduler.app.__file__).with_name("migrations")

Start = Callable[[], Awaitable[Service]]


@dataclass
class StoppedClock:
    """Shows the same moment until a test moves it."""

    moment: datetime = SUNDAY

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()


async def told(database: Database) -> list[Event]:
    """What was told and not published: nothing publishes where there is no broker."""
    async with database.reading() as session:
        rows = await session.scalars(select(Outbox).order_by(Outbox.id))
        return [kind_of(row.subject).model_validate_json(row.body) for row in rows]


@dataclass
class Replica:
    """Everything of one scheduler but its broker."""

    ledger: SqlLedger
    desk: BookingDesk
    staffing: Staffing
    handlers: Handlers
    ticker: Ticker
    database: Database
    clock: StoppedClock

    async def told(self) -> list[Event]:
        return await told(self.database)

    async def lapse(self, call_id: UUID) -> None:
        """Hold nothing for a call any more; what it was offered stays known."""
        async with self.ledger.begin() as transaction:
            await transaction.release(call_id, self.clock.now())


database_url = each_database("scheduler")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def replicas(database_url: str | None, tmp_path: Path, clock: StoppedClock) -> AsyncIterator[list[Replica]]:
    """Two schedulers over one database, without a broker: their facts stay in the outbox."""
    url = RuntimeSettings(_env_file=None, database_url=database_url, messiah_var=tmp_path).store_url("scheduler")
    team = representatives.load(SchedulerSettings(_env_file=None).representatives_file)
    made = []
    for _ in range(2):
        database = Database(url, "scheduler")
        await database.migrate(MIGRATIONS)
        ledger = SqlLedger(Units(database, Broker("nats://nobody", "scheduler"), Inbox, Outbox))
        await ledger.enrol([each.id for each in team.representatives])
        roster, hours = Roster(team), IsraeliHours()
        desk = BookingDesk(ledger, roster, clock, max_call_s=600)
        handlers, ticker = Handlers(ledger, clock, hours), Ticker(ledger, clock, hours, 1)
        staffing = Staffing(ledger, roster, clock)
        made.append(Replica(ledger, desk, staffing, handlers, ticker, database, clock))
    yield made
    for each in made:
        await each.database.close()


@pytest.fixture
def replica(replicas: list[Replica]) -> Replica:
    return replicas[0]


@pytest.fixture
def settings(nats_server: NatsServer, tmp_path: Path, database_url: str | None) -> SchedulerSettings:
    """Of every scheduler in a test: one broker, one database."""
    return SchedulerSettings(
        _env_file=None,
        nats_url=nats_server.url,
        database_url=database_url,
        messiah_var=tmp_path,
        callback_tick_s=0.05,
    )


@pytest.fixture
async def start(broker: Broker, settings: SchedulerSettings) -> AsyncIterator[Start]:
    """Starts one whole scheduler after another over the same database; they are stopped with the test."""
    async with AsyncExitStack() as running:

        async def start_one() -> Service:
            service = await services.scheduler.app.build(settings)
            await service.start()
            running.push_async_callback(service.stop)
            return service

        yield start_one
