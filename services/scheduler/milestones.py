"""What is logged of each meeting, with the call it was made in."""

from contracts.meetings import MeetingBooked, MeetingCancelled, MeetingRescheduled
from services.runtime.logs import logger
from services.runtime.metrics import Metrics

log = logger(__name__)


def note(metrics: Metrics) -> None:
    """Log them. No line holds a name or a number of a lead."""
    metrics.count(MeetingBooked, lambda fact: _log("meeting booked", fact))
    metrics.count(MeetingRescheduled, lambda fact: _log("meeting moved", fact))
    metrics.count(MeetingCancelled, lambda fact: _log("meeting cancelled", fact))


def _log(what: str, fact: MeetingBooked | MeetingRescheduled | MeetingCancelled) -> None:
    call = {"call_id": str(fact.call_id)} if fact.call_id else {}
    log.info(what, meeting_id=str(fact.meeting_id), representative=fact.representative_id, **call)
