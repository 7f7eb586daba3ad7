"""Requests to language models, in the trace of the turn they were made for."""

from contracts.turns import CallConsulted
from services.runtime.metrics import Metrics
from services.runtime.spans import Spans, of_turn


def trace(metrics: Metrics, spans: Spans) -> None:
    """Record them where the conversation tells what they took."""
    if not spans.on:
        return

    def consulted(fact: CallConsulted) -> None:
        about = {
            "gen_ai.request.model": fact.model,
            "gen_ai.usage.input_tokens": fact.input_tokens,
            "gen_ai.usage.output_tokens": fact.output_tokens,
            "ended": fact.ended,
            "turn": fact.turn,
        }
        spans.record(
            f"chat {fact.model}",
            (fact.total_ms or 0) / 1000,
            parent=of_turn(fact.call_id, fact.turn),
            error=fact.error,
            attributes={name: value for name, value in about.items() if value is not None},
        )

    metrics.count(CallConsulted, consulted)
