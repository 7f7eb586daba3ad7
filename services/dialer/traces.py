"""The root of each turn's trace: how long the caller waited for our first word, as the line measured it."""

from contracts.telemetry import TurnMeasured
from services.runtime.metrics import Metrics
from services.runtime.spans import Spans, of_call, of_turn


def trace(metrics: Metrics, spans: Spans) -> None:
    """Record it where the line tells the measure."""
    if not spans.on:
        return

    def turn(fact: TurnMeasured) -> None:
        spans.record(
            "turn",
            fact.first_word_ms / 1000,
            place=of_turn(fact.call_id, fact.turn),
            links=[of_call(fact.call_id)],
            attributes={"call_id": str(fact.call_id), "turn": fact.turn, "interrupted": fact.interrupted},
        )

    metrics.count(TurnMeasured, turn)
