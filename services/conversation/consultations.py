"""Requests to models as they are told: with the last phrase of an answer, or by themselves."""

from collections.abc import Callable

from contracts.turns import CallConsulted, CallSaid, Consulted
from services.runtime.metrics import Metrics


def count_consulted(metrics: Metrics, by: Callable[[Consulted, CallConsulted | CallSaid], None]) -> None:
    """Call `by` with every request to a model, and the fact that tells of it."""

    def said(fact: CallSaid) -> None:
        if fact.consulted is not None:
            by(fact.consulted, fact)

    metrics.count(CallSaid, said)
    metrics.count(CallConsulted, lambda fact: by(fact, fact))
