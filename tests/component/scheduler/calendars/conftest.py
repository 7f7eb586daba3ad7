"""Two schedulers over one database and one real CalDAV server, and Noa, who uses her calendar herself."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.runtime.settings import RuntimeSettings
from tests.component.scheduler.calendars.office import Office, team
from tests.component.scheduler.conftest import StoppedClock
from tests.integration.radicale import Person, Radicale, radicale


@pytest.fixture(scope="session")
def caldav_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def noa(caldav_server: Radicale) -> Person:
    return caldav_server.make()


@pytest.fixture
def store_url(database_url: str | None, tmp_path: Path) -> str:
    settings = RuntimeSettings(_env_file=None, database_url=database_url, messiah_var=tmp_path)
    return settings.store_url("scheduler")


@pytest.fixture
async def offices(store_url: str, noa: Person, clock: StoppedClock) -> AsyncIterator[list[Office]]:
    made = [Office(store_url, team(noa.url), clock) for _ in range(2)]
    for each in made:
        await each.open()
    yield made
    for each in made:
        await each.close()


@pytest.fixture
def office(offices: list[Office]) -> Office:
    return offices[0]
