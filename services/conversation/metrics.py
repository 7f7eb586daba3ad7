"""What the conversation counts: calls it speaks on, what they came to, and what asking models took and cost."""

from collections.abc import Callable, Mapping
from functools import partial

from contracts.calls import CallConcluded
from contracts.turns import CallConsulted
from services.runtime.metrics import Metrics


def measure(metrics: Metrics, live_calls: Callable[[], int], resting: Callable[[], Mapping[str, bool]]) -> None:
    """Declare them, and count them where facts are told. `resting` says which agents' breakers are open."""
    live = metrics.gauge("calls_live", "Calls this process speaks on")
    live.set_function(live_calls)
    concluded = metrics.counter("calls_concluded", "What calls came to", ["outcome"])
    metrics.count(CallConcluded, lambda fact: concluded.labels(fact.outcome.value).inc())
    _models(metrics)
    breaker = metrics.gauge("model_breaker_open", "1 while the script answers for a model that failed", ["agent"])
    for agent in resting():
        breaker.labels(agent).set_function(partial(_rests, resting, agent))


def _models(metrics: Metrics) -> None:
    requests = metrics.counter("model_requests", "Requests to models, by what became of them", ["model", "ended"])
    tokens = metrics.counter("model_tokens", "Tokens, as the endpoint counted them", ["model", "kind"])
    cost = metrics.counter("model_cost", "What models cost, where the playbook states prices", ["model", "currency"])
    first_token = metrics.histogram("model_first_token_seconds", "From the request to a model's first token", ["model"])
    whole = metrics.histogram("model_seconds", "From the request to the end of a model's answer", ["model"])

    def consulted(fact: CallConsulted) -> None:
        requests.labels(fact.model, fact.ended).inc()
        counts = {"input": fact.input_tokens, "cached": fact.cached_tokens, "output": fact.output_tokens}
        for kind, count in counts.items():
            if count:
                tokens.labels(fact.model, kind).inc(count)
        if fact.cost and fact.currency:
            cost.labels(fact.model, fact.currency).inc(fact.cost)
        for histogram, milliseconds in ((first_token, fact.first_token_ms), (whole, fact.total_ms)):
            if milliseconds is not None:
                histogram.labels(fact.model).observe(milliseconds / 1000)

    metrics.count(CallConsulted, consulted)


def _rests(resting: Callable[[], Mapping[str, bool]], agent: str) -> float:
    return float(resting()[agent])
