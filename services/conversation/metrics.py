"""What the conversation counts: calls it speaks on, what they came to, and what asking models took and cost."""

from collections.abc import Callable, Mapping
from functools import cache, partial

from prometheus_client import Counter, Histogram

from contracts.calls import CallConcluded
from contracts.turns import Consulted
from services.conversation.consultations import count_consulted
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

    @cache
    def ended(model: str, how: str) -> Counter:
        return requests.labels(model, how)

    @cache
    def counted(model: str, kind: str) -> Counter:
        return tokens.labels(model, kind)

    @cache
    def took(model: str) -> tuple[Histogram, Histogram]:
        return first_token.labels(model), whole.labels(model)

    def consulted(asked: Consulted) -> None:
        ended(asked.model, asked.ended).inc()
        counts = {"input": asked.input_tokens, "cached": asked.cached_tokens, "output": asked.output_tokens}
        for kind, count in counts.items():
            if count:
                counted(asked.model, kind).inc(count)
        if asked.cost and asked.currency:
            cost.labels(asked.model, asked.currency).inc(asked.cost)
        for histogram, milliseconds in zip(took(asked.model), (asked.first_token_ms, asked.total_ms), strict=True):
            if milliseconds is not None:
                histogram.observe(milliseconds / 1000)

    count_consulted(metrics, lambda asked, _: consulted(asked))


def _rests(resting: Callable[[], Mapping[str, bool]], agent: str) -> float:
    return float(resting()[agent])
