"""What is logged of each call where the dialer tells it: one line each when it is dialed, over and concluded."""

from contracts.calls import CallConcluded, CallDialed, CallEnded
from services.runtime.logs import logger
from services.runtime.metrics import Metrics

log = logger(__name__)


def note(metrics: Metrics) -> None:
    """Log them. No line holds a name or a number."""
    metrics.count(CallDialed, _dialed)
    metrics.count(CallEnded, _ended)
    metrics.count(CallConcluded, _concluded)


def _dialed(fact: CallDialed) -> None:
    log.info("dialed", call_id=str(fact.call_id), carrier=fact.carrier, carrier_call_id=fact.carrier_call_id)


def _ended(fact: CallEnded) -> None:
    about = {"disposition": fact.disposition.value, "duration_s": round(fact.duration_s, 1), "error": fact.error}
    log.info("ended", call_id=str(fact.call_id), **{name: each for name, each in about.items() if each is not None})


def _concluded(fact: CallConcluded) -> None:
    log.info("concluded", call_id=str(fact.call_id), outcome=fact.outcome.value)
