"""One HTTP application for one service or several."""

from typing import Any

from fastapi import APIRouter
from fastapi.testclient import TestClient
from sqlalchemy import text

from messiah.web import build_app
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.errors import NotFound
from services.runtime.service import Service


class Fake(Service):
    """A service that needs no broker, and is as well as it is told to be."""

    reason: str | None = None

    async def unwell(self) -> str | None:
        return self.reason


def fake(name: str, reason: str | None = None) -> Fake:
    service = Fake(name, Broker("nats://127.0.0.1:1", name))
    service.reason = reason
    router = APIRouter()

    @router.get(f"/{name}/things")
    async def things() -> list[str]:
        return [name]

    @router.get(f"/{name}/nothing")
    async def nothing() -> None:
        raise NotFound("there is no such thing; make one")

    service.routers.append(router)
    return service


def client(*services: Service) -> TestClient:
    return TestClient(build_app(services), raise_server_exceptions=False)


def test_routes_of_every_service_are_served_under_its_name() -> None:
    both = client(fake("dialer"), fake("scheduler"))
    assert both.get("/dialer/things").json() == ["dialer"]
    assert both.get("/scheduler/things").json() == ["scheduler"]
    paths = both.get("/openapi.json").json()["paths"]
    assert paths["/dialer/things"]["get"]["tags"] == ["dialer"]


def test_failures_are_problems_that_name_the_cure() -> None:
    answer = client(fake("dialer")).get("/dialer/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "there is no such thing; make one"


def test_a_store_that_cannot_be_read_yet_and_a_bug_are_problems_too(tmp_path) -> None:
    """Routes are served before the tables are there: whoever is early is told to come again."""
    service = fake("scheduler")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/early.db", "scheduler")

    @service.routers[0].get("/early")
    async def early() -> None:
        async with database.reading() as session:
            await session.execute(text("SELECT * FROM meetings"))

    @service.routers[0].get("/broken")
    async def broken() -> None:
        raise KeyError("a bug")

    for path, status, said in (("/early", 503, "no such table"), ("/broken", 500, "the log")):
        answer = client(service).get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert said in answer.json()["detail"]
        assert "SELECT" not in answer.json()["detail"]


def test_readiness_is_that_of_every_service_together() -> None:
    well = client(fake("dialer"), fake("scheduler")).get("/ready")
    assert (well.status_code, well.json()["status"]) == (200, "ready")

    one_ill = client(fake("dialer"), fake("scheduler", "the database does not answer"))
    ill = one_ill.get("/ready")
    assert ill.status_code == 503
    assert ill.json() == {
        "status": "not ready",
        "services": {"dialer": "ready", "scheduler": "the database does not answer"},
    }
    assert one_ill.get("/ready/dialer").status_code == 200
    assert one_ill.get("/ready/scheduler").status_code == 503
    assert one_ill.get("/live").status_code == 200


def test_a_service_that_does_not_run_here_is_not_found() -> None:
    answer = client(fake("dialer")).get("/ready/telemetry")
    assert answer.status_code == 404
    assert "there is dialer" in answer.json()["detail"]


def addresses(document: dict[str, Any]) -> set[str]:
    return {channel["address"] for channel in document["channels"].values()}


def test_one_asyncapi_document_for_all_and_one_each() -> None:
    dialer, scheduler = fake("dialer"), fake("scheduler")
    for service in (dialer, scheduler):

        @service.broker.faststream.subscriber(f"{service.name}.heard")
        async def hear(body: str) -> None: ...

    both = client(dialer, scheduler)
    whole = both.get("/asyncapi").json()
    assert addresses(whole) >= {"dialer.heard", "scheduler.heard", "calls.{call_id}.requested"}
    alone = both.get("/asyncapi/dialer").json()
    assert "dialer.heard" in addresses(alone)
    assert "scheduler.heard" not in addresses(alone)
    assert alone["info"]["title"] == "Agent Messiah: dialer"


def test_without_a_page_of_its_own_the_root_leads_to_the_documents() -> None:
    assert client(fake("dialer")).get("/", follow_redirects=False).headers["location"] == "/docs"
