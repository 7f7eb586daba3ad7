"""What is logged of each call when its record is complete: the last line of it."""

from contracts.telemetry import CallLogged
from services.runtime.logs import logger
from services.runtime.metrics import Metrics

log = logger(__name__)


def note(metrics: Metrics) -> None:
    """Log it. The line holds no name, no number and no word that was spoken."""
    metrics.count(CallLogged, _logged)


def _logged(fact: CallLogged) -> None:
    slowest = max(fact.first_word_ms, default=None)
    log.info(
        "logged",
        call_id=str(fact.call_id),
        outcome=fact.outcome.value,
        duration_s=round(fact.duration_s, 1),
        turns=len(fact.first_word_ms),
        slowest_first_word_ms=slowest,
    )
