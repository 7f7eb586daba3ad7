"""The headers every message carries: CloudEvents 1.0 attributes (binary mode) and a W3C `traceparent`.

The trace id is the correlation id of the event, so one call is one trace in any tool that reads the header.
"""

from contracts.event import Event

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
        "traceparent": f"00-{event.correlation.hex}-{event.event_id.hex[16:]}-01",
    }
    if event.once:
        headers[EXPECTED_LAST] = "0"
    return headers
