"""The doctor on a machine with a broker and a folder of its own."""

from pathlib import Path

import pytest

from contracts.streams import DIALER_LEADS
from messiah import doctor
from messiah.findings import Health
from messiah.nats_server import NatsServer
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TWILIO_ACCOUNT_SID", "NATS_URL", "DATABASE_URL", "PUBLIC_URL", "MESSIAH_CLOCK", "MESSIAH_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(doctor, "BROKER_S", 0.3)


async def test_a_fresh_machine_has_nothing_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSIAH_NATS_PORT", "1")
    found = {finding.what: finding async for finding in doctor.examine()}
    assert [finding for finding in found.values() if finding.health is Health.BROKEN] == []
    assert found["broker"].health is Health.ABSENT
    assert found["playbooks"].health is Health.GOOD
    assert all(finding.remedy for finding in found.values() if finding.health is Health.ABSENT)


async def test_a_variable_that_cannot_be_read_is_all_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_CALLS", "many")
    (finding,) = [finding async for finding in doctor.examine()]
    assert (finding.what, finding.health) == ("MAX_CONCURRENT_CALLS", Health.BROKEN)


async def test_broker_that_is_ready(broker: Broker, nats_server: NatsServer) -> None:
    assert (await doctor.broker(DialerSettings(nats_url=nats_server.url))).health is Health.GOOD


async def test_broker_that_was_not_provisioned(broker: Broker, nats_server: NatsServer) -> None:
    await broker.js.delete_consumer("LEADS", DIALER_LEADS.name)
    finding = await doctor.broker(DialerSettings(nats_url=nats_server.url))
    assert finding.health is Health.BROKEN
    assert "messiah provision" in finding.remedy


async def test_broker_that_is_named_and_does_not_answer() -> None:
    finding = await doctor.broker(DialerSettings(nats_url="nats://127.0.0.1:1"))
    assert finding.health is Health.BROKEN
    assert "NATS_URL" in finding.remedy


async def test_store_that_is_named_and_does_not_answer() -> None:
    finding = await doctor.store("dialer", DialerSettings(database_url="postgresql://nobody@127.0.0.1:1/x"))
    assert finding.health is Health.BROKEN
    assert "DATABASE_URL" in finding.remedy


async def test_folder_of_playbooks_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYBOOKS_DIR", str(tmp_path / "nowhere"))
    found = {finding.what: finding async for finding in doctor.examine()}
    assert found["playbooks"].health is Health.BROKEN
