"""Databases of a test's own: migrated once in a run and copied from then on, which takes a tenth of the time."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from services.runtime.database import Database
from services.runtime.settings import RuntimeSettings

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is refused before the store is asked."""

_migrate = Database.migrate


class Templates:
    """Empty databases that have every table."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}

    async def migrate(self, database: Database, migrations: Path) -> None:
        """As `Database.migrate`: a new SQLite file becomes a copy of the first one that was migrated."""
        file = Path(make_url(str(database.engine.url)).database or "")
        template = self._folder / f"{database.schema}.db"
        is_new = database.is_sqlite and not file.exists()
        if is_new and template.exists():
            shutil.copyfile(template, file)
            return
        await _migrate(database, migrations)
        if is_new:
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("VACUUM INTO ?", [str(template)])

    @asynccontextmanager
    async def postgresql(self, schema: str) -> AsyncIterator[str]:
        """The URL of a copy, while the block runs; skips the test where there is no server."""
        if not (postgres := os.environ.get("TEST_DATABASE_URL")):
            pytest.skip("set TEST_DATABASE_URL to test on PostgreSQL")
        server = postgres.rpartition("/")[0]
        if schema not in self._names:
            self._names[schema] = await self._made(server, schema)
        name = f"test_{uuid4().hex}"
        await execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._names[schema]}"')
        try:
            yield f"{server}/{name}"
        finally:
            await execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _made(self, server: str, schema: str) -> str:
        name = f"{schema}_{uuid4().hex}"
        await execute(f'CREATE DATABASE "{name}"')
        url = RuntimeSettings(_env_file=None, database_url=f"{server}/{name}").store_url(schema)
        database = Database(url, schema)
        await _migrate(database, Path(str(files(f"services.{schema}"))) / "migrations")
        await database.close()
        return name


def each_database(schema: str) -> Any:
    """The fixture `database_url` of a service's tests: None for SQLite in the test's own folder; else a database of the
    test's own on the server."""

    @pytest.fixture(params=["sqlite", "postgresql"])
    async def database_url(request: pytest.FixtureRequest, templates: Templates) -> AsyncIterator[str | None]:
        if request.param == "sqlite":
            yield None
            return
        async with templates.postgresql(schema) as url:
            yield url

    return database_url


async def execute(statement: str) -> None:
    """Run one statement on the server of TEST_DATABASE_URL."""
    connection = await asyncpg.connect(os.environ["TEST_DATABASE_URL"])
    await connection.execute(statement)
    await connection.close()
