"""The migrations make the schema that the code believes in."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.dialer.tables import Base
from services.runtime.database import Database
from services.runtime.settings import RuntimeSettings
from tests.component.dialer.conftest import MIGRATIONS


async def test_migrations_and_tables_agree(tmp_path):
    settings = RuntimeSettings(_env_file=None, messiah_var=tmp_path, database_url=None)
    database = Database(settings.store_url("dialer"), "dialer")
    await database.migrate(MIGRATIONS)
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), Base.metadata)
        )
    await database.close()
    assert [each for each in differences if getattr(each[1], "name", "") != "alembic_version"] == []
