"""The numbers of a whole system after one call, and what `deploy/` and the documents ask of them."""

import re
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from contracts.telemetry import CallLogged
from messiah.demo import LEAD
from messiah.system import System
from tests.e2e.conftest import Ear
from tests.e2e.queries import OF_PROMETHEUS, alerts, expressions, grouped_by, metrics_in
from tests.e2e.test_embedded import publish

ANYTHING_OF_A_PERSON = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|972\d{6,}|CA[0-9a-f]{32}")
DOCUMENT = (Path(__file__).parents[2] / "docs/observability.md").read_text(encoding="utf-8")
SUFFIXES = ("_total", "_bucket", "_count", "_sum")

Labels = dict[str, str]


def plain(name: str) -> str:
    """A metric's name without what its kind adds."""
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)


def shows(samples: list[Labels], asked: dict[str, str | None]) -> bool:
    """Whether some sample has every label that is asked for, and the value where one is named."""
    return any(
        all(label in each and value in (None, each[label]) for label, value in asked.items()) for each in samples
    )


async def test_one_call_is_counted_by_every_service_and_named_by_none(ear: Ear, system: System) -> None:
    await publish(ear, LEAD)
    logged = await ear.until(CallLogged)
    async with aiohttp.ClientSession(system.http_url) as client:
        async with client.get("/metrics") as answer:
            assert answer.status == 200
            text = await answer.text()
        async with client.get("/openapi.json") as answer:
            routes: set[str] = set((await answer.json())["paths"])
    families = list(text_string_to_metric_families(text))
    found = {
        (sample.name, sample.labels["service"], *(value for name, value in sample.labels.items() if name != "service")):
        sample.value
        for family in families
        for sample in family.samples
    }  # fmt: skip
    assert found["messiah_leads_total", "dialer", "accepted"] == 1
    assert found["messiah_calls_dialed_total", "dialer", "simulator"] == 1
    assert found["messiah_calls_ended_total", "dialer", "answered"] == 1
    assert found["messiah_calls_concluded_total", "conversation", "meeting_booked"] == 1
    assert found["messiah_facts_told_total", "scheduler", "MeetingBooked"] == 1
    assert found["messiah_requests_total", "scheduler", "done", "scheduler.book"] == 1
    assert found["messiah_requests_total", "scheduler", "taken", "scheduler.book"] == 0
    assert found["messiah_calls_logged_total", "telemetry", "meeting_booked"] == 1
    assert found["messiah_first_word_seconds_count", "dialer"] == len(logged.first_word_ms)
    assert found["messiah_outbox_facts", "dialer"] == 0
    assert found["messiah_consumer_pending", "telemetry", "telemetry-leads"] == 0
    assert found["messiah_consumer_limit", "dialer", "dialer-calls"] == 10
    assert found["messiah_dead_letters", "dialer", "dialer-leads"] == 0
    assert found["messiah_carrier_breaker_open", "dialer", "simulator"] == 0
    assert found["messiah_callbacks_overdue", "scheduler"] == 0
    assert found["messiah_broker_connected", "conversation"] == 1
    assert found["messiah_broker_errors_total", "dialer", "forbidden"] == 0
    assert not [labels for _, *labels in found if any(ANYTHING_OF_A_PERSON.search(label) for label in labels)]

    samples: dict[str, list[Labels]] = {family.name: [] for family in families}
    for family in families:
        for sample in family.samples:
            samples[plain(sample.name)].append(sample.labels)
    deployment_asks_only_for_what_there_is(samples)
    cures_are_there(routes)
    ours = {name for name in samples if name.startswith("messiah_")}
    assert {plain(name) for name in re.findall(r"^\| `(messiah_\w+)`", DOCUMENT, re.MULTILINE)} == ours


def deployment_asks_only_for_what_there_is(samples: dict[str, list[Labels]]) -> None:
    for expression in expressions():
        named = list(metrics_in(expression))
        assert named, f"no metric in {expression}"
        for name, asked in named:
            if name == "up":
                continue
            assert plain(name) in samples, f"nobody measures {name}"
            there = samples[plain(name)]
            assert not there or shows(there, asked), f"{name} has no {asked}: {expression}"
            known = OF_PROMETHEUS | {label for each in there for label in each}
            assert not there or grouped_by(expression) <= known, expression


def cures_are_there(routes: set[str]) -> None:
    """Paths that an alert sends people to."""
    for rule in alerts():
        cure = str(rule["annotations"]["cure"])  # type: ignore[index]
        for path in re.findall(r"(?:GET|POST) (/[\w/{}-]*)", cure):
            assert path in routes, f"{rule['alert']}: there is no {path}"
