"""One service in a process of its own, as `messiah serve` runs it."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from contracts.streams import BUCKETS, CONSUMERS
from messiah import system
from messiah.carrier_checks import account
from messiah.findings import Health
from messiah.nats_server import NatsServer
from messiah.system import alone
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.errors import Unavailable
from services.runtime.service import Service

LONG_S = 60.0


@pytest.mark.parametrize("name", ["dialer", "conversation", "scheduler", "telemetry"])
async def test_a_service_starts_is_ready_and_stops(
    broker: Broker, nats_server: NatsServer, tmp_path: Path, name: str
) -> None:
    given = {"nats_url": nats_server.url, "messiah_var": tmp_path, "messiah_port": 0, "database_url": None}
    async with alone(name, **given) as url, aiohttp.ClientSession(url) as client:
        async with client.get("/ready") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ready", "services": {name: "ready"}})
        async with client.get("/asyncapi") as answer:
            assert (await answer.json())["info"]["title"] == f"Agent Messiah: {name}"
        async with client.get("/docs") as answer:
            assert answer.status == 200
        async with client.get("/metrics") as answer:
            families = {each.name: each.samples for each in text_string_to_metric_families(await answer.text())}
        assert {sample.labels["service"] for samples in families.values() for sample in samples} == {name}
        assert [sample.value for sample in families["messiah_broker_connected"]] == [1]
        its_own = {each.name for each in CONSUMERS if each.name.startswith(f"{name}-")}
        assert {sample.labels["consumer"] for sample in families["messiah_consumer_pending"]} == its_own
        assert {sample.value for sample in families["messiah_dead_letters"]} == {0}


async def test_the_first_password_is_shown_once_and_last(
    broker: Broker, nats_server: NatsServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = {"nats_url": nats_server.url, "messiah_var": tmp_path, "messiah_port": 0, "database_url": None}
    for shown in (1, 0):
        async with alone("telemetry", **given):
            said = capfd.readouterr().err
            assert said.count("with the password") == shown
    assert "started" not in said.partition("with the password")[2]


async def test_the_first_password_is_shown_where_the_start_fails_after_it_was_made(
    broker: Broker,
    nats_server: NatsServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def refuse() -> None:
        raise Unavailable("not today")

    given = {"nats_url": nats_server.url, "messiah_var": tmp_path, "messiah_port": 0, "database_url": None}
    build = system.build

    async def built(name: str, **given: Any) -> Service:
        service = await build(name, **given)
        service.on_start.append(refuse)
        return service

    monkeypatch.setattr(system, "build", built)
    with pytest.raises(Unavailable, match="not today"):
        async with alone("telemetry", **given):
            pass
    assert capfd.readouterr().err.count("with the password") == 1


async def test_the_simulator_has_the_account_that_the_dialer_uses(tmp_path: Path) -> None:
    given = {"messiah_port": 0, "messiah_var": tmp_path, "twilio_account_sid": None, "twilio_auth_token": None}
    async with alone("simulator", **given) as url, aiohttp.ClientSession() as client:
        dialer = DialerSettings(simulator_url=url, **given)
        assert (await account(dialer, client)).health is Health.GOOD
        stranger = DialerSettings(simulator_url=url, **given | {"twilio_auth_token": "wrong"})
        assert (await account(stranger, client)).health is Health.BROKEN


async def test_a_broker_that_was_not_provisioned_is_told_with_the_cure(
    broker: Broker, nats_server: NatsServer, tmp_path: Path
) -> None:
    for bucket in BUCKETS:
        await broker.js.delete_key_value(bucket.name)
    with pytest.raises(Unavailable, match="messiah provision"):
        async with alone("scheduler", nats_url=nats_server.url, messiah_var=tmp_path, messiah_port=0):
            pass


@pytest.mark.parametrize("name", ["dialer", "conversation", "scheduler", "telemetry"])
async def test_a_service_that_cannot_start_leaves_with_the_reason(
    broker: Broker, nats_server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def fail(service: Service) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(Service, "start", fail)
    given = {"nats_url": nats_server.url, "messiah_var": tmp_path, "messiah_port": 0, "database_url": None}
    with pytest.raises(Unavailable, match="the disk is full"):
        async with asyncio.timeout(LONG_S), alone(name, **given):
            pass
