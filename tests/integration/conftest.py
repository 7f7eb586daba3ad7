"""A real CalDAV server for every test that wants one, and one more person who uses the same calendar."""

from collections.abc import Iterator

import pytest

from tests.integration.radicale import Radicale, radicale


@pytest.fixture(scope="session")
def caldav_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server
