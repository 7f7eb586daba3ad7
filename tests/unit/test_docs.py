"""What the documents promise is there: files, commands, variables, and a lead that is one."""

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from contracts.leads import LeadSubmitted
from messiah.cli import app
from services.conversation.settings import ConversationSettings
from services.dialer.settings import DialerSettings
from services.scheduler.settings import SchedulerSettings
from services.telemetry.settings import TelemetrySettings
from simulator.settings import SimulatorSettings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVICES: tuple[type[BaseSettings], ...] = (
    DialerSettings,
    ConversationSettings,
    SchedulerSettings,
    TelemetrySettings,
)
ELSEWHERE = {"MESSIAH_BIDI"}
"""Read by the command line itself."""


def variables() -> set[str]:
    """Every environment variable that a settings class reads."""
    named = {name.upper() for settings in SERVICES for name in settings.model_fields}
    simulated = {
        f"SIMULATOR_{name.upper()}"
        for name, each in SimulatorSettings.model_fields.items()
        if each.validation_alias is None and name != "faults"
    }
    return named | simulated | ELSEWHERE


def test_the_example_lists_every_variable_and_no_other():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE)) == variables()


def test_the_example_holds_no_secret():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert not re.findall(r"^#?\w*(?:TOKEN|KEY|PASSWORD)=\S+", text, re.MULTILINE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (path.parent / link).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_exists(path):
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^\s*|`)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    commands |= {group.name for group in app.registered_groups}
    assert set(re.findall(r"`messiah ([a-z-]+)", text)) <= commands


def test_the_lead_in_the_readme_is_a_lead():
    (body,) = re.findall(r"nats pub leads\.submitted '(\{.*\})'", README)
    place = {"stream": "LEADS", "sequence": 1, "stored_at": "2026-11-22T08:00:00Z"}
    assert LeadSubmitted.from_message(body.encode(), **place).phone == "+972542345678"
