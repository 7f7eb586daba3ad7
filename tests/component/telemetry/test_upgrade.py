"""A store of the version before is brought up to date: nothing is lost, and old calls get what is new."""

import asyncio
import json

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy import Connection, insert, select

from contracts.leads import LeadAccepted, LeadRefused
from services.runtime.database import Database
from services.runtime.unit_of_work import Moment
from services.telemetry.app import MIGRATIONS
from services.telemetry.domain.facts import Fact, Facts
from services.telemetry.domain.folding import record_of
from services.telemetry.prices import read_prices
from services.telemetry.rows import fact_row
from services.telemetry.settings import TelemetrySettings
from services.telemetry.tables import CallRow, FactRow, LeadRow, RecordRow
from tests.unit.telemetry.sample_call import BEGAN, CALL, LEAD, whole_call

OLD_CALLS = sa.table(
    "calls",
    sa.column("call_id", sa.Uuid()),
    sa.column("state"),
    sa.column("attempt"),
    sa.column("duration_s"),
    sa.column("record", sa.JSON()),
    *(sa.column(name, Moment()) for name in ("began_at", "heard_at", "logged_at")),
)


async def _first_version(database: Database) -> None:
    def upgrade(connection: Connection) -> None:
        config = alembic.config.Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "0001")

    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(sa.text("DROP SCHEMA telemetry CASCADE"))
            await connection.execute(sa.text("CREATE SCHEMA telemetry"))
        await connection.run_sync(upgrade)


async def _fill(database: Database) -> None:
    """A finished call and the verdicts on a lead, as the first version kept them."""
    verdicts = [
        LeadAccepted(lead_id=LEAD, occurred_at=BEGAN),
        LeadRefused(lead_id=LEAD, occurred_at=BEGAN, reasons=("opted out",)),
    ]
    facts = whole_call() + [Fact(event, sequence, BEGAN) for sequence, event in enumerate(verdicts, 1)]
    kept = {"call_id", "state", "complete", "requested_at"}
    record = json.loads(record_of(Facts(CALL, whole_call())).model_dump_json(include=kept))
    call = {"call_id": CALL, "state": "concluded", "attempt": 1, "duration_s": 61.5, "record": record}
    async with database.writing() as session:
        await session.execute(insert(FactRow), [fact_row(fact) for fact in facts])
        await session.execute(insert(OLD_CALLS), [call | dict.fromkeys(("began_at", "heard_at", "logged_at"), BEGAN)])


async def test_old_calls_keep_their_record_and_are_folded_again(start, database_url, tmp_path):
    settings = TelemetrySettings(_env_file=None, database_url=database_url, messiah_var=tmp_path)
    database = Database(settings.store_url("telemetry"), "telemetry")
    await _first_version(database)
    await _fill(database)
    await database.migrate(MIGRATIONS)
    async with database.reading() as session:
        row, kept = await session.get(CallRow, CALL), await session.get(RecordRow, CALL)
        (lead,) = (await session.scalars(select(LeadRow))).all()
    assert (row.is_whole, kept.record["state"]) == (True, "concluded")
    assert (lead.lead_id, lead.verdict, lead.told_at) == (LEAD, "refused", BEGAN)
    await database.close()

    service = await start()
    async with asyncio.timeout(20):
        while row.due_at is not None:
            await asyncio.sleep(0.02)
            async with service.units.reading() as session:
                row, now = await session.get(CallRow, CALL), await session.get(RecordRow, CALL)
    whole = record_of(Facts(CALL, whole_call()), read_prices())
    assert now.record == whole.model_dump(mode="json", exclude_none=True)
    assert (row.variant, row.cost, row.logged_at) == ("a", whole.cost.total, BEGAN)
