"""`messiah campaign` against a dialer that runs."""

from collections.abc import AsyncIterator, Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

import messiah.campaigns
import services.dialer.app
from contracts.leads import LeadDeferred
from messiah import steering
from messiah.cli import app
from messiah.nats_server import NatsServer
from messiah.terminal import Screen
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.errors import Failure, InvalidMessage, NotFound
from tests.component.dialer.conftest import Facts, facts, lead_of
from tests.component.dialer.fake_carrier import FakeCarrier

__all__ = ["facts"]


@pytest.fixture
async def dialer(broker: Broker, nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[None]:
    settings = DialerSettings(_env_file=None, nats_url=nats_server.url, messiah_var=tmp_path, database_url=None)
    service = await services.dialer.app.build(settings, FakeCarrier())
    await service.start()
    yield
    await service.stop()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """What a command asks for, and what it shows: commands open loops of their own, so they only say what they want."""
    asked: list[tuple[str, str | None, dict[str, Any]]] = []
    monkeypatch.setattr(
        messiah.campaigns, "_steer", lambda action, which=None, **more: asked.append((action, which, more))
    )

    def run(*arguments: str) -> tuple[str, str | None, dict[str, Any]]:
        result = CliRunner().invoke(app, ["campaign", *arguments])
        assert result.exit_code == 0, result.output
        return asked[-1]

    return run


def screen() -> tuple[Screen, Callable[[], str]]:
    paper = StringIO()
    return Screen(Console(width=120, file=paper)), paper.getvalue


def test_a_plan_is_made_of_options(shown: Callable[..., Any]) -> None:
    options = "--business-type dentist --business-type vet --size 10-50 --max-leads 7 --cap 2 --pace 6 --day 0 --day 1"
    action, _, more = shown("create", "autumn", *options.split(), "--from", "10:00", "--attempts", "2", "--start")
    assert action == "start"
    plan = {name: value for name, value in more["plan"].items() if value}
    assert plan == {
        "name": "autumn",
        "business_types": ["dentist", "vet"],
        "company_sizes": ["10-50"],
        "max_leads": 7,
        "max_concurrent_calls": 2,
        "calls_per_minute": 6.0,
        "hours": {"days": [0, 1], "start": "10:00", "end": None},
        "retry": {"max_attempts": 2, "first_delay_minutes": None},
    }
    assert shown("create", "autumn")[0] == "create"


@pytest.mark.parametrize("action", ["status", "start", "pause", "resume", "stop", "retry"])
def test_every_step_may_name_its_campaign(shown: Callable[..., Any], action: str) -> None:
    assert shown(action)[:2] == (action, None)
    assert shown(action, "autumn")[:2] == (action, "autumn")


def test_the_cap_is_the_system_s_or_a_campaign_s(shown: Callable[..., Any]) -> None:
    assert shown("cap", "0") == ("set_cap", None, {"cap": 0, "calls_per_minute": None, "max_attempts": None})
    action, which, more = shown("cap", "--campaign", "autumn", "--pace", "3")
    assert (action, which, more["calls_per_minute"]) == ("set_cap", "autumn", 3.0)


async def test_a_campaign_is_found_by_its_name_and_shown(dialer: None, broker: Broker, facts: Facts) -> None:
    created = await steering.ask(broker, "create", plan={"name": "סתיו"})
    campaign_id = created.campaigns[0].campaign_id
    await broker.tell(lead_of(campaign_id=campaign_id))
    await facts.first(LeadDeferred)
    assert await steering.find(broker, "סתיו") == await steering.find(broker, str(campaign_id)) == campaign_id
    paper, text = screen()
    steering.show(await steering.ask(broker, "status", campaign_id=campaign_id), paper)
    steering.show_all((await steering.ask(broker, "list")).campaigns, paper)
    steering.show(await steering.ask(broker, "set_cap", cap=0), paper)
    written = text()
    assert "1 waiting" in written
    assert "does not run (draft)" in written
    assert f"{campaign_id}" in written
    assert "nobody is dialed until the cap is raised" in written


async def test_what_is_refused_says_the_cure(dialer: None, broker: Broker) -> None:
    with pytest.raises(NotFound, match="messiah campaign list"):
        await steering.find(broker, "winter")
    with pytest.raises(Failure, match="create one"):
        await steering.ask(broker, "start")
    with pytest.raises(InvalidMessage, match="plan"):
        await steering.ask(broker, "create", plan={"name": ""})
    for _ in range(2):
        await steering.ask(broker, "create", plan={"name": "twice"})
    with pytest.raises(InvalidMessage, match="give an id"):
        await steering.find(broker, "twice")
