"""What is measured and shown at /metrics, read by a parser that is not ours."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from nats.errors import Error as NatsError
from nats.errors import SlowConsumerError
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from contracts.calls import CallConcluded
from contracts.turns import CallConsulted, CallSaid, Consulted
from contracts.values import Disposition, Outcome
from messiah.web import build_app
from services.conversation.metrics import measure
from services.runtime.broker import Broker
from services.runtime.errors import NotFound
from services.runtime.metrics import Metrics, exposition
from services.runtime.service import Service
from services.runtime.settings import RuntimeSettings

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def samples(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def service(name: str) -> Service:
    made = Service(name, Broker("nats://127.0.0.1:1", name))
    made.tokens.known = {}
    router = APIRouter()

    @router.get(f"/{name}/things/{{thing}}")
    async def thing(thing: str) -> str:
        if thing == "none":
            raise NotFound("there is none")
        return thing

    made.routers.append(router)
    return made


def settings(**given: object) -> RuntimeSettings:
    return RuntimeSettings.model_construct(**given)


def test_requests_are_counted_by_the_template_of_their_route():
    client = TestClient(build_app([service("dialer")], settings()))
    for path in ("/dialer/things/1", "/dialer/things/2", "/dialer/things/none", "/nowhere/972542345678"):
        client.get(path)
    counted = samples(client.get("/metrics").text)["messiah_http_requests_total"]
    by_route = {(labels["route"], labels["status"]): value for labels, value in counted}
    assert by_route == {
        ("/dialer/things/{thing}", "200"): 2,
        ("/dialer/things/{thing}", "404"): 1,
        ("(none)", "404"): 1,
    }
    assert {labels["service"] for labels, _ in counted} == {"dialer"}


def test_services_in_one_process_are_shown_together_and_told_apart():
    first, second = service("dialer"), service("conversation")
    first.metrics.told(_concluded())
    second.metrics.told(_concluded())
    second.metrics.told(_concluded())
    text = TestClient(build_app([first, second], settings())).get("/metrics").text
    told = samples(text)["messiah_facts_told_total"]
    assert {(labels["service"], labels["kind"]): value for labels, value in told} == {
        ("dialer", "CallConcluded"): 1,
        ("conversation", "CallConcluded"): 2,
    }
    assert text.count("# TYPE messiah_facts_told_total counter") == 1
    assert samples(text)["messiah_build_info"][0][1] == 1


def test_a_broker_that_is_away_is_shown_and_what_it_holds_is_unknown():
    found = samples(TestClient(build_app([service("dialer")], settings())).get("/metrics").text)
    assert found["messiah_broker_connected"][0][1] == 0
    pending = {labels["consumer"]: value for labels, value in found["messiah_consumer_pending"]}
    assert "dialer-leads" in pending
    assert all(value != value for value in pending.values())


def test_what_the_connection_complains_of_is_counted_by_kind():
    made = service("dialer")
    for complaint in (
        NatsError("nats: 'Permissions Violation for Publish to \"calls.1.heard\"'"),
        SlowConsumerError("calls.*.said", "", 1, None),
        OSError("the network is away"),
        OSError("the network is away"),
    ):
        made.broker.failed(complaint)
    counted = samples(exposition([made.metrics]).decode())["messiah_broker_errors_total"]
    assert {labels["kind"]: value for labels, value in counted} == {"forbidden": 1, "slow_consumer": 1, "other": 2}


@pytest.mark.parametrize(
    ("given", "header", "status"),
    [
        ({"messiah_api_token": SecretStr("s3cret")}, None, 401),
        ({"messiah_api_token": SecretStr("s3cret")}, "Bearer s3cret", 200),
        ({"messiah_api_token": SecretStr("s3cret"), "metrics_public": True}, None, 200),
    ],
)
def test_metrics_are_for_those_who_may_use_the_api_unless_they_are_public(given, header, status):
    client = TestClient(build_app([service("dialer")], settings(**given)))
    assert client.get("/metrics", headers={"Authorization": header} if header else {}).status_code == status


def test_what_models_take_and_cost_is_counted_by_model():
    metrics = Metrics("conversation")
    measure(metrics, lambda: 3, lambda: {"language_model": True})
    about = {"call_id": uuid4(), "occurred_at": NOW, "epoch": 1, "turn": 1}
    used = {"model": "small", "input_tokens": 50, "output_tokens": 10, "first_token_ms": 125}
    metrics.told(CallConsulted(**about, **used, cost=0.01, currency="USD"))
    metrics.told(CallSaid(**about, utterance=uuid4(), sequence=0, text="שלום", last=True, consulted=Consulted(**used)))
    metrics.told(CallConsulted(**about, model="small", ended="fell_back", error="too slow"))
    found = samples(exposition([metrics]).decode())
    tokens = {labels["kind"]: value for labels, value in found["messiah_model_tokens_total"]}
    assert tokens == {"input": 100, "output": 20}
    assert {labels["ended"]: value for labels, value in found["messiah_model_requests_total"]} == {
        "answered": 2,
        "fell_back": 1,
    }
    assert found["messiah_model_first_token_seconds_sum"] == [({"service": "conversation", "model": "small"}, 0.25)]
    assert found["messiah_model_cost_total"][0][1] == 0.01
    assert found["messiah_calls_live"][0][1] == 3
    assert found["messiah_model_breaker_open"][0][1] == 1


def _concluded() -> CallConcluded:
    return CallConcluded(
        call_id=uuid4(),
        occurred_at=NOW,
        lead_id="dana",
        outcome=Outcome.HUNG_UP,
        disposition=Disposition.ANSWERED,
    )
