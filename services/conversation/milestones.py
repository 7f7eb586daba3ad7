"""What is logged of each call where the conversation tells it: who speaks on it, and what it came to."""

from contracts.calls import CallClaimed, CallConcluded
from services.runtime.logs import logger
from services.runtime.metrics import Metrics

log = logger(__name__)


def note(metrics: Metrics) -> None:
    """Log them. No line holds a name, a number or a word that was spoken."""
    metrics.count(CallClaimed, _claimed)
    metrics.count(CallConcluded, _concluded)


def _claimed(fact: CallClaimed) -> None:
    log.info("speaking", call_id=str(fact.call_id), worker_id=fact.worker_id)


def _concluded(fact: CallConcluded) -> None:
    log.info("concluded", call_id=str(fact.call_id), outcome=fact.outcome.value)
