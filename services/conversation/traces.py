"""Requests to language models, in the trace of the turn they were made for."""

from contracts.turns import CallConsulted, CallSaid, Consulted
from services.conversation.consultations import count_consulted
from services.runtime.metrics import Metrics
from services.runtime.spans import Spans, of_turn


def trace(metrics: Metrics, spans: Spans) -> None:
    """Record them where the conversation tells what they took."""
    if not spans.on:
        return

    def consulted(asked: Consulted, fact: CallConsulted | CallSaid) -> None:
        about = {
            "gen_ai.request.model": asked.model,
            "gen_ai.usage.input_tokens": asked.input_tokens,
            "gen_ai.usage.output_tokens": asked.output_tokens,
            "ended": asked.ended,
            "turn": fact.turn,
        }
        spans.record(
            f"chat {asked.model}",
            (asked.total_ms or 0) / 1000,
            parent=of_turn(fact.call_id, fact.turn),
            error=asked.error,
            attributes={name: value for name, value in about.items() if value is not None},
        )

    count_consulted(metrics, consulted)
