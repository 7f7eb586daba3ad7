"""What `deploy/observability` promises: files that fit each other, cures for alerts, nothing open to the network."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from messiah.cli import app
from tests.e2e.queries import DEPLOY, alerts, expressions, panels

ROOT = Path(__file__).parents[2]


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


STACK = loaded(ROOT / "docker-compose.yml")["services"]
BESIDE = loaded(DEPLOY / "compose.yml")["services"]
PROMETHEUS = loaded(DEPLOY / "prometheus.yml")
COLLECTOR = loaded(DEPLOY / "collector.yml")
ADDED = sorted(BESIDE.keys() - STACK.keys())


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_every_alert_says_what_is_wrong_how_bad_it_is_and_what_to_do(rule):
    assert rule["alert"].startswith("Messiah")
    assert rule["labels"]["severity"] in ("page", "warning")
    assert set(rule["annotations"]) == {"summary", "cure"}
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    commands = {group.name for group in app.registered_groups}
    assert set(re.findall(r"messiah (\w+) ", rule["annotations"]["cure"])) <= commands


def test_alerts_have_names_of_their_own():
    names = [rule["alert"] for rule in alerts()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_expressions_are_closed(expression):
    bare = re.sub(r'"[^"]*"', '""', expression)
    assert bare.count('"') % 2 == 0
    for opening, closing in ("()", "[]", "{}"):
        assert bare.count(opening) == bare.count(closing)


def test_panels_have_a_place_and_a_source_of_their_own():
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place: Any = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_prometheus_scrapes_every_service_where_it_listens():
    (job,) = PROMETHEUS["scrape_configs"]
    (targets,) = [each["targets"] for each in job["static_configs"]]
    ports = {name: STACK[name]["ports"][0].rpartition(":")[2] for name in BESIDE.keys() & STACK.keys()}
    assert set(targets) == {f"{name}:{port}" for name, port in ports.items()}
    assert set(ports) == {"dialer", "conversation", "scheduler", "telemetry"}
    assert PROMETHEUS["rule_files"] == ["alerts.yml"]


def test_traces_go_from_every_service_through_the_collector_to_jaeger():
    for name in BESIDE.keys() & STACK.keys():
        assert BESIDE[name]["environment"] == {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    assert COLLECTOR["receivers"]["otlp"]["protocols"]["http"]["endpoint"].endswith(":4318")
    for kind, names in COLLECTOR["service"]["pipelines"]["traces"].items():
        assert set(names) <= COLLECTOR[kind].keys()
    assert COLLECTOR["exporters"]["otlp"]["endpoint"].partition(":")[0] in BESIDE


def test_grafana_finds_its_sources_and_its_dashboard():
    provisioned = DEPLOY / "grafana/provisioning"
    for source in loaded(provisioned / "datasources/messiah.yml")["datasources"]:
        assert source["url"].split("/")[2].partition(":")[0] in BESIDE
    (provider,) = loaded(provisioned / "dashboards/messiah.yml")["providers"]
    grafana = BESIDE["grafana"]
    assert any(volume.split(":")[1] == provider["options"]["path"] for volume in grafana["volumes"])
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (DEPLOY / "grafana/dashboards" / home.name).exists()


@pytest.mark.parametrize("name", ADDED)
def test_what_stands_beside_the_system_is_pinned_mounted_and_on_this_machine_only(name):
    service = BESIDE[name]
    assert re.search(r":v?\d+\.\d+\.\d+$", service["image"])
    for published in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z]+_PORT:-(\d+)\}:\1", published)
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert not source.startswith("./") or (ROOT / source).exists(), source
