"""What the alert rules and the dashboard in `deploy/` ask Prometheus for: metrics, and labels of theirs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy/observability"
_METRIC = re.compile(r"\b(messiah_\w+|process_\w+|up)\b(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
OF_PROMETHEUS = {"job", "instance"}


def alerts() -> list[dict[str, object]]:
    """Every rule of alerts.yml."""
    groups = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, object]]:
    """Every panel of the dashboard that shows something."""
    text = (DEPLOY / "grafana/dashboards/messiah.json").read_text(encoding="utf-8")
    return [panel for panel in json.loads(text)["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    """Every expression, of alerts and of panels."""
    for rule in alerts():
        yield str(rule["expr"])
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])  # type: ignore[attr-defined]


def metrics_in(expression: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Each metric an expression names, with the labels it asks for and what they are to be; None: a pattern."""
    for name, matchers in _METRIC.findall(expression):
        found = _MATCHER.findall(matchers)
        yield name, {label: value if how == "=" else None for label, how, value in found if label not in OF_PROMETHEUS}


def grouped_by(expression: str) -> set[str]:
    """The labels an expression groups by."""
    return {label.strip() for labels in _GROUPED.findall(expression) for label in labels.split(",")} - {"", "le"}
