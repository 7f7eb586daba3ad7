"""What tests of every level share: a real broker, emptied between tests, and PostgreSQL where an engine answers.

`make test` sets WITH_ENGINE=1 when a container engine answers; TEST_DATABASE_URL names another PostgreSQL.
"""

import gc
import os
import shutil
import subprocess
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from nats.js.errors import NotFoundError

from contracts.streams import BUCKETS, STREAMS
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.provisioner import provision
from tests.databases import Templates

if TYPE_CHECKING:
    from testcontainers.community.postgres import PostgresContainer

# Examples have no deadline and no pace: on a busy machine both would tell how busy it is, not what is wrong.
hypothesis.settings.register_profile(
    "messiah", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("messiah")

QUICK = "-c max_connections=400 -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
"""No test pulls the plug of the database's machine."""
POSTGRES: "pytest.StashKey[PostgresContainer]" = pytest.StashKey()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start a PostgreSQL for the tests that run on both databases."""
    # Every container here is stopped by what started it; the reaper would be one more image to fetch.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    if os.environ.get("WITH_ENGINE") == "1" and "TEST_DATABASE_URL" not in os.environ:
        from testcontainers.community.postgres import PostgresContainer

        with forgetting_sockets():
            container = PostgresContainer("postgres:17", driver=None).with_command(QUICK).start()
        session.config.stash[POSTGRES] = container
        os.environ["TEST_DATABASE_URL"] = container.get_connection_url()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if POSTGRES in session.config.stash:
        with forgetting_sockets():
            session.config.stash[POSTGRES].stop()


@contextmanager
def forgetting_sockets() -> Iterator[None]:
    """The engine's client leaves sockets open until they are collected: now, before it can count against a test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture(scope="session")
def engine() -> None:
    """A container engine. Where one was promised, its absence is a failure and not a skip."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True, check=False).returncode != 0:
        (pytest.fail if os.environ.get("WITH_ENGINE") == "1" else pytest.skip)("no container engine answers")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture(autouse=True)
def copied_databases(templates: Templates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "migrate", lambda *given: templates.migrate(*given))


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(Path(tmp_path_factory.mktemp("nats")))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def broker(nats_server: NatsServer) -> AsyncIterator[Broker]:
    """A connection to a freshly provisioned broker; whatever the test stored is deleted after it."""
    connection = Broker(nats_server.url, "test")
    await connection.connect()
    try:
        await provision(connection)
        yield connection
        for name in [stream.name for stream in STREAMS] + [f"KV_{bucket.name}" for bucket in BUCKETS]:
            with suppress(NotFoundError):
                await connection.js.delete_stream(name)
    finally:
        await connection.close()
