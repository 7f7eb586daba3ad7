"""The migrations make the tables that the code speaks of."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.telemetry.tables import Base


async def test_the_migrated_schema_is_the_one_in_the_code(telemetry):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    async with telemetry.units.database.engine.connect() as connection:
        found = await connection.run_sync(differences)
    not_ours = ("alembic_version", "transcripts_words")  # what keeps the version, and what SQLite makes of the index
    assert [each for each in found if not any(name in str(each) for name in not_ours)] == []
