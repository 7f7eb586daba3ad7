"""What telemetry counts: finished calls and what they cost."""

from contracts.telemetry import CallLogged
from contracts.values import Outcome
from services.runtime.metrics import Metrics

MINUTES = (5.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0)


def measure(metrics: Metrics) -> None:
    """Declare them, and count them where a finished call is told."""
    logged = metrics.counter("calls_logged", "Finished calls, by what they came to", ["outcome"])
    seconds = metrics.histogram("call_seconds", "How long calls lasted on which somebody picked up", buckets=MINUTES)
    cost = metrics.counter("call_cost", "What finished calls cost, where every price is known", ["currency"])

    for outcome in Outcome:
        logged.labels(outcome.value)  # counted from 0, so that the first one is seen to be one more

    def count(fact: CallLogged) -> None:
        logged.labels(fact.outcome.value).inc()
        if fact.started_at is not None:
            seconds.observe(fact.duration_s)
        if fact.cost is not None and fact.cost.total is not None and fact.cost.currency is not None:
            cost.labels(fact.cost.currency).inc(fact.cost.total)

    metrics.count(CallLogged, count)
