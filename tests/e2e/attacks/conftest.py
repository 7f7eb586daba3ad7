"""One system for all attacks, on SQLite and, where TEST_DATABASE_URL names a server, on PostgreSQL."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import pytest

from tests.databases import execute
from tests.e2e.attacks.target import Target, attacked


@contextmanager
def an_empty_database() -> Iterator[str]:
    """A PostgreSQL database of one system's own."""
    if not (postgres := os.environ.get("TEST_DATABASE_URL")):
        pytest.skip("set TEST_DATABASE_URL to test on PostgreSQL")
    server, name = postgres.rpartition("/")[0], f"test_{uuid4().hex}"
    asyncio.run(execute(f'CREATE DATABASE "{name}"'))
    try:
        yield f"{server}/{name}"
    finally:
        asyncio.run(execute(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with ExitStack() as stack:
        database_url = stack.enter_context(an_empty_database()) if request.param == "postgresql" else None
        yield stack.enter_context(attacked(tmp_path_factory.mktemp("fuzz"), database_url=database_url))
