"""What tests of every level share: a real broker, emptied between tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nats.js.errors import NotFoundError

from contracts.streams import BUCKETS, STREAMS
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from services.runtime.provisioner import provision


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
    await provision(connection)
    yield connection
    for name in [stream.name for stream in STREAMS] + [f"KV_{bucket.name}" for bucket in BUCKETS]:
        try:
            await connection.js.delete_stream(name)
        except NotFoundError:
            continue
    await connection.close()
