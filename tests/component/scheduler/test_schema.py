"""The migrations make the schema that the code believes in."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.runtime.database import Database
from services.scheduler.tables import Base
from tests.component.scheduler.conftest import MIGRATIONS


async def test_migrations_and_tables_agree(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/scheduler.db", "scheduler")
    await database.migrate(MIGRATIONS)
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), Base.metadata)
        )
    await database.close()
    assert [each for each in differences if getattr(each[1], "name", "") != "alembic_version"] == []
