"""The headers every message carries: CloudEvents 1.0 attributes (binary mode) and a W3C `traceparent`.

It names the span in which the event was told. Where nothing is traced, the trace id is the correlation id of the
event, so that one call is one trace in any tool that reads the header.
"""

from contracts.event import Event
from services.runtime import spans

MSG_ID = "Nats-Msg-Id"
EXPECTED_LAST = "Nats-Expected-Last-Subject-Sequence"
ADDRESSED_TO = "Messiah-For"
"""Names the one consumer a replayed message is for; every other consumer passes over it."""


def headers_of(event: Event, source: str) -> dict[str, str]:
    """Headers for one telling of an event by `source`."""
    event_id = str(event.event_id)
    headers = {
        MSG_ID: event_id,
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-source": source,
        "ce-type": type(event).__name__,
        "ce-time": event.occurred_at.isoformat(),
        "content-type": "application/json",
        "traceparent": _traceparent(event),
    }
    if event.once:
        headers[EXPECTED_LAST] = "0"
    return headers


def _traceparent(event: Event) -> str:
    place = spans.here()
    if place is not None:
        return place.traceparent
    correlation = event.correlation.hex
    return f"00-{correlation}-{correlation[16:]}-01"
