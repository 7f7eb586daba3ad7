"""What docker-compose.yml promises: every setting reaches the containers, and nothing is open to the network."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
STACK: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
OURS = ("provision", "simulator", "dialer", "conversation", "scheduler", "telemetry")
OF_THE_IMAGE = {"MESSIAH_HOST", "MESSIAH_PORT", "MESSIAH_VAR", "MESSIAH_NATS_PORT", "MESSIAH_BIDI"}
"""A container has an address and folders of its own."""
FILES = {"PLAYBOOKS_DIR", "PRICES_FILE", "REPRESENTATIVES_FILE"}
"""They need a mount as well; docs/operations.md says how."""


def test_every_variable_there_is_reaches_the_containers():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    every = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE)) - OF_THE_IMAGE - FILES
    assert {name for name in every if not name.startswith("SIMULATOR_")} <= SERVICES["dialer"]["environment"].keys()
    assert every <= SERVICES["simulator"]["environment"].keys()


@pytest.mark.parametrize("name", OURS)
def test_all_of_ours_are_one_image_in_one_environment(name):
    service = SERVICES[name]
    assert service["image"] == SERVICES["dialer"]["image"]
    assert SERVICES["dialer"]["environment"].items() <= service["environment"].items()


@pytest.mark.parametrize(("name", "service"), SERVICES.items(), ids=SERVICES.keys())
def test_ports_are_published_on_this_machine_only_and_can_be_moved(name, service):
    for published in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z]+_PORT:-(\d+)\}:\1", published)


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "provision"])
def test_everything_that_stays_says_whether_it_is_well_and_comes_back(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_nothing_of_ours_starts_before_the_system_is_provisioned():
    for name in OURS[1:]:
        assert SERVICES[name]["depends_on"]["provision"] == {"condition": "service_completed_successfully"}
    assert {each["condition"] for each in SERVICES["provision"]["depends_on"].values()} == {"service_healthy"}
