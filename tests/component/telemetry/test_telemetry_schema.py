"""The migrations make the tables that the code speaks of."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.telemetry.store import Base


async def test_the_migrated_schema_is_the_one_in_the_code(telemetry):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    async with telemetry.units.database.engine.connect() as connection:
        found = await connection.run_sync(differences)
    assert [each for each in found if "alembic_version" not in str(each)] == []
