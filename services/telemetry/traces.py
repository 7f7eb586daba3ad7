"""The root of each call's trace: from its request until its record was complete."""

from contracts.telemetry import CallLogged
from services.runtime.metrics import Metrics
from services.runtime.spans import Spans, of_call


def trace(metrics: Metrics, spans: Spans) -> None:
    """Record it when the finished call is told."""
    if not spans.on:
        return

    def call(fact: CallLogged) -> None:
        began = fact.requested_at or fact.occurred_at
        spans.record(
            "call",
            (fact.occurred_at - began).total_seconds(),
            place=of_call(fact.call_id),
            attributes={
                "call_id": str(fact.call_id),
                "outcome": fact.outcome.value,
                "disposition": fact.disposition.value,
                "attempt": fact.attempt,
                "duration_s": fact.duration_s,
            },
        )

    metrics.count(CallLogged, call)
