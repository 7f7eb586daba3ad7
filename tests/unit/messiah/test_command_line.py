"""The command line without a system behind it: help, errors that name their cure, and its speed to start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from messiah.cli import app
from messiah.leads import parse
from services.runtime.errors import InvalidMessage

COMMANDS = (
    "campaign",
    "demo",
    "up",
    "serve",
    "provision",
    "lead",
    "watch",
    "calls",
    "dead",
    "doctor",
    "understand",
    "spoken",
    "slots",
    "meetings",
    "playbook",
)
NOBODY = "nats://127.0.0.1:1"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.chdir(tmp_path)  # away from anybody's .env
    for name in ("NATS_URL", "MESSIAH_PORT", "MESSIAH_URL", "DATABASE_URL", "TWILIO_ACCOUNT_SID"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


def test_help_names_every_command(run: CliRunner) -> None:
    output = run.invoke(app, ["--help"]).output
    assert [command for command in COMMANDS if command not in output] == []


def test_starting_up_imports_nothing_heavy() -> None:
    """Half a second of imports before the first word is what this keeps away."""
    heavy = ("fastapi", "faststream", "sqlalchemy", "uvicorn", "aiohttp", "twilio", "nats", "asyncio")
    script = f"import json, sys, messiah.cli; print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) <= {"asyncio"}


def test_python_m_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "messiah", "--help"], capture_output=True, text=True, check=True)
    assert "doctor" in done.stdout


def test_a_setting_that_cannot_be_read_is_named(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSIAH_PORT", "eight thousand")
    result = run.invoke(app, ["up"])
    assert result.exit_code == 1
    assert "MESSIAH_PORT" in result.output


@pytest.mark.parametrize(
    "command", [["watch"], ["dead", "list"], ["slots"], ["meetings"], ["lead", "submit", "--name", "a", "--phone", "1"]]
)
def test_no_system_is_told_with_the_cure(run: CliRunner, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setattr("messiah.watch.CONNECT_S", 0.2)
    monkeypatch.setenv("NATS_URL", NOBODY)
    result = run.invoke(app, command)
    assert result.exit_code == 1
    assert "messiah up" in result.output
    assert "Traceback" not in result.output


def test_calls_without_telemetry_say_so(run: CliRunner) -> None:
    result = run.invoke(app, ["calls", "list", "--url", "http://127.0.0.1:1"])
    assert result.exit_code == 1
    assert "telemetry does not answer" in result.output


def test_a_lead_needs_a_name_and_a_phone(run: CliRunner) -> None:
    assert run.invoke(app, ["lead", "submit", "--name", "דנה"]).exit_code == 2
    result = run.invoke(app, ["lead", "submit", "--json", "-"], input='[{"name": "דנה", "phone": "1"}, {"name": "x"}]')
    assert result.exit_code == 1
    assert "lead 2 cannot be submitted: phone" in result.output


@pytest.mark.parametrize("text", ["", "{", "7", '"lead"', "[[]]"])
def test_what_is_no_lead_is_refused_before_it_is_sent(text: str) -> None:
    with pytest.raises(InvalidMessage):
        parse(text)


def test_leads_keep_fields_nobody_here_knows() -> None:
    assert parse('{"name": "a", "phone": "1", "crm": 7}') == [{"name": "a", "phone": "1", "crm": 7}]
