"""Databases of a test's own: migrated once in a run and copied from then on, which takes a tenth of the time."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from services.runtime.database import Database
from services.runtime.settings import RuntimeSettings

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
        await _execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._names[schema]}"')
        try:
            yield f"{server}/{name}"
        finally:
            await _execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _made(self, server: str, schema: str) -> str:
        name = f"{schema}_{uuid4().hex}"
        await _execute(f'CREATE DATABASE "{name}"')
        url = RuntimeSettings(_env_file=None, database_url=f"{server}/{name}").store_url(schema)
        database = Database(url, schema)
        await _migrate(database, Path(str(files(f"services.{schema}"))) / "migrations")
        await database.close()
        return name


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(os.environ["TEST_DATABASE_URL"])
    await connection.execute(statement)
    await connection.close()
